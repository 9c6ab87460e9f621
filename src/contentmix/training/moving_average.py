"""The exponential moving average of a network: Mean Teacher's teacher, and what FixMatch and MixMatch evaluate."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from contentmix.errors import require

_ALIGNED = 16  # elements; kernels read weights faster where a cache line begins


class MovingAverage(nn.Module):
    """``average <- d average + (1 - d) network`` after every update, parameters and buffers.

    The decay rises to ``decay`` in a linear start (thesis A.1.1): at update n it is ``min(decay, (n - 1) / n)``, so the
    first averages are the plain means of the networks so far, and with a decay of 1 all are. Before it begins, the average is the
    network itself. Plain means of the last part of training are stochastic weight averaging (Izmailov et al. 2018), but that the
    statistics of batch normalisation are averaged too, where they compute them anew.

    Args:
        network: copied.
        decay: d in [0, 1].
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        super().__init__()
        require(0 <= decay <= 1, f"ema_decay is {decay}: choose it in [0, 1]")
        self.begins = 0
        # It is averaged, not trained: other processes must not wait for its gradients.
        self.module = copy.deepcopy(network).requires_grad_(False)
        self.decay = decay
        self._pairs: list[tuple[Tensor, Tensor]] = []

    @torch.no_grad()
    def follow(self, network: nn.Module, begins: int = 0) -> None:
        """Lay out both networks, where they now are, so that an update is one operation for each type of number.

        Averages are of what comes after the first ``begins`` updates.
        """
        self.begins = begins
        averages, sources = flatten_(self.module), flatten_(network)
        self._pairs = list(zip(averages, sources, strict=True))

    @torch.no_grad()
    def update(self, updates: int) -> None:
        """Move towards the network that is followed, whose update number ``updates``, from 1, was just made."""
        averaged = max(1, updates - self.begins)
        decay = min(self.decay, (averaged - 1) / averaged)
        for average, source in self._pairs:
            if average.is_floating_point():
                torch._foreach_lerp_([average], [source], 1 - decay)  # a quarter faster than lerp_ on the CPU
            else:
                average.copy_(source)


def flatten_(network: nn.Module) -> list[Tensor]:
    """Move the parameters and buffers of ``network`` into one tensor for each type, and return these.

    They stay what they were, with their strides, as views: a change of the one is a change of the other.
    """
    tensors = {id(t): t for t in (*network.parameters(), *network.buffers())}.values()
    flats = []
    for dtype in dict.fromkeys(tensor.dtype for tensor in tensors):
        group = [tensor for tensor in tensors if tensor.dtype == dtype]
        offsets = [0]
        for tensor in group:
            offsets.append(offsets[-1] + -(-tensor.numel() // _ALIGNED) * _ALIGNED)
        flat = torch.zeros(offsets[-1], dtype=dtype, device=group[0].device)
        for tensor, offset in zip(group, offsets[:-1], strict=True):
            view = flat.as_strided(tensor.size(), tensor.stride(), offset)
            view.copy_(tensor)
            tensor.data = view
        flats.append(flat)
    return flats
