"""What makes cropped images the network's input beyond shifts and flips (DeiT's augmentation, thesis A.1.5)."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from contentmix.data.augment import Normalise
from contentmix.data.auto_augment import BatchAutoAugment
from contentmix.data.erasing import erase
from contentmix.data.members import BatchPlan
from contentmix.data.source import DataSource
from contentmix.errors import require
from contentmix.keys import keyed_generator


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


NO_DISTORTION = Distortion()


def finisher(
    distortion: Distortion, plan: BatchPlan, normalise: Normalise, source: DataSource, seed: int
) -> Finish | None:
    """What distorts the images of a loader, None where nothing does.

    Raises:
        UsageError: a plan with strong views, which are distorted in their own way.
    """
    if not distortion:
        return None
    require(
        "strong" not in plan.views,
        "weak and strong views are augmented in their own way: leave out autoaugment and random_erasing with this method",
    )
    return Finish(distortion, normalise, source.image_size, seed)
