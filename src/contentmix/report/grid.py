"""Grids of images as PNG."""

from __future__ import annotations

import io
from collections.abc import Mapping

from matplotlib.figure import Figure
from torch import Tensor

from contentmix.errors import require


def image_grid(rows: Mapping[str, Tensor], captions: list[str] | None = None) -> bytes:
    """A PNG of one row of images per entry, named at its left.

    Args:
        rows: name to images (n, c, h, w) in [0, 1], grey or RGB; all rows have the same n.
        captions: under each column.
    """
    counts = {len(images) for images in rows.values()}
    require(len(counts) == 1, f"rows have {sorted(counts)} images: a grid needs as many in each")
    columns = counts.pop()
    # Inches under the grid, by the lines of the longest caption.
    under = 0.1 + 0.14 * max((caption.count("\n") + 1 for caption in captions or []), default=0)
    height = len(rows) * 1.02 + under
    figure = Figure(figsize=(1.1 + columns, height), dpi=110)
    axes = figure.subplots(len(rows), columns, squeeze=False)
    for line, (name, images) in zip(axes, rows.items(), strict=True):
        for cell, image in zip(line, images, strict=True):
            grey = len(image) == 1
            pixels = image[0] if grey else image.permute(1, 2, 0)
            cell.imshow(pixels.clamp(0, 1).numpy(), cmap="gray" if grey else None, vmin=0, vmax=1)
            cell.set_xticks([])
            cell.set_yticks([])
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
    for cell, caption in zip(axes[-1], captions or [], strict=False):
        cell.set_xlabel(caption, fontsize=7)
    figure.subplots_adjust(
        left=1.0 / (1.1 + columns), right=0.995, top=0.99, bottom=under / height, wspace=0.05, hspace=0.05
    )
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()
