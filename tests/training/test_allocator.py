"""Memory that is freed is kept for the next step."""

import ctypes
import os
import subprocess
import sys

import pytest

from contentmix.training.allocator import keep_freed_memory

# Two hundred blocks of 1 MiB, filled and freed three times: how many pages the system gave in the last time.
ROUNDS = """
import resource, torch
from contentmix.training.allocator import keep_freed_memory
{before}
for _ in range(3):
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    blocks = [torch.ones(1 << 18) for _ in range(200)]
    del blocks
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults)
"""


def faults(before, **environment):
    words = [sys.executable, "-c", ROUNDS.format(before=before)]
    return int(subprocess.run(words, env={**os.environ, **environment}, capture_output=True, check=True).stdout)


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "gnu_get_libc_version"), reason="another C library"
)
def test_what_was_freed_is_there_for_the_next_step():
    pages = 200 * 256
    assert faults("") > pages / 2
    assert faults("keep_freed_memory()") < pages / 100
    assert faults("keep_freed_memory()", MALLOC_TRIM_THRESHOLD_="131072") > pages / 2, "the environment's word counts"


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    keep_freed_memory()
