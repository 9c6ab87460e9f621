"""Which files are pictures: by their names, and by what they begin with."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

# What Pillow knows by name but cannot open, or only with another reader. EPS is a program, which Ghostscript would run.
_NONE = ("BUFR", "EPS", "GRIB", "HDF5", "MPEG", "PALM", "PDF", "WMF")


def is_image_name(path: Path) -> bool:
    """Whether ``path`` ends as files of images do."""
    kind = Image.registered_extensions().get(path.suffix.lower())
    return kind is not None and kind not in _NONE


def picture_kinds() -> tuple[str, ...]:
    """Pillow's names of the kinds of files that may be opened, whatever these are called; the commonest first."""
    Image.init()
    return tuple(kind for kind in Image.ID if kind not in _NONE)
