"""Photos on disk as tensors."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor
from torchvision.transforms.v2 import functional

from contentmix.errors import DataError

_log = logging.getLogger("contentmix")
_MODES = {1: "L", 3: "RGB"}


def read_photo(path: Path, channels: int) -> Image.Image:
    """The photo at ``path``, grey (1 channel) or RGB (3); transparent pixels become white.

    Raises:
        DataError: the file is missing, unreadable, truncated or no image; it is named.
    """
    try:
        with Image.open(path) as image:
            image.load()
            if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
                opaque = image.convert("RGBA")
                white = Image.new("RGBA", opaque.size, "white")
                return Image.alpha_composite(white, opaque).convert(_MODES[channels])
            return image.convert(_MODES[channels])
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> DataError:
    if isinstance(error, FileNotFoundError):
        return DataError(f"image {path} does not exist")
    reason = "it is no image" if isinstance(error, UnidentifiedImageError) else str(error)
    return DataError(f"image {path} cannot be read ({reason}): repair the file or move it away")


def fit_square(image: Image.Image, size: int) -> Tensor:
    """The largest centred square of ``image``, scaled to (c, size, size) uint8."""
    side = min(image.size)
    square = functional.center_crop(image, [side, side])
    return functional.pil_to_tensor(functional.resize(square, [size, size], antialias=True))


def read_image(path: Path, size: int, channels: int) -> Tensor:
    """The photo at ``path`` as (c, size, size) uint8; errors as ``read_photo``."""
    return fit_square(read_photo(path, channels), size)


def check_photos(paths: Sequence[Path], folder: Path) -> None:
    """Open every file far enough to know that it is an image; say so once if some are not plain RGB.

    Raises:
        DataError: a file is no image; it is named.
    """
    converted: dict[str, int] = {}
    for path in paths:
        try:
            with Image.open(path) as image:
                mode = image.mode
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise _unreadable(path, error) from error
        if mode != "RGB":
            converted[mode] = converted.get(mode, 0) + 1
    if converted:
        kinds = ", ".join(f"{count} {mode}" for mode, count in sorted(converted.items()))
        _log.warning(
            "note: in %s %s of %s images are converted to RGB, transparency to white", folder, kinds, len(paths)
        )


def sample_photos() -> list[Tensor]:
    """The two photographs that scikit-learn ships, (3, h, w) uint8."""
    from sklearn.datasets import load_sample_images

    return [torch.from_numpy(image.copy()).permute(2, 0, 1) for image in load_sample_images().images]
