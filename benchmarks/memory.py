"""Peak memory of a training step: the resident memory of a process of its own, beyond what it held before its first step."""

import resource
import statistics
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks import hybrids
from benchmarks.subjects import METHODS, images, network, training_step
from benchmarks.timing import Measurement


def memory(rounds: int = 3) -> list[Measurement]:
    """MixMo against vanilla, 64 images of 32 px, and SciMix against Mean Teacher, 256 of them; WRN-28-2."""
    peaks: dict[str, list[int]] = {name: [] for name in SUBJECTS}
    for _ in range(rounds):
        for name, found in peaks.items():
            command = [sys.executable, "-m", "benchmarks.memory", name]
            found.append(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    vanilla, mixmo, teacher, scimix = (statistics.median(found) for found in peaks.values())
    return [
        Measurement("peak memory of a vanilla step", vanilla / 2**20, "MiB"),
        Measurement("peak memory of a Cut-MixMo step / vanilla", mixmo / vanilla, "x", ("<=", 1.1)),
        Measurement("peak memory of a Mean Teacher step", teacher / 2**20, "MiB"),
        Measurement("peak memory of a SciMix step, 3 x 60 hybrids / Mean Teacher", scimix / teacher, "x"),
    ]


def _mixing(name: str) -> Callable[[], object]:
    return training_step(METHODS[name], network(METHODS[name]), images(1024))


SUBJECTS: dict[str, Callable[[], Callable[[], object]]] = {
    "vanilla": partial(_mixing, "vanilla"),
    "Cut-MixMo": partial(_mixing, "Cut-MixMo"),
    "Mean Teacher": hybrids.step,
    "SciMix": partial(hybrids.step, 60),
}


def _peak(name: str) -> int:
    step = SUBJECTS[name]()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    before = pages * resource.getpagesize()
    for _ in range(3):
        step()
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


if __name__ == "__main__":
    print(_peak(sys.argv[1]))
