"""How subnetworks share the features of one network (sec. 3.4.1, A.6.3), from weights and feature maps alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from contentmix.devices import widest_float
from contentmix.errors import require

THRESHOLDS = (0.2, 0.3, 0.4, 0.5)


def input_influence(kernels: Sequence[Tensor]) -> Tensor:
    """Influence (m, c) of each channel of the mixing space on each subnetwork: the L1 norm of its kernel (figure 3.11).

    Args:
        kernels: the weights (c, c_in, k, k) of the m input encoders.
    """
    return torch.stack([kernel.detach().abs().sum((1, 2, 3)) for kernel in kernels])


def output_influence(weights: Sequence[Tensor]) -> Tensor:
    """Influence (m, c) of each final feature on each subnetwork: the L1 norm of its column in the head (figure 3.11).

    Args:
        weights: (k, c) of the m heads.
    """
    return torch.stack([weight.detach().abs().sum(0) for weight in weights])


def sharing_rate(influence: Tensor) -> float:
    """``sum_c min(h_0, h_1) / sum_c max(h_0, h_1)``: 0 when no channel serves two subnetworks, 1 when all serve alike.

    Args:
        influence: (m, c), non-negative; with more than two subnetworks the mean over pairs is returned.

    Raises:
        UsageError: fewer than two subnetworks.
    """
    members = len(influence)
    require(members >= 2, f"influence has {members} rows: sharing needs 2 subnetworks or more")
    rates = []
    for i in range(members):
        for j in range(i + 1, members):
            low, high = torch.minimum(influence[i], influence[j]), torch.maximum(influence[i], influence[j])
            rates.append(float(low.sum() / high.sum()))
    return sum(rates) / len(rates)


def filter_activity(weights: Iterable[Tensor], thresholds: Sequence[float] = THRESHOLDS) -> dict[float, float]:
    """Share of the filters whose L1 norm is at least ``t_a`` times the largest of their layer (figure 3.4b, table A.16).

    Args:
        weights: (c_out, c_in, k, k) of the convolutions.
        thresholds: the ``t_a``.

    Raises:
        UsageError: no convolution is given.
    """
    norms = [weight.detach().abs().sum((1, 2, 3)) for weight in weights]
    require(len(norms) > 0, "there is no convolution whose filters could be counted")
    relative = torch.cat([norm / norm.max() for norm in norms])
    return {threshold: float((relative >= threshold).float().mean()) for threshold in thresholds}


class ConditionalVariance:
    """Accumulates ``mean_{h,w} var_n F`` of a feature map over the images n of one input, the others fixed (A.6.3).

    No feature map is kept: sums of the differences to the first image, and of their squares, are added up as matrix products
    over the images, in whatever layout the maps have. Differences to an image of the set are as small as its deviation, so
    nothing cancels.
    """

    def __init__(self) -> None:
        self._count = self._channels = 0
        self._reference: Tensor | None = None
        self._sum = self._squares = torch.zeros(())

    def update(self, features: Tensor) -> None:
        """Add a batch (b, c, h, w)."""
        differences = features.permute(0, 2, 3, 1).flatten(1)  # a view of channels-last maps
        if self._reference is None:
            self._reference, self._channels = differences[:1].clone(), features.shape[1]
        differences = differences - self._reference
        ones, wide = differences.new_ones(1, len(features)), widest_float(features.device)
        self._sum = self._sum + (ones @ differences).to(wide)
        self._squares = self._squares + (ones @ differences.square_()).to(wide)
        self._count += len(features)

    def influence(self) -> Tensor:
        """(c,) the influence of the varied input on each channel; the population variance over images."""
        require(self._count > 0, "no batch was added")
        variance = self._squares / self._count - (self._sum / self._count) ** 2
        return variance.clamp(min=0).view(-1, self._channels).mean(0).float()
