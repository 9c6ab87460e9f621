"""Corrupted images in files as CIFAR-10-C and CIFAR-100-C have them (Hendrycks and Dietterich 2019).

``FOLDER/CORRUPTION.npy`` (5 n, h, w, channels) uint8, the severities one after the other, and ``FOLDER/labels.npy`` (5 n).
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy
import torch
from torch import Tensor

from contentmix.data.corruptions import CORRUPTIONS, SEVERITIES, CorruptedImages
from contentmix.data.source import ArraySet, DataSource, ImageSet
from contentmix.errors import DataError
from contentmix.files import atomic_write

# What else CIFAR-C has files of, which the published code averages over as well (alexrame/mixmo-pytorch).
CIFAR_C = (*CORRUPTIONS, "speckle_noise", "gaussian_blur", "spatter", "saturate")


def write_cifar_c(images: ImageSet, source: DataSource, folder: Path, *, workers: int = 0) -> None:
    """Generate all corruptions of ``images`` in ``folder``, where ``read_cifar_c`` finds them; files that are there stay.

    Args:
        images: the images.
        source: says of what size they are.
        folder: made where it is missing.
        workers: processes that corrupt.

    Raises:
        UsageError: the library is not installed.
        DataError: a photo cannot be read, or a file not be written.
    """
    corrupted = CorruptedImages(images, source, workers=workers)
    folder.mkdir(parents=True, exist_ok=True)
    for name in CORRUPTIONS:
        if not (folder / f"{name}.npy").exists():
            made = torch.cat([batch for severity in SEVERITIES for batch in corrupted.pixels(name, severity)])
            _write_array(folder / f"{name}.npy", made.permute(0, 2, 3, 1))
    _write_array(folder / "labels.npy", images.labels.repeat(len(SEVERITIES)))


def read_cifar_c(folder: Path, corruption: str, severity: int) -> ArraySet:
    """One severity of one corruption of CIFAR-10-C or CIFAR-100-C: ``FOLDER/CORRUPTION.npy`` and ``FOLDER/labels.npy``.

    Raises:
        DataError: a file is missing, or is not one of CIFAR-C's.
    """
    images, labels = _read_array(folder / f"{corruption}.npy"), _read_array(folder / "labels.npy")
    if images.ndim != 4 or images.dtype != numpy.uint8 or len(images) % len(SEVERITIES) or len(labels) != len(images):
        raise DataError(
            f"{folder / corruption}.npy holds {images.dtype} {images.shape} and labels.npy {labels.shape}: CIFAR-C has uint8 "
            "(n, h, w, channels), five severities one after the other"
        )
    share = len(images) // len(SEVERITIES)
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


def _write_array(path: Path, array: Tensor) -> None:
    buffer = io.BytesIO()
    numpy.save(buffer, array.numpy(), allow_pickle=False)
    atomic_write(path, buffer.getvalue())
