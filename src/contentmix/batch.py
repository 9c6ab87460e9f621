"""The frozen values that travel between the rooms, and the shape legend of every docstring.

Shape legend: ``b`` samples of a batch, ``m`` members (inputs or subnetworks), ``k`` classes, ``c`` channels, ``h``, ``w``
height and width in pixels, ``n`` samples of a data set.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from contentmix.errors import require


def class_numbers(labels: Tensor) -> Tensor:
    """``labels`` of any shape, integers of any width or booleans, as int64, which torch's functions ask for.

    Raises:
        UsageError: they are no class numbers.
    """
    whole = not (labels.is_floating_point() or labels.is_complex())
    require(whole, f"labels are {labels.dtype}: class numbers are integers; give labels.long() if they are whole")
    return labels.long()


@dataclass(frozen=True, slots=True)
class Partners:
    """Images drawn from the whole training set to be mixed, in pixels, into some members of a batch.

    Attributes:
        rows: (p,) int64, positions in the flattened ``b * m`` member images
        images: (p, c, h, w) float, augmented and normalised like the batch
        labels: (p,) int64
    """

    rows: Tensor
    images: Tensor
    labels: Tensor


@dataclass(frozen=True, slots=True)
class Colors:
    """Random colours that images were given, ``(1 + gain) x + shift``, and the images without them.

    Attributes:
        plain: (..., c, h, w) float, normalised
        gain: (..., c, 1, 1)
        shift: (..., c, 1, 1), in deviations of the data set
    """

    plain: Tensor
    gain: Tensor
    shift: Tensor

    @property
    def images(self) -> Tensor:
        """The images with their colours, (..., c, h, w)."""
        return torch.addcmul(self.plain + self.shift, self.plain, self.gain)


@dataclass(frozen=True, slots=True)
class Batch:
    """What a loader yields.

    Attributes:
        images: (b, m, c, h, w) float, normalised; member i of sample b reads ``images[b, i]`` (m = 1: single input)
        labels: (b, m) int64
        step: the global training step this batch belongs to (0 in evaluation); the key of every draw made for it
        rows: this process's rows of the global batch: draws are made for ``global_size`` samples and sliced by it, so
            that processes agree on them
        partners: partners for pixel mixing, None where none was asked for
        unlabelled: a second stream, ``images`` (b', v, c, h, w) with v views of each image, where the method learns from
            unlabelled images; its ``labels`` are only there to be compared with, -1 where unknown
        colors: what made ``images`` of plain ones, for whoever knows only these; None where they are plain
    """

    images: Tensor
    labels: Tensor
    step: int = 0
    rows: slice = field(default_factory=lambda: slice(None))
    global_size: int | None = None
    partners: Partners | None = None
    unlabelled: Batch | None = None
    colors: Colors | None = None


@dataclass(frozen=True, slots=True)
class Mixture:
    """One draw of a mixer: it mixes images, features or tokens, weighs targets, and unmixes.

    Attributes:
        masks: (b, m, h, w) or, for constant masks, (b, m, 1, 1); non-negative, summing to 1 over m
        ratios: (b, m) the spatial mean of each mask: the *recomputed* ratios kappa
        partners: (b, m) int64, which sample of the batch each input comes from; None when the inputs are stacked as
            members
    """

    masks: Tensor
    ratios: Tensor
    partners: Tensor | None = None

    def __getitem__(self, rows: slice | Tensor) -> Mixture:
        """The mixture of some samples of the batch."""
        partners = None if self.partners is None else self.partners[rows]
        return Mixture(self.masks[rows], self.ratios[rows], partners)

    def at(self, size: tuple[int, int]) -> Mixture:
        """The same mixture with its masks resized to ``size`` = (h, w) by area averaging (nearest when enlarging).

        Ratios are kept: they are what the mixed input was drawn with.
        """
        height, width = self.masks.shape[-2:]
        if (height, width) in ((1, 1), size):
            return self
        mode = "area" if size[0] <= height and size[1] <= width else "nearest-exact"
        masks = torch.nn.functional.interpolate(self.masks, size=size, mode=mode)
        return Mixture(masks, self.ratios, self.partners)


@dataclass(frozen=True, slots=True)
class MemberLogits:
    """What metrics receive: the predictions of every member for every sample, and the truth.

    Attributes:
        logits: (n, m, k) float, one row per sample and member (m = 1: a single network)
        labels: (n,) int64
        groups: how many of the members, in order, are of each network, where these are of several; they sum to m
    """

    logits: Tensor
    labels: Tensor
    groups: tuple[int, ...] | None = None

    @property
    def weights(self) -> Tensor | None:
        """(m,) each member's part in the ensemble, so that every network has the same; None where every member has."""
        if self.groups is None or len(set(self.groups)) == 1:
            return None
        sizes = torch.tensor(self.groups, device=self.logits.device)
        return (1 / (len(sizes) * sizes)).repeat_interleave(sizes)
