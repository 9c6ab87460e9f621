"""``contentmix export``: a run's network for use without this package."""

from __future__ import annotations

import io
import warnings
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor, nn

from contentmix.cli.console import open_console
from contentmix.errors import UsageError
from contentmix.files import atomic_write, new_file
from contentmix.runs.model import MODEL, TrainedModel, load_model


class _Predictor(nn.Module):
    """Images (b, c, h, w) in [0, 1] to the logits of every member (b, m, k): normalisation is part of the file."""

    def __init__(self, model: TrainedModel) -> None:
        super().__init__()
        self.network = model.network
        for name in ("mean", "std"):
            self.register_buffer(name, torch.tensor(getattr(model.inputs, name)).view(-1, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.network.predict((images - self.mean) / self.std)  # type: ignore[operator]
        return logits


def export_run(run: Path, format: str, out: Path | None, device: str) -> None:
    """Write the network of ``run``; its input is a batch of images in [0, 1], its output the members' logits.

    TorchScript keeps the device that it was made on; the other formats name none.
    """
    suffix = {"onnx": ".onnx", "torchscript": ".pt", "safetensors": ".safetensors"}[format]
    path = new_file(out or Path(f"model{suffix}"))
    model = load_model(run, device=device)
    example = torch.zeros(
        2, model.inputs.channels, model.inputs.image_size, model.inputs.image_size, device=model.device
    )
    if format == "safetensors":
        content = (run / MODEL).read_bytes()
    elif format == "torchscript":
        with torch.inference_mode(), warnings.catch_warnings():
            # TorchScript is on its way out of torch, which is not for the user of a file in it to hear.
            warnings.simplefilter("ignore", FutureWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            # Checks of sizes are made now, for an image size that stays.
            warnings.filterwarnings("ignore", category=torch.jit.TracerWarning)  # type: ignore[attr-defined]
            buffer = io.BytesIO()
            torch.jit.save(torch.jit.trace(_Predictor(model).to(model.device).eval(), example), buffer)
            content = buffer.getvalue()
    else:
        if find_spec("onnx") is None or find_spec("onnxscript") is None:
            raise UsageError("ONNX export needs its extra: pip install 'contentmix[onnx]'")
        batch = {"images": {0: torch.export.Dim("batch")}}
        # Written beside, where the exporter wants a name, and moved whole.
        with TemporaryDirectory() as folder:
            beside = Path(folder) / path.name
            torch.onnx.export(
                _Predictor(model).to(model.device).eval(),
                (example,),
                str(beside),
                dynamo=True,
                dynamic_shapes=batch,
                verbose=False,
                external_data=False,
            )
            content = beside.read_bytes()
    atomic_write(path, content)
    open_console().print(f"wrote {path}", soft_wrap=True)
