"""Mixing sample data augmentation as callables, ``images, targets = cutmix(100)(images, labels)``, like torchvision's.

The builders below say every method in one line: a ratio law, a mask shape, and the defaults of its paper.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from contentmix.batch import Partners
from contentmix.errors import require
from contentmix.mixing.apply import mix_images, mix_partners, mix_targets, soft_targets
from contentmix.mixing.mixer import Mixer, happens
from contentmix.mixing.partners import permuted_partners
from contentmix.mixing.ratios import Dirichlet
from contentmix.mixing.shapes import CowMix, FMix, HorizontalConcat, MaskShape, PatchUp, Rectangle, Soft, VerticalConcat


class Mix(Protocol):
    """What mixes a batch: any callable of this kind will do, and one may call others."""

    def __call__(
        self, images: Tensor, labels: Tensor, *, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """Images (b, c, h, w) and labels, (b,) int64 or soft (b, k), to mixed images and soft targets (b, k)."""
        ...


@dataclass(frozen=True)
class ImageMix:
    """Mixes the images of a batch with one another, and their targets by the recomputed ratios.

    Args:
        mixer: draws masks and ratios.
        num_classes: classes k.
        prob: probability for a batch to be mixed.
        smoothing: label smoothing, applied once, to the hard labels.
    """

    mixer: Mixer
    num_classes: int
    prob: float = 1.0
    smoothing: float = 0.0

    def __post_init__(self) -> None:
        require(0 <= self.prob <= 1, f"prob is {self.prob}: a probability is in [0, 1]")
        require(0 <= self.smoothing < 1, f"smoothing is {self.smoothing}: choose it in [0, 1)")

    def __call__(
        self, images: Tensor, labels: Tensor, *, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """Images (b, c, h, w) and labels (b,) int64 to mixed images (b, c, h, w) and soft targets (b, k).

        Args:
            images: left untouched.
            labels: class numbers, or soft ones (b, k), as of another mix that came before.
            generator: source of the draw, best on the CPU wherever images are: then nothing waits for their device. Without
                it, torch's global generator seeds one.

        Raises:
            UsageError: shapes that do not fit, or labels outside the classes.
        """
        check_batch(images, labels)
        targets = soft_targets(labels, self.num_classes, self.smoothing)
        generator = generator or global_generator()
        if not happens(self.prob, generator):
            return images, targets
        height, width = images.shape[-2:]
        mixture = self.mixer.draw(len(images), 2, (height, width), generator, device=images.device)
        mixture = replace(mixture, partners=permuted_partners(len(images), 2, generator, images.device))
        return mix_images(images, mixture), mix_targets(targets, mixture)

    def with_partners(
        self, images: Tensor, labels: Tensor, partners: Partners, *, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """Likewise, each image that has a partner with that one: what has none, drawn with ``prob``, stays as it is.

        Args:
            images: (b, c, h, w), left untouched.
            labels: (b,) int64, or soft ones (b, k).
            partners: of p of the b images, from wherever.
            generator: source of the draw.
        """
        check_batch(images, labels)
        targets, others = (soft_targets(each, self.num_classes, self.smoothing) for each in (labels, partners.labels))
        generator = generator or global_generator()
        height, width = images.shape[-2:]
        mixture = self.mixer.draw(len(partners.rows), 2, (height, width), generator, device=images.device)
        return mix_partners(images, targets, partners, others, mixture.masks[:, 0], mixture.ratios[:, 0])


def check_batch(images: Tensor, labels: Tensor) -> None:
    """Raise ``UsageError`` unless images are (b, c, h, w) floats and labels integers (b,) of any width or soft ones (b, k)."""
    require(
        images.is_floating_point(),
        f"images are {images.dtype}: mixtures of them are no whole numbers; give images.float() / 255",
    )
    dimensions = 2 if labels.is_floating_point() else 1
    require(
        images.dim() == 4 and labels.dim() == dimensions and len(labels) == len(images),
        f"images {tuple(images.shape)} and {labels.dtype} labels {tuple(labels.shape)}: they must be (b, c, h, w) and "
        "integers (b,), or soft labels (b, k)",
    )


def global_generator() -> torch.Generator:
    """A generator seeded by torch's global one, so that ``torch.manual_seed`` rules it."""
    return torch.Generator().manual_seed(int(torch.randint(2**62, (), device="cpu")))


