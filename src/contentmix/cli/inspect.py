"""``evaluate``, ``predict`` and ``report``: looking at what was trained."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import torch
from rich.progress import track
from rich.table import Table

from contentmix.cli.console import open_console
from contentmix.data import read_image
from contentmix.devices import in_parts
from contentmix.errors import require
from contentmix.files import atomic_write, new_file
from contentmix.metrics import ensemble_log_probs, evaluate
from contentmix.report import evaluation_table, robustness_table, write_report
from contentmix.runs.ensemble import load_ensemble, predict_ensemble


def evaluate_runs(
    runs: Sequence[Path],
    data: str | None,
    out: Path | None,
    average: Literal["logits", "probabilities"],
    inference: str | None = None,
    device: str = "auto",
) -> None:
    """Print, and write where asked, the figures of the ensemble of ``runs``."""
    if out is not None:
        new_file(out)
    models = load_ensemble(runs, inference=inference, device=device)
    figures = evaluate(predict_ensemble(models, data), average).to_dict()
    open_console().print(evaluation_table(figures))
    if out is not None:
        sources = {"runs": [str(run) for run in runs], "data": data or models[0].config.run.data}
        if inference is not None:
            sources["inference"] = inference
        atomic_write(out, json.dumps({**sources, **figures}, indent=2, allow_nan=False) + "\n")


def evaluate_corrupted(
    runs: Sequence[Path],
    data: str | None,
    out: Path | None,
    average: Literal["logits", "probabilities"],
    corruptions: str,
    inference: str | None = None,
    device: str = "auto",
) -> None:
    """Print, and write where asked, the figures of the ensemble of ``runs`` under corruptions."""
    from contentmix.runs.robustness import evaluate_corruptions

    if out is not None:
        new_file(out)
    models = load_ensemble(runs, inference=inference, device=device)

    def bar(kinds: list[tuple[str, int]]) -> Iterable[tuple[str, int]]:
        return track(kinds, description="corruptions")

    record = evaluate_corruptions(models, corruptions, data=data, average=average, track=bar)
    open_console().print(robustness_table(record))
    if out is not None:
        record.save(out)


def predict_images(run: Path, images: Sequence[Path], device: str) -> None:
    """Print class, probability and member votes for each photo."""
    require(len(images) > 0, "no image is given: contentmix predict RUN IMAGE...")
    (model,) = load_ensemble([run], device=device)
    inputs = model.inputs
    pixels = torch.stack([read_image(path, inputs.image_size, inputs.channels) for path in images]).float() / 255
    mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (inputs.mean, inputs.std))
    with torch.inference_mode():
        batches = ((pixels - mean) / std).split(64)
        logits = torch.cat([in_parts(model.network.predict, each.to(model.device)).cpu() for each in batches])  # type: ignore[arg-type]
    probabilities = ensemble_log_probs(logits, model.config.run.average).exp()
    table = Table("image", "class", "probability", "members' votes")
    for path, row, votes in zip(images, probabilities, logits.argmax(2), strict=True):
        confidence, best = row.max(0)
        names = ", ".join(inputs.classes[int(vote)] for vote in votes)
        table.add_row(str(path), inputs.classes[int(best)], f"{100 * float(confidence):.1f} %", names)
    open_console().print(table)


def report_runs(runs: Sequence[Path], out: Path) -> None:
    """Write the page of ``runs``."""
    require(len(runs) > 0, "no run is given: name one run folder or more")
    open_console().print(f"wrote {write_report(list(runs), new_file(out))}", soft_wrap=True)
