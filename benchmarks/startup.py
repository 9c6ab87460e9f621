"""How long the command line takes to answer."""

import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.timing import Measurement, take_turns


def startup(rounds: int = 7) -> list[Measurement]:
    """``contentmix --help`` as a user types it."""
    command = [str(Path(sys.executable).with_name("contentmix")), "--help"]
    times = take_turns({"help": lambda: subprocess.run(command, capture_output=True, check=True)}, rounds)
    return [Measurement("contentmix --help", statistics.median(times["help"]), "s", ("<=", 1.0))]
