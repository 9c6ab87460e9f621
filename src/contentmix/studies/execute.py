"""One run of a study, brought to its end from wherever it stands."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from contentmix.errors import ContentmixError, Interrupted
from contentmix.files import alone_in
from contentmix.report import write_report
from contentmix.report.record import RESULTS
from contentmix.runs.config import Config, config_from, read_config_file
from contentmix.runs.folder import begun, make_free
from contentmix.runs.reevaluate import evaluate_again
from contentmix.runs.train import resume, train
from contentmix.studies.job import Job
from contentmix.studies.reuse import take_over, twin


def attempt(job: Job) -> str | None:
    """Execute ``job``; where that fails, why, in one line.

    Raises:
        Interrupted: Ctrl-C.
    """
    return _tried(execute, job)


def attempt_cost(job: Job) -> str | None:
    """Measure what ``job``, which is finished, costs; where that fails, why, in one line.

    Raises:
        Interrupted: Ctrl-C.
    """
    return _tried(lambda job: job.measures.make_cost(job.folder, job.members, job.config.run.device), job)


def _tried(act: Callable[[Job], None], job: Job) -> str | None:
    try:
        act(job)
    except Interrupted:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())
        return reason if isinstance(error, ContentmixError) else f"{type(error).__name__}: {reason}"
    return None


def execute(job: Job) -> None:
    """Do what is missing of ``job``, whose needs are there: train, continue or take over, evaluate, measure all but its cost.

    Raises:
        UsageError: its folder holds a run of other options.
        ContentmixError: data or training failed; what was written so far stays.
    """
    job.check()
    if not (job.folder / RESULTS).exists():
        if job.of:
            evaluate_again(job.of, job.config, job.folder, job.command)
        else:
            _train(job)
    if not (job.folder / "report.html").exists():
        write_report([job.folder], job.folder / "report.html")
    job.measures.make(job.folder, job.members, job.config.run.device)


def _train(job: Job) -> None:
    config = replace(job.config, run=replace(job.config.run, out=job.folder, progress=False))
    going_on = begun(job.folder)
    if going_on and job.taken:  # they are where the study is now
        options = {**read_config_file(job.folder / "config.yaml"), **job.taken}
        config_from(options).save(job.folder / "config.yaml")
    same = None if going_on else twin(job)
    if same is not None:
        with alone_in(job.folder):
            make_free(job.folder)
        take_over(same, job.folder)
    elif config.run.devices > 1:
        _in_a_process_of_its_own(config, job, going_on)
    elif going_on:
        resume(job.folder, command=job.command)
    else:
        train(config, command=job.command)


def _in_a_process_of_its_own(config: Config, job: Job, going_on: bool) -> None:
    """A run on several devices."""
    with TemporaryDirectory() as temporary:
        file = Path(temporary) / "config.yaml"
        config.save(file)
        words = [
            "resume" if going_on else "train",
            str(job.folder),
            job.command or "",
            *([] if going_on else [str(file)]),
        ]
        done = subprocess.run(
            [sys.executable, "-m", "contentmix.runs", *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode == Interrupted.exit_code:
        raise Interrupted("interrupted")
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        raise ContentmixError(last[0] if last else f"it ended with {done.returncode}")
