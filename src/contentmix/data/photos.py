"""Photos on disk as tensors."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor
from torchvision.transforms.v2 import functional

from contentmix.data.picture_kinds import picture_kinds
from contentmix.errors import DataError

_MODES = {1: "L", 3: "RGB"}


def read_photo(path: Path, channels: int) -> Image.Image:
    """The photo at ``path``, grey (1 channel) or RGB (3), upright, whichever way its camera was held (EXIF).

    Transparent pixels become white. Grey of 16 bits is scaled to 8, 65535 being white, and grey of floats likewise, 1 is white.

    Raises:
        DataError: the file is missing, unreadable, truncated, no image, or its values cannot be scaled; it is named.
    """
    return open_photo(path, channels)[0]


def open_photo(path: Path, channels: int) -> tuple[Image.Image, str]:
    """The photo as ``read_photo`` has it, and Pillow's name of its kind of pixels before, such as ``RGB``."""
    try:
        with _opened(path) as image:
            image.load()
            return _plain(_upright(image), channels), image.mode
    # Pillow's readers of damaged files raise whatever meets them.
    except Exception as error:
        raise _unreadable(path, error) from error


def shorter_side(path: Path) -> int | None:
    """The shorter side in pixels of the photo at ``path``, by its header alone; None where that cannot be read."""
    try:
        with _opened(path) as image:
            return min(image.size)
    except Exception:  # as above; decoding will say what it is
        return None


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    # By a name, Pillow maps uncompressed pixels into memory, by their shape before it turns them: they come out scrambled.
    with open(path, "rb") as file, Image.open(file, formats=picture_kinds()) as image:
        yield image


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error):
        return image  # what is damaged is a note beside the pixels


def _plain(image: Image.Image, channels: int) -> Image.Image:
    if image.mode == "F" or image.mode.startswith("I"):
        image = _scaled(image)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        opaque = image.convert("RGBA")
        white = Image.new("RGBA", opaque.size, "white")
        image = Image.alpha_composite(white, opaque)
    return image.convert(_MODES[channels])


def _scaled(image: Image.Image) -> Image.Image:
    """Grey of more than 8 bits at 8: the whole range of its kind, so that photos of one set stay comparable."""
    values = np.asarray(image, dtype=np.float64)
    top = 1.0 if image.mode == "F" else 65535.0
    if not (np.isfinite(values).all() and values.min() >= 0 and values.max() <= top):
        raise ValueError(
            f"its values run from {values.min():g} to {values.max():g}, where {'floats' if top == 1 else 'integers'} are read "
            f"from 0 to {top:g}"
        )
    return Image.fromarray(np.rint(values * (255 / top)).astype(np.uint8))


def _unreadable(path: Path, error: Exception) -> DataError:
    if isinstance(error, FileNotFoundError):
        return DataError(f"image {path} does not exist")
    return DataError(f"image {path} cannot be read ({why(error)}): repair the file or move it away")


def why(error: Exception) -> str:
    """The reason for which a file could not be read, in a few words on one line."""
    if isinstance(error, UnidentifiedImageError):
        return "it is no image"
    return " ".join(str(error).split()) or type(error).__name__


def fit_square(image: Image.Image, size: int) -> Tensor:
    """The largest centred square of ``image``, scaled to (c, size, size) uint8."""
    side = min(image.size)
    square = functional.center_crop(image, [side, side])
    return functional.pil_to_tensor(functional.resize(square, [size, size], antialias=True))


def read_image(path: Path, size: int, channels: int) -> Tensor:
    """The photo at ``path`` as (c, size, size) uint8; errors as ``read_photo``."""
    return fit_square(read_photo(path, channels), size)


def sample_photos() -> list[Tensor]:
    """The two photographs that scikit-learn ships, (3, h, w) uint8."""
    from sklearn.datasets import load_sample_images

    return [torch.from_numpy(image.copy()).permute(2, 0, 1) for image in load_sample_images().images]
