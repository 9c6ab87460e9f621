"""``contentmix export``: a run's network for use without this package."""

from __future__ import annotations

from pathlib import Path

from contentmix.cli.console import open_console
from contentmix.errors import require
from contentmix.files import atomic_write, new_file
from contentmix.runs.graphs import onnx, torchscript
from contentmix.runs.model import MODEL, load_model

_SUFFIX = {"onnx": ".onnx", "torchscript": ".pt", "safetensors": ".safetensors"}


def export_run(run: Path, format: str, out: Path | None, raw: bool, device: str) -> None:
    """Write the network of ``run``: its weights, or a graph of images in [0, 1] to probabilities and the members' logits.

    TorchScript keeps the device that it was made on; the other formats name none.

    Raises:
        UsageError: the file exists, or ``raw`` is asked of weights, which are that anyway.
    """
    require(
        not (raw and format == "safetensors"), "--raw is for graphs: safetensors holds weights, with their temperature"
    )
    path = new_file(out or Path(f"model{_SUFFIX[format]}"))
    model = load_model(run, device=device)
    model = model.raw if raw else model
    graph = {"onnx": onnx, "torchscript": torchscript}.get(format)
    atomic_write(path, (model.run / MODEL).read_bytes() if graph is None else graph(model))
    console = open_console()
    console.print(f"wrote {path}", soft_wrap=True)
    console.print(model.calibration.words, soft_wrap=True)