def _builder(
    shape: MaskShape | None, num_classes: int, alpha: float, prob: float, per_batch: bool, smoothing: float
) -> ImageMix:
    return ImageMix(Mixer(Dirichlet(alpha, per_batch), shape, patched="partner"), num_classes, prob, smoothing)


def mixup(
    num_classes: int, *, alpha: float = 1.0, prob: float = 1.0, per_batch: bool = False, smoothing: float = 0.0
) -> ImageMix:
    """MixUp: ``lam x0 + (1 - lam) x1`` (Zhang et al. 2018, alpha 1 on CIFAR)."""
    return _builder(None, num_classes, alpha, prob, per_batch, smoothing)


def cutmix(
    num_classes: int, *, alpha: float = 1.0, prob: float = 0.5, per_batch: bool = False, smoothing: float = 0.0
) -> ImageMix:
    """CutMix: a rectangle of the partner (Yun et al. 2019, alpha 1 and prob 0.5 on CIFAR)."""
    return _builder(Rectangle(), num_classes, alpha, prob, per_batch, smoothing)


def cutmix_mixup(
    num_classes: int, *, alpha: float = 1.0, prob: float = 1.0, per_batch: bool = False, smoothing: float = 0.0
) -> ImageMix:
    """CutMix and MixUp at once: CutMix's rectangle holds ``mu`` of the partner, the rest ``1 - mu`` (thesis A.1.5).

    The rectangle is CutMix's (alpha 1), ``mu ~ Beta(0.8, 0.8)`` is DeiT's MixUp; with ``per_batch`` images share both.
    """
    return _builder(Soft(Rectangle(), Dirichlet(0.8, per_batch)), num_classes, alpha, prob, per_batch, smoothing)


def horizontal_concat(
    num_classes: int, *, alpha: float = 1.0, prob: float = 1.0, per_batch: bool = False, smoothing: float = 0.0
) -> ImageMix:
    """Horizontal concatenation: left and right parts (Summers and Dinneen 2019)."""
    return _builder(HorizontalConcat(), num_classes, alpha, prob, per_batch, smoothing)


def vertical_concat(
    num_classes: int, *, alpha: float = 1.0, prob: float = 1.0, per_batch: bool = False, smoothing: float = 0.0
) -> ImageMix:
    """Vertical concatenation: upper and lower parts (Summers and Dinneen 2019)."""
    return _builder(VerticalConcat(), num_classes, alpha, prob, per_batch, smoothing)


def patchup(
    num_classes: int, *, alpha: float = 2.0, prob: float = 0.7, per_batch: bool = False, smoothing: float = 0.0
) -> ImageMix:
    """PatchUp's blocks at the input (Faramarzi et al. 2022, alpha 2 and prob 0.7 on CIFAR)."""
    return _builder(PatchUp(), num_classes, alpha, prob, per_batch, smoothing)


def fmix(
    num_classes: int, *, alpha: float = 1.0, prob: float = 1.0, per_batch: bool = False, smoothing: float = 0.0
) -> ImageMix:
    """FMix: contiguous random regions (Harris et al. 2020, alpha 1)."""
    return _builder(FMix(), num_classes, alpha, prob, per_batch, smoothing)


def cowmix(
    num_classes: int, *, alpha: float = 1.0, prob: float = 1.0, per_batch: bool = False, smoothing: float = 0.0
) -> ImageMix:
    """CowMix: cow-hide spots (French et al. 2020)."""
    return _builder(CowMix(), num_classes, alpha, prob, per_batch, smoothing)
