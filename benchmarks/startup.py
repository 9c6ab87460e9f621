"""How long the command line takes to answer, and worker processes to begin an epoch."""

import statistics
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.subjects import BATCH, images
from benchmarks.timing import Measurement, take_turns
from contentmix import Place
from contentmix.data import BatchPlan, StreamLoader


def startup(rounds: int = 7) -> list[Measurement]:
    """``contentmix --help`` as a user types it; and the first batch of an epoch, after a first one, from two workers."""
    program = str(Path(sys.executable).with_name("contentmix"))
    commands = {
        "help": ["--help"],
        "options": ["train", "cut-mixmo", "--help"],
        "mistake": ["train", "cut-mixmo", "--alpha", "0"],
    }
    source = images(BATCH)  # an epoch of one batch: its workers stay for the next
    loader = StreamLoader(source.train, source, BatchPlan(BATCH), 0, Place(), workers=2)
    subjects: dict[str, Callable[[], object]] = {
        name: partial(subprocess.run, [program, *words], capture_output=True, check=False)
        for name, words in commands.items()
    }
    subjects["epoch"] = lambda: next(iter(loader))
    subjects["epoch"]()
    times = {name: statistics.median(seconds) for name, seconds in take_turns(subjects, rounds).items()}
    return [
        Measurement("contentmix --help", times["help"], "s", ("<=", 0.3)),
        Measurement("contentmix train METHOD --help", times["options"], "s", ("<=", 1.5)),
        Measurement("an option that does not fit", times["mistake"], "s", ("<=", 1.5)),
        Measurement("first batch of an epoch from 2 workers", times["epoch"], "s", ("<=", 1.0)),
    ]
