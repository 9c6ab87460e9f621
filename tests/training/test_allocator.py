"""Memory that is freed is kept for the next step."""

import ctypes
import os
import subprocess
import sys

import pytest

from contentmix.training import allocator

# Two hundred blocks of 1 MiB, filled and freed three times: how many pages the system gave in the last time.
ROUNDS = """
import resource, runpy, sys
import numpy
keep = runpy.run_path(sys.argv[1])["keep_freed_memory"]
{before}
for _ in range(3):
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    blocks = [numpy.ones(1 << 17) for _ in range(200)]
    del blocks
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults)
"""


def faults(before, **environment):
    words = [sys.executable, "-c", ROUNDS.format(before=before), allocator.__file__]
    return int(subprocess.run(words, env={**os.environ, **environment}, capture_output=True, check=True).stdout)


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "gnu_get_libc_version"), reason="another C library"
)
def test_what_was_freed_is_there_for_the_next_step():
    pages = 200 * 256
    assert faults("") > pages / 10
    assert faults("keep()") < pages / 100
    assert faults("keep()", MALLOC_TRIM_THRESHOLD_="131072") > pages / 10, "the environment's word counts"


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    allocator.keep_freed_memory()
