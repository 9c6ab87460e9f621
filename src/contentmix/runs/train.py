"""Runs: a configuration in, a run folder out."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

from torch import nn

from contentmix.data import split_of, write_indices, write_split
from contentmix.errors import Interrupted, UsageError, require
from contentmix.hybrids import InClassGenerator
from contentmix.report import IMPORTED
from contentmix.runs.config import Config, config_of
from contentmix.runs.hybrid_pictures import draw_progress
from contentmix.runs.loaders import input_spec
from contentmix.runs.model import TrainedModel
from contentmix.runs.prepare import Prepared, hardware_of, prepare, resolved
from contentmix.runs.results import write_results
from contentmix.runs.source import located, read_data
from contentmix.training import Preview, fit, newest_intact

LABELLED = "labelled.txt"


def train(config: Config, *, command: str | None = None) -> Path:
    """Train as ``config`` says and return the run folder.

    Raises:
        UsageError: the folder exists, or an option does not fit.
        DataError, ContentmixError: data or training failed; what was written so far stays.
    """
    run = config.run
    folder = run.out or Path("runs") / f"{config.method}-{Path(run.data).resolve().name}-seed{run.seed}"
    if folder.exists() and any(folder.iterdir()) and _is_first_process():
        raise UsageError(
            f"run folder {folder} exists: continue it with 'contentmix resume {folder}', or choose another --out"
        )
    data, labelled = read_data(run)
    config = resolved(replace(config, run=replace(run, out=folder)), data)
    job = prepare(config, folder, data, fresh=True)
    folder.mkdir(parents=True, exist_ok=True)
    if _is_first_process():
        config.save(folder / "config.yaml")
        if labelled is not None:
            write_indices(labelled, folder / LABELLED)
        if (split := split_of(job.data)) is not None:
            write_split(split, folder)
    return _run(job, command, None)


def resume(folder: Path, *, command: str | None = None, data: str | None = None) -> tuple[Path, list[str]]:
    """Continue an interrupted run from its newest intact checkpoint.

    Args:
        folder: of the run.
        command: for the record.
        data: where its data are by now, if they have moved.

    Returns:
        The run folder, and a line for each damaged checkpoint that was passed over.

    Raises:
        UsageError: ``folder`` is no run folder, or its run has finished.
        CheckpointError: no checkpoint is intact.
    """
    require((folder / "config.yaml").is_file(), f"{folder} is not a run folder: it has no config.yaml")
    require(
        not (folder / "results.json").exists(), f"run {folder} has finished: evaluate it, or train with another --out"
    )
    require(
        not (folder / IMPORTED).is_file(), f"run {folder} was imported: there is no training to continue; evaluate it"
    )
    config = config_of(folder)
    checkpoint, damaged = newest_intact(folder / "checkpoints")
    moved = located(replace(config.run, data=data or config.run.data, out=folder))
    config = replace(config, run=moved)
    # The subset of the run itself: a file that it was read from may have changed.
    kept = folder / LABELLED if (folder / LABELLED).is_file() else config.run.labels
    source, _ = read_data(replace(config.run, labels=kept), folder)
    if data is not None and _is_first_process():
        config.save(folder / "config.yaml")
    return _run(prepare(config, folder, source), command, checkpoint), damaged


def _is_first_process() -> bool:
    return all(os.environ.get(name, "0") == "0" for name in ("LOCAL_RANK", "RANK", "SLURM_PROCID"))


def _run(job: Prepared, command: str | None, checkpoint: Path | None) -> Path:
    run = job.config.run
    start = time.perf_counter()
    try:
        history, reports = fit(
            job.module,
            job.folder,
            epochs=job.epochs,
            checkpoint_every=run.checkpoint_every,
            evaluate_every=run.evaluate_every,
            hardware=hardware_of(run),
            resume_from=checkpoint,
            progress=run.progress,
            callbacks=[*job.callbacks, *_previews(job)],
        )
    except KeyboardInterrupt as stop:
        raise Interrupted(f"interrupted; continue the run with: contentmix resume {job.folder}") from stop
    if reports:
        write_results(job, history, None if checkpoint else time.perf_counter() - start, command)
    return job.folder


def _previews(job: Prepared) -> list[Preview]:
    """What draws hybrids now and then, where a generator is trained."""
    if not isinstance(job.module.network, InClassGenerator):
        return []

    def draw(epoch: int, network: nn.Module) -> None:
        model = TrainedModel(job.folder, job.config, input_spec(job.data), network)
        draw_progress(model, job.folder / "hybrids" / f"epoch-{epoch:05d}.png")

    return [Preview(draw, job.config.run.preview_every or max(1, job.epochs // 10))]
