"""AutoAugment and random erasing of whole batches, on the device where they are (DeiT's augmentation, thesis A.1.5)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torchvision.transforms.v2 import AutoAugment, AutoAugmentPolicy

from contentmix.data.augment import Normalise
from contentmix.keys import keyed_generator

# Of DeiT, as timm has them.
ERASED_AREA, ERASED_ASPECT = (0.02, 1 / 3), (0.3, 1 / 0.3)


class BatchAutoAugment(AutoAugment):
    """AutoAugment (Cubuk et al. 2019) by torchvision's policies and operations.

    Each image draws its sub-policy, whether each of its two operations is made, and its sign; images that drew the same are
    distorted in one call.

    Args:
        image_size: side in pixels: CIFAR's policies up to 64, ImageNet's above.
    """

    def __init__(self, image_size: int) -> None:
        super().__init__(AutoAugmentPolicy.CIFAR10 if image_size <= 64 else AutoAugmentPolicy.IMAGENET)

    def distort(self, images: Tensor, rows: Tensor, size: int, generator: torch.Generator) -> None:
        """Distort images (p, c, h, w) uint8 in place; they are ``rows`` (p,) of ``size``, for which the draws are made."""
        height, width = images.shape[-2:]
        policy = torch.randint(len(self._policies), (size,), generator=generator)[rows]
        chance = torch.rand(size, 2, generator=generator)[rows]
        negative = (torch.rand(size, 2, generator=generator) < 0.5)[rows]
        for stage in range(2):
            for number, operations in enumerate(self._policies):
                name, probability, magnitude = operations[stage]
                strengths, signed = self._AUGMENTATION_SPACE[name]
                strength = 0.0 if magnitude is None else float(strengths(10, height, width)[magnitude])
                drawn = (policy == number) & (chance[:, stage] < probability)
                for sign in (1, -1) if signed else (1,):
                    chosen = drawn & (negative[:, stage] == (sign < 0)) if signed else drawn
                    where = chosen.nonzero()[:, 0].to(images.device, non_blocking=True)
                    if len(where):
                        images[where] = self._apply_image_or_video_transform(
                            images[where], name, sign * strength, interpolation=self.interpolation, fill={}
                        )


def erase(images: Tensor, rows: Tensor, size: int, prob: float, generator: torch.Generator) -> None:
    """Random erasing (Zhong et al. 2020), in place: Gaussian noise in a rectangle of 2 to 33 % of the area.

    Args:
        images: (p, c, h, w) float, normalised.
        rows: (p,) which of the ``size`` images, for which the draws are made, these are.
        size: of the global batch.
        prob: for an image to be erased.
        generator: on the CPU.
    """
    _, channels, height, width = images.shape
    erased = torch.rand(size, generator=generator) < prob
    area, aspect, down, right = torch.rand(4, size, generator=generator)
    area = height * width * (ERASED_AREA[0] + area * (ERASED_AREA[1] - ERASED_AREA[0]))
    low, high = (math.log(edge) for edge in ERASED_ASPECT)
    ratio = (low + aspect * (high - low)).exp()
    spans = []
    for length, side, start in ((height, area * ratio, down), (width, area / ratio, right)):
        side = side.sqrt().round().clamp(1, length)
        first = (start * (length - side + 1)).floor()[:, None]
        position = torch.arange(length)
        spans.append((position >= first) & (position < first + side[:, None]))
    region = (spans[0][:, :, None] & spans[1][:, None, :])[rows] & erased[rows, None, None]
    noise = torch.randn(int(erased.sum()), channels, height, width, generator=generator)
    number = erased.cumsum(0)[rows] - 1
    where = erased[rows].nonzero()[:, 0]
    device = images.device
    inside = region[where, None].to(device, non_blocking=True)
    there = where.to(device, non_blocking=True)
    images[there] = torch.where(inside, noise[number[where]].to(device, non_blocking=True), images[there])


@dataclass(frozen=True)
class Distortion:
    """What is done to training images beyond shifts and flips.

    Args:
        autoaugment: AutoAugment, by ``BatchAutoAugment``.
        random_erasing: probability of ``erase``.
    """

    autoaugment: bool = False
    random_erasing: float = 0.0

    def __bool__(self) -> bool:
        return self.autoaugment or self.random_erasing > 0


class Finish:
    """What makes cropped uint8 images the network's input: AutoAugment, normalisation, random erasing.

    Args:
        distortion: which of them.
        normalise: of the data set.
        image_size: side in pixels.
        seed: of the draws.
    """

    def __init__(self, distortion: Distortion, normalise: Normalise, image_size: int, seed: int) -> None:
        self._normalise, self._seed, self._erasing = normalise, seed, distortion.random_erasing
        self._policy = BatchAutoAugment(image_size) if distortion.autoaugment else None

    def __call__(self, pixels: Tensor, rows: Tensor, size: int, step: int, stream: str = "images") -> Tensor:
        """Images (p, c, h, w) uint8 to float.

        Args:
            pixels: may be distorted in place.
            rows: (p,) int64: which images of the global batch these are.
            size: images of the global batch.
            step: of training.
            stream: names the draws.
        """
        if self._policy is not None:
            self._policy.distort(pixels, rows, size, keyed_generator(self._seed, "autoaugment", stream, step))
        images = self._normalise(pixels)
        if self._erasing:
            erase(images, rows, size, self._erasing, keyed_generator(self._seed, "erasing", stream, step))
        return images
