"""Common corruptions: 15 kinds x 5 severities, generated for any set, or 19 read from CIFAR-10-C / CIFAR-100-C files.

Generated ones are those of ImageNet-C (Hendrycks and Dietterich 2019) by the ``imagecorruptions`` library; CIFAR-C's files have
milder settings of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
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
from contentmix.errors import DataError, UsageError, require, unknown
from contentmix.keys import derive

CORRUPTIONS = (
    "gaussian_noise", "shot_noise", "impulse_noise", "defocus_blur", "glass_blur", "motion_blur", "zoom_blur", "snow", "frost",
    "fog", "brightness", "contrast", "elastic_transform", "pixelate", "jpeg_compression",
)  # fmt: skip
# What else CIFAR-C has files of, which the published code averages over as well (alexrame/mixmo-pytorch).
CIFAR_C = (*CORRUPTIONS, "speckle_noise", "gaussian_blur", "spatter", "saturate")
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

    def under(self, corruption: str, severity: int) -> Iterator[Batch]:
        """Every image once, under one of ``CORRUPTIONS`` at a severity of 1 to 5.

        Raises:
            DataError: a photo cannot be read.
        """
        rows = torch.arange(len(self._labels)).split(_AT_ONCE)
        wishes = ([_Wish(row, corruption, severity) for row in some.tolist()] for some in rows)
        for images, labels in zip(self._makers.batches(wishes), self._labels.split(_AT_ONCE), strict=True):
            yield Batch(self._normalise(images)[:, None], sent(labels[:, None], self._device))


def read_cifar_c(folder: Path, corruption: str, severity: int) -> ArraySet:
    """One severity of one corruption of CIFAR-10-C or CIFAR-100-C: ``FOLDER/CORRUPTION.npy`` and ``FOLDER/labels.npy``.

    Raises:
        DataError: a file is missing, or is not one of CIFAR-C's.
    """
    images, labels = _read_array(folder / f"{corruption}.npy"), _read_array(folder / "labels.npy")
    if images.ndim != 4 or images.dtype != numpy.uint8 or len(images) % 5 or len(labels) != len(images):
        raise DataError(
            f"{folder / corruption}.npy holds {images.dtype} {images.shape} and labels.npy {labels.shape}: CIFAR-C has uint8 "
            "(n, h, w, 3), five severities one after the other"
        )
    share = len(images) // 5
    part = slice((severity - 1) * share, severity * share)
    pixels = torch.from_numpy(numpy.array(images[part])).permute(0, 3, 1, 2).contiguous()
    return ArraySet(pixels, torch.from_numpy(numpy.array(labels[part], dtype=numpy.int64)))


def _read_array(path: Path) -> numpy.ndarray:
    try:
        found: numpy.ndarray = numpy.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path} cannot be read ({' '.join(str(error).split())}): name the folder of CIFAR-C's files, "
            "or 'generated'"
        ) from error
    return found
