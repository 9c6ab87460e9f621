"""``evaluate`` and ``report``: looking at what was trained."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from rich.progress import track

from contentmix.cli.console import open_console
from contentmix.errors import require
from contentmix.files import atomic_write, new_file
from contentmix.metrics import evaluate
from contentmix.report import detection_table, evaluation_table, robustness_table, write_report
from contentmix.runs.ensemble import averaging, load_ensemble, predict_ensemble
from contentmix.runs.shared import own_folder


def evaluate_on(
    corruptions: str | None,
    others: str | None,
    runs: Sequence[Path],
    data: str | None,
    out: Path | None,
    average: Literal["logits", "probabilities"],
    inference: str | None = None,
    device: str = "auto",
    skip_broken: bool = False,
) -> None:
    """Evaluate on the test set itself, on its ``corruptions``, or against images of ``others``."""
    require(
        corruptions is None or others is None,
        "--corruptions and --ood are evaluations of their own: give one of them",
    )
    if corruptions is not None:
        evaluate_corrupted(runs, data, out, average, corruptions, inference, device, skip_broken)
    elif others is not None:
        evaluate_others(runs, data, out, average, others, inference, device, skip_broken)
    else:
        evaluate_runs(runs, data, out, average, inference, device, skip_broken)


def evaluate_runs(
    runs: Sequence[Path],
    data: str | None,
    out: Path | None,
    average: Literal["logits", "probabilities"],
    inference: str | None = None,
    device: str = "auto",
    skip_broken: bool = False,
) -> None:
    """Print, and write where asked, the figures of the ensemble of ``runs``."""
    if out is not None:
        new_file(out)
    models = load_ensemble(runs, inference=inference, device=device)
    predictions = predict_ensemble(models, data, skip_broken=skip_broken)
    figures = evaluate(predictions, average).to_dict()
    groups = predictions.groups or (predictions.logits.shape[1],)
    console = open_console()
    console.print(evaluation_table(figures, console.width))
    console.print(averaging(groups, average), soft_wrap=True)
    if out is not None:
        sources = {
            "runs": [str(run) for run in runs],
            "data": data or models[0].config.run.data,
            "members_of_runs": groups,
        }
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
    skip_broken: bool = False,
) -> None:
    """Print, and write where asked, the figures of the ensemble of ``runs`` under corruptions."""
    from contentmix.runs.robustness import evaluate_corruptions

    if out is not None:
        new_file(out)
    models = load_ensemble(runs, inference=inference, device=device)

    def bar(kinds: list[tuple[str, int]]) -> Iterable[tuple[str, int]]:
        return track(kinds, description="corruptions")

    record = evaluate_corruptions(models, corruptions, data=data, average=average, skip_broken=skip_broken, track=bar)
    open_console().print(robustness_table(record))
    if out is not None:
        record.save(out)


def evaluate_others(
    runs: Sequence[Path],
    data: str | None,
    out: Path | None,
    average: Literal["logits", "probabilities"],
    others: str,
    inference: str | None = None,
    device: str = "auto",
    skip_broken: bool = False,
) -> None:
    """Print, and write where asked, how the ensemble of ``runs`` tells images of ``others`` from those of its classes."""
    from contentmix.runs.out_of_distribution import evaluate_detection

    if out is not None:
        new_file(out)
    models = load_ensemble(runs, inference=inference, device=device)
    record = evaluate_detection(models, others, data=data, average=average, skip_broken=skip_broken)
    open_console().print(detection_table(record))
    if out is not None:
        record.save(out)


def report_runs(runs: Sequence[Path], out: Path) -> None:
    """Write the page of ``runs``."""
    require(len(runs) > 0, "no run is given: name one run folder or more")
    open_console().print(f"wrote {write_report([own_folder(run) for run in runs], new_file(out))}", soft_wrap=True)
