"""Pages as one HTML file that needs no other: pictures travel in it, and nothing is drawn by chance or dated."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.figure import Figure

from contentmix.files import atomic_write
from contentmix.report.figures import svg
from contentmix.report.tables import number

_JPEG = b"\xff\xd8"


def write_page(template: str, out: Path, **content: Any) -> Path:
    """Fill a template of this folder with ``content``, write it to ``out`` and return that path."""
    environment = Environment(
        loader=PackageLoader("contentmix", "report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["uri"] = picture_uri
    environment.filters["unbroken"] = lambda text: text.replace(" ± ", "\u00a0±\u00a0")
    environment.globals["number"] = number
    atomic_write(out, environment.get_template(template).render(content))
    return out


def picture_uri(picture: Figure | bytes) -> str:
    """A figure, or the content of a PNG or JPEG, as the source of an ``img``."""
    if isinstance(picture, Figure):
        kind, content = "svg+xml", svg(picture).encode()
    else:
        kind, content = "jpeg" if picture.startswith(_JPEG) else "png", picture
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
