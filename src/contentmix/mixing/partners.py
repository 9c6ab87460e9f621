"""Who is mixed with whom inside a batch."""

from __future__ import annotations

import torch
from torch import Tensor

from contentmix.devices import sent


def permuted_partners(
    size: int, members: int, generator: torch.Generator, device: torch.device | None = None
) -> Tensor:
    """Partners (b, m) int64 on ``device``: each sample itself, then ``m - 1`` random permutations of the batch."""
    columns = [torch.arange(size, device=generator.device)]
    columns += [torch.randperm(size, generator=generator, device=generator.device) for _ in range(members - 1)]
    return sent(torch.stack(columns, 1), device or generator.device)
