"""Sums over steps, kept where they are made until somebody asks for them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from contentmix.devices import widest_float


class StepSums:
    """Adds up numerators and denominators of means, each by its name."""

    def __init__(self) -> None:
        self.known: dict[str, list[float]] = {}
        self._waiting: dict[tuple[str, ...], Tensor] = {}

    def add(self, parts: Mapping[str, Tensor]) -> None:
        """Add (2,) numerator and denominator of each; no device is waited for."""
        stacked = torch.stack(list(parts.values()))
        so_far = self._waiting.get(tuple(parts))
        if so_far is None:
            so_far = stacked.new_zeros(stacked.shape, dtype=widest_float(stacked.device))
        self._waiting[tuple(parts)] = so_far + stacked

    def fetch(self) -> dict[str, list[float]]:
        """All sums, on the host."""
        for names, sums in self._waiting.items():
            for name, (part, whole) in zip(names, sums.tolist(), strict=True):
                before = self.known.get(name, [0.0, 0.0])
                self.known[name] = [before[0] + part, before[1] + whole]
        self._waiting = {}
        return self.known
