"""Keyed randomness: every draw comes from a generator derived from what it is for.

No generator outlives the draw it was made for, so there is no random state to save: a run resumed at any step draws what
it would have drawn, and two runs with one seed are identical. Draws that all processes must agree on leave ``rank`` out.
"""

from __future__ import annotations

import hashlib

import torch


def derive(seed: int, *purpose: str | int) -> int:
    """A 63-bit seed for ``purpose``, e.g. ``derive(0, "crop", step)``: equal for equal words, unrelated otherwise.

    Words may be names of files, whatever their bytes.
    """
    words = "/".join(f"{type(word).__name__}:{word}" for word in (seed, *purpose))
    return int.from_bytes(hashlib.blake2b(words.encode(errors="surrogateescape"), digest_size=8).digest(), "big") >> 1


def keyed_generator(seed: int, *purpose: str | int, device: torch.device | str = "cpu") -> torch.Generator:
    """A fresh generator on ``device`` for one ``purpose``, e.g. ``keyed_generator(seed, "mixture", step)``."""
    return torch.Generator(device=device).manual_seed(derive(seed, *purpose))
