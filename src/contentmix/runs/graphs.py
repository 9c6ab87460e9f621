"""A trained network as a graph that predicts without this package: TorchScript or ONNX, described by metadata of its own."""

from __future__ import annotations

import io
import json
import warnings
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor, nn

from contentmix.errors import require
from contentmix.metrics import ensemble_log_probs
from contentmix.runs.model import TrainedModel

INPUT, OUTPUTS = "images", ("probabilities", "logits")


class Predictor(nn.Module):
    """Images (b, c, h, w) of floats in [0, 1] to ``probabilities`` (b, k) and every member's ``logits`` (b, m, k).

    Normalisation and the model's temperature are inside. All is computed in single precision, which every runtime has.
    """

    def __init__(self, model: TrainedModel) -> None:
        super().__init__()
        self.network = model.network
        self.average, self.temperature = model.config.run.average, model.calibration.temperature
        for name in ("mean", "std"):
            self.register_buffer(name, torch.tensor(getattr(model.inputs, name)).view(-1, 1, 1))

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """By name, in the order of ``OUTPUTS``."""
        logits: Tensor = self.network.predict((images - self.mean) / self.std)  # type: ignore[operator]
        log_probs = ensemble_log_probs(logits, self.average)
        return dict(zip(OUTPUTS, ((log_probs / self.temperature).softmax(-1), logits), strict=True))


def metadata(model: TrainedModel) -> dict[str, str]:
    """What a graph says of itself, each value as JSON."""
    inputs = model.inputs
    told = {
        "classes": inputs.classes,
        "channels": inputs.channels,
        "image_size": inputs.image_size,
        "mean": inputs.mean,
        "std": inputs.std,
        "temperature": model.calibration.temperature,
        "input": f"{INPUT}: float32 (batch, channels, image_size, image_size) in [0, 1]; the graph applies mean and std itself",
        "outputs": "probabilities: (batch, classes), at the temperature; logits: (batch, members, classes), without it",
    }
    return {name: json.dumps(value, ensure_ascii=False) for name, value in told.items()}


def _traced(model: TrainedModel) -> tuple[nn.Module, Tensor]:
    """What is traced, and two images to trace it by: of a single one the batch would be taken for fixed."""
    size = model.inputs.image_size
    return Predictor(model).to(model.device).eval(), torch.zeros(
        2, model.inputs.channels, size, size, device=model.device
    )


def torchscript(model: TrainedModel) -> bytes:
    """A TorchScript file of ``model``, for its device; ``metadata`` lies in it as extra files."""
    predictor, example = _traced(model)
    with torch.inference_mode(), warnings.catch_warnings():
        # TorchScript is on its way out of torch, which is not for the user of a file in it to hear.
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        # Checks of sizes are made now, for an image size that stays.
        warnings.filterwarnings("ignore", category=torch.jit.TracerWarning)  # type: ignore[attr-defined]
        # Layers of BatchEnsemble make tensors of sizes, which are recorded as such.
        warnings.filterwarnings("ignore", message="To copy construct from a tensor", category=UserWarning)
        traced = torch.jit.trace(predictor, example, strict=False)  # not strict: outputs have names
        buffer = io.BytesIO()
        torch.jit.save(traced, buffer, _extra_files=metadata(model))
    return buffer.getvalue()


def onnx(model: TrainedModel) -> bytes:
    """An ONNX file of ``model``, which names no device; ``metadata`` is its ``metadata_props``.

    Raises:
        UsageError: its extra is not installed.
    """
    missing = find_spec("onnx") is None or find_spec("onnxscript") is None
    require(not missing, "ONNX export needs its extra: pip install 'contentmix[onnx]'")
    predictor, example = _traced(model)
    program = torch.onnx.export(
        predictor,
        (example,),
        dynamo=True,
        dynamic_shapes={INPUT: {0: torch.export.Dim("batch")}},
        input_names=[INPUT],
        output_names=OUTPUTS,
        verbose=False,
    )
    assert program is not None
    program.model.metadata_props.update(metadata(model))
    with TemporaryDirectory() as folder:  # the exporter wants a name
        path = Path(folder) / "model.onnx"
        program.save(path, external_data=False)
        return path.read_bytes()
