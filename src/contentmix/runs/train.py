"""Runs: a configuration in, a run folder out."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from torch import nn

from contentmix.catalogue import data_label
from contentmix.data import dismiss, split_of, with_digests, write_indices, write_split
from contentmix.errors import CheckpointError, ContentmixError, Interrupted, UsageError, require
from contentmix.files import alone_in
from contentmix.given import label_of
from contentmix.hybrids import InClassGenerator
from contentmix.networks import check_pretrained
from contentmix.report import IMPORTED, load_record, write_report
from contentmix.runs.config import Config, config_of
from contentmix.runs.continued import check_unchanged, what_decides
from contentmix.runs.fine_tuning import default_pretrained
from contentmix.runs.folder import (
    CHECKPOINTS,
    CONFIG,
    LABELLED,
    REPORT,
    begun,
    clear,
    forget_results,
    has_results,
    make_free,
    sweep_run,
)
from contentmix.runs.hybrid_pictures import draw_progress
from contentmix.runs.libraries import check_libraries
from contentmix.runs.loaders import input_spec
from contentmix.runs.model import TrainedModel
from contentmix.runs.prepare import Prepared, hardware_of, prepare, resolved
from contentmix.runs.recipes import base_method
from contentmix.runs.results import write_results
from contentmix.runs.source import is_folder, located, read_data
from contentmix.runs.summary import resumption, summary
from contentmix.training import (
    Preview,
    check_hardware,
    fit,
    log_results,
    make_logger,
    newest_intact,
    steps_of,
    trained_as,
)


def train(config: Config, *, command: str | None = None) -> Path:
    """Train as ``config`` says and return the run folder.

    The folder is held from before anything is read. A run that fails before its first checkpoint leaves nothing behind.

    Raises:
        UsageError: the folder holds a run that can be continued or has finished, there is no such device, or an option does
            not fit.
        DataError, ContentmixError: data or training failed; from its first checkpoint on, what was written stays.
    """
    run = config.run
    check_hardware(hardware_of(run))  # what is missing is told before anything is read or written
    folder = run.out or Path("runs") / f"{label_of(config.method)}-{data_label(run.data)}-seed{run.seed}"
    require(
        not any("\ud800" <= sign <= "\udfff" for sign in str(folder)),
        f"out is {folder}, whose name is no UTF-8, which files of weights ask for: choose another",
    )
    config = replace(config, run=replace(run, out=folder))
    if not _is_first_process():
        return _train(config, command)
    with alone_in(folder):
        make_free(folder)
        try:
            return _train(config, command)
        except BaseException:
            if not begun(folder):
                with suppress(UsageError):  # of files that came in meanwhile
                    clear(folder)
            raise


def _train(config: Config, command: str | None) -> Path:
    assert config.run.out is not None
    folder = config.run.out
    if config.run.pretrained:
        name = base_method(config.method, config.method_options)
        check_pretrained(config.run.network or default_pretrained(name))
    check_libraries(config)
    data, labelled = read_data(config.run)
    given, config = config.run, resolved(config, data)
    job = prepare(config, folder, data, fresh=True)
    if _is_first_process():
        config.save(folder / CONFIG)
        if labelled is not None:
            write_indices(labelled, folder / LABELLED)
        if (split := split_of(job.data)) is not None:
            write_split(with_digests(split, Path(config.run.data)) if is_folder(config.run.data) else split, folder)
        _say(job, summary(given, job))
    return _run(job, command, None)


def _say(job: Prepared, lines: Iterable[str]) -> None:
    """Print ``lines`` where a person is to see how it goes."""
    if job.config.run.progress:
        console = Console(markup=False, emoji=False, highlight=False)
        for line in lines:
            console.print(line, soft_wrap=True)


def resume(
    folder: Path, *, command: str | None = None, epochs: int | None = None, data: str | None = None
) -> tuple[Path, list[str]]:
    """Continue an interrupted run from its newest intact checkpoint, or complete what is missing at the end of one.

    Args:
        folder: of the run.
        command: for the record.
        epochs: more than it was begun with; what depends on the length of training follows from here on.
        data: where its data are by now, if they have moved.

    Returns:
        The run folder, and a line for each damaged checkpoint that was passed over.

    Raises:
        UsageError: ``folder`` is no run folder, its run has finished, or ``config.yaml`` is not what it was trained by.
        CheckpointError: no checkpoint is intact.
    """
    require((folder / CONFIG).is_file(), f"{folder} is not a run folder: it has no {CONFIG}")
    require(
        not (folder / IMPORTED).is_file(), f"run {folder} was imported: there is no training to continue; evaluate it"
    )
    if not _is_first_process():
        return _resume(folder, command, epochs, data)
    with alone_in(folder):
        sweep_run(folder)
        if epochs in (None, config_of(folder).run.epochs) and has_results(folder):
            report = folder / REPORT
            require(not report.exists(), f"run {folder} has finished: evaluate it, or train with another --out")
            write_report([folder], report)
            return folder, []
        return _resume(folder, command, epochs, data)


def _resume(folder: Path, command: str | None, epochs: int | None, data: str | None) -> tuple[Path, list[str]]:
    config = config_of(folder)
    check_hardware(hardware_of(config.run))
    require(
        begun(folder),
        f"run {folder} stopped before its first checkpoint: nothing is lost; 'contentmix train' begins it anew",
    )
    try:
        checkpoint, damaged = newest_intact(folder / CHECKPOINTS)
    except CheckpointError as error:
        raise CheckpointError(f"{error}: train anew with another --out") from error
    run = config.run
    run = replace(run, out=folder, epochs=run.epochs if epochs is None else epochs, data=data or run.data)
    config = replace(config, run=located(run))
    check_unchanged(config, trained_as(checkpoint), folder)
    # The subset of the run itself: a file that it was read from may have changed.
    kept = folder / LABELLED
    drawn = replace(config.run, labels=kept, labels_seed=None) if kept.is_file() else config.run
    source, _ = read_data(drawn, folder)
    job = prepare(config, folder, source)
    if epochs is not None and _is_first_process():
        # Those of the shorter run, were it finished, stay until nothing but training can fail; without them it can be continued.
        forget_results(folder)
    if (epochs, data) != (None, None) and _is_first_process():
        config.save(folder / CONFIG)
    if _is_first_process():
        _say(job, [resumption(job, steps_of(checkpoint)), *summary(config.run, job)])
    return _run(job, command, checkpoint), damaged


def _is_first_process() -> bool:
    return all(os.environ.get(name, "0") == "0" for name in ("LOCAL_RANK", "RANK", "SLURM_PROCID"))


def _run(job: Prepared, command: str | None, checkpoint: Path | None) -> Path:
    run = job.config.run
    logger = make_logger(run.logger, job.folder, job.config.flat()) if _is_first_process() else None
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
            trained_as=what_decides(job.config, job.folder),
            logger=logger,
            within_error=run.select == "validation",
            held_out="test" if run.select == "test" else "validation",
        )
    except KeyboardInterrupt as stop:
        if begun(job.folder):
            raise Interrupted(f"interrupted; continue the run with: contentmix resume {job.folder}") from stop
        raise Interrupted("interrupted before the first checkpoint: there is nothing to continue") from stop
    except UsageError:
        raise
    except ContentmixError as error:
        kept = (
            f"continue with: contentmix resume {job.folder}" if begun(job.folder) else "no checkpoint had been written"
        )
        raise type(error)(f"{error} ({kept})") from error
    finally:
        dismiss()
    if reports:
        write_results(job, history, None if checkpoint else time.perf_counter() - start, command)
        log_results(logger, *_final(job.folder))
    return job.folder


def _final(folder: Path) -> tuple[dict[str, float], int, list[Path]]:
    """What loggers are told at the end: the final figures, the step, and the files that say all else."""
    record = load_record(folder)
    names = ("top1", "top5", "nll", "nll_c", "ece", "d_re")
    figures = {name: getattr(record.final, name) for name in names}
    told = {f"final/{name}": value for name, value in figures.items() if value is not None}
    return told, int(record.train["steps"]), [folder / name for name in ("config.yaml", "results.json", "report.html")]


def _previews(job: Prepared) -> list[Preview]:
    """What draws hybrids now and then, where a generator is trained."""
    if not isinstance(job.module.network, InClassGenerator):
        return []

    def draw(epoch: int, network: nn.Module) -> None:
        model = TrainedModel(job.folder, job.config, input_spec(job.data), network)
        draw_progress(model, job.folder / "hybrids" / f"epoch-{epoch:05d}.png")

    return [Preview(draw, job.config.run.preview_every or max(1, job.epochs // 10))]
