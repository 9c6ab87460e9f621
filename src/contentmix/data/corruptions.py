"""Common corruptions of any images: 15 kinds x 5 severities, those of ImageNet-C (Hendrycks and Dietterich 2019).

The ``imagecorruptions`` library makes them; CIFAR-C's files (``cifar_c``) have milder settings of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

import numpy
import torch
from torch import Tensor
from torch.nn import functional

from contentmix.batch import Batch
from contentmix.data.augment import Normalise
from contentmix.data.makers import Makers
from contentmix.data.photos import read_image
from contentmix.data.source import ArraySet, DataSource, ImageSet
from contentmix.devices import sent
from contentmix.errors import UsageError, require, unknown
from contentmix.keys import derive

CORRUPTIONS = (
    "gaussian_noise", "shot_noise", "impulse_noise", "defocus_blur", "glass_blur", "motion_blur", "zoom_blur", "snow", "frost",
    "fog", "brightness", "contrast", "elastic_transform", "pixelate", "jpeg_compression",
)  # fmt: skip
SEVERITIES = (1, 2, 3, 4, 5)
_AT_ONCE = 256  # images of a batch
SMALLEST = 32  # px that the library takes
_SEEDED = ("impulse_noise", "glass_blur")  # do not draw from numpy's global state


def corruption_library() -> ModuleType:
    """What corrupts; an extra.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return import_module("imagecorruptions")
    except ImportError as error:
        raise UsageError(
            f"generating corruptions needs an extra ({error}): pip install 'contentmix[corruptions]'"
        ) from error


def corrupt(image: Tensor, corruption: str, severity: int, seed: int) -> Tensor:
    """One corrupted image (c, h, w) uint8; the same seed gives the same image, and numpy's global state is left alone.

    Images below 32 px are extended by reflection for the library and cut back. Grey images are corrupted as RGB and averaged.

    Raises:
        UsageError: an unknown corruption or severity, or the library is not installed.
    """
    if corruption not in CORRUPTIONS:
        raise unknown("corruption", corruption, CORRUPTIONS)
    require(severity in SEVERITIES, f"severity is {severity}: choose 1 to 5")
    imagecorruptions = corruption_library()
    channels, height, width = image.shape
    below, right = max(0, SMALLEST - height), max(0, SMALLEST - width)
    if below or right:
        image = _extended(image, below, right)
    pixels = numpy.ascontiguousarray(image.expand(3, -1, -1).permute(1, 2, 0).numpy())
    state = numpy.random.get_state()  # noqa: NPY002 - the library draws from the global state
    try:
        numpy.random.seed(seed % 2**32)  # noqa: NPY002
        options = {"seed": seed % 2**31} if corruption in _SEEDED else {}
        done = imagecorruptions.corrupt(pixels, severity=severity, corruption_name=corruption, **options)
    finally:
        numpy.random.set_state(state)  # noqa: NPY002
    corrupted = torch.from_numpy(numpy.array(done)).permute(2, 0, 1)[:, :height, :width]
    return corrupted if channels == 3 else corrupted.float().mean(0, keepdim=True).round().to(torch.uint8)


def _extended(image: Tensor, below: int, right: int) -> Tensor:
    # Reflection reaches no further than the image itself: a very small one is reflected again and again.
    extended = image.float()[None]
    while below or right:
        down, aside = min(below, extended.shape[-2] - 1), min(right, extended.shape[-1] - 1)
        extended = functional.pad(extended, (0, aside, 0, down), "reflect")
        below, right = below - down, right - aside
    return extended[0].to(torch.uint8)


@dataclass(frozen=True)
class _Wish:
    """One image, by its row, under one corruption."""

    row: int
    corruption: str
    severity: int


@dataclass(frozen=True)
class _Corrupter:
    """Corrupts one image after the other."""

    images: ImageSet
    size: int
    channels: int
    seed: int

    def views(self, wish: _Wish) -> list[Tensor]:
        if isinstance(self.images, ArraySet):
            image = self.images.images[wish.row]
        else:
            image = read_image(self.images.paths[wish.row], self.size, self.channels)
        seed = derive(self.seed, wish.corruption, wish.severity, wish.row)
        return [corrupt(image, wish.corruption, wish.severity, seed)]


class CorruptedImages:
    """Images, corrupted in one way after the other; the draws do not depend on the number of workers.

    Args:
        images: the images.
        source: says how to normalise.
        seed: of the draws.
        device: where batches are wanted.
        workers: processes that corrupt; they stay from one corruption to the next.

    Raises:
        UsageError: the library is not installed.
    """

    def __init__(
        self,
        images: ImageSet,
        source: DataSource,
        *,
        seed: int = 0,
        device: torch.device | str = "cpu",
        workers: int = 0,
    ) -> None:
        corruption_library()  # told here, not from a worker process
        self._labels, self._device = images.labels, torch.device(device)
        self._normalise = Normalise(source.mean, source.std, self._device)
        corrupter = _Corrupter(images, source.image_size, source.channels, seed)
        self._makers = Makers(corrupter, workers, self._device)

    def pixels(self, corruption: str, severity: int) -> Iterator[Tensor]:
        """Batches (n, c, h, w) uint8 of every image once, under one of ``CORRUPTIONS`` at a severity of 1 to 5.

        Raises:
            DataError: a photo cannot be read.
        """
        rows = torch.arange(len(self._labels)).split(_AT_ONCE)
        return self._makers.batches([_Wish(row, corruption, severity) for row in some.tolist()] for some in rows)

    def under(self, corruption: str, severity: int) -> Iterator[Batch]:
        """The same, normalised and with labels.

        Raises:
            DataError: a photo cannot be read.
        """
        batches = zip(self.pixels(corruption, severity), self._labels.split(_AT_ONCE), strict=True)
        for images, labels in batches:
            yield Batch(self._normalise(images)[:, None], sent(labels[:, None], self._device))
