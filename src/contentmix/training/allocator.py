"""Memory that a training step frees is kept for the next step, which needs as much again."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress

# Parameters of glibc's mallopt, and what they are set to. Larger blocks than 32 MiB it maps always: they go back at once.
_TRIM_THRESHOLD, _KEPT = -1, 1 << 30
_MMAP_THRESHOLD, _LARGEST = -3, 32 << 20
_SET = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES")


def keep_freed_memory() -> None:
    """Let this process keep up to 1 GiB of what it frees.

    glibc returns freed activations to the system and asks for them anew in every step; each page then comes filled with zeros.
    Other C libraries, and settings in the environment, are left alone.
    """
    if not any(name in os.environ for name in _SET):
        with suppress(
            OSError, AttributeError, TypeError
        ):  # not the C library of this system, or there is no such setting
            libc = ctypes.CDLL(None)
            libc.mallopt(_MMAP_THRESHOLD, _LARGEST)
            libc.mallopt(_TRIM_THRESHOLD, _KEPT)
