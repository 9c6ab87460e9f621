"""Peak memory of a training step: the resident memory of a process of its own, beyond what it held before its first step."""

import resource
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.timing import Measurement


def memory(rounds: int = 3) -> list[Measurement]:
    """MixMo against vanilla, WRN-28-2, 64 images of 32 px."""
    peaks: dict[str, list[int]] = {"vanilla": [], "Cut-MixMo": []}
    for _ in range(rounds):
        for name, found in peaks.items():
            command = [sys.executable, "-m", "benchmarks.memory", name]
            found.append(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    vanilla, mixmo = (statistics.median(found) for found in peaks.values())
    return [
        Measurement("peak memory of a vanilla step", vanilla / 2**20, "MiB"),
        Measurement("peak memory of a Cut-MixMo step / vanilla", mixmo / vanilla, "x", ("<=", 1.1)),
    ]


def _peak(name: str) -> int:
    from benchmarks.subjects import METHODS, images, network, training_step

    step = training_step(METHODS[name], network(METHODS[name]), images(1024))
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    before = pages * resource.getpagesize()
    for _ in range(3):
        step()
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


if __name__ == "__main__":
    print(_peak(sys.argv[1]))
