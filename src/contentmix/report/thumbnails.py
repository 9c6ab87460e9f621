"""Small pictures of images, as text that a record can hold."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

from PIL import Image
from torch import Tensor

LARGEST_PX = 96
_KINDS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8")
_LOSSLESS_PX = 32  # such small images are small files anyway


@dataclass(frozen=True, kw_only=True)
class Picture:
    """An image on a page, and what is said of it.

    Attributes:
        image: base64 of a PNG or JPEG, of at most 96 px
        name: of its file, or which of its set it is
        truth: its class
        said: the class that the network names; empty where it was not asked
        probability: of that class
    """

    image: str
    name: str
    truth: str
    said: str = ""
    probability: float | None = None

    @property
    def content(self) -> bytes:
        """The PNG or JPEG itself."""
        return base64.b64decode(self.image)

    @property
    def whole(self) -> bool:
        """Whether it is of one of these kinds, and has a probability where a class is named."""
        try:
            content = base64.b64decode(self.image, validate=True)
        except ValueError:
            return False
        return content.startswith(_KINDS) and bool(self.said) == (self.probability is not None)


def thumbnail(pixels: Tensor) -> str:
    """Base64 of a picture of ``pixels`` (c, h, w) uint8, grey or RGB: PNG up to 32 px, else JPEG of at most 96 px."""
    array = pixels.permute(1, 2, 0).numpy()
    image = Image.fromarray(array[..., 0] if array.shape[2] == 1 else array)
    image.thumbnail((LARGEST_PX, LARGEST_PX))
    kind = "PNG" if max(image.size) <= _LOSSLESS_PX else "JPEG"
    buffer = io.BytesIO()
    image.save(buffer, kind, optimize=True, **({"quality": 85} if kind == "JPEG" else {}))
    return base64.b64encode(buffer.getvalue()).decode()
