"""Geometric operations as tables: which pixels of an image each pixel of its distorted version is made of, as Pillow has it."""

from __future__ import annotations

import math

import torch
from torch import Tensor

Affine = tuple[float, float, float, float, float, float]
_FIXED = 65536  # Pillow walks through the source in steps of fixed point, 16 bits behind it


def affine(name: str, amount: float, height: int, width: int) -> Affine:
    """(a, b, c, d, e, f): the pixel at (x, y) shows the source at (a x + b y + c, d x + e y + f), from the top left corner.

    Args:
        name: ``rotate`` by degrees, anticlockwise about the centre; ``shear_x``, ``shear_y`` by a slope, along the edge at 0;
            ``translate_x``, ``translate_y`` by pixels, of the source's position.
        amount: how far.
        height: of the image.
        width: of the image.
    """
    if name == "rotate":
        angle = -math.radians(amount % 360)
        a, b = round(math.cos(angle), 15), round(math.sin(angle), 15)
        x, y = width / 2, height / 2
        return a, b, x - (a * x + b * y), -b, a, y - (-b * x + a * y)
    along = {
        "shear_x": (1.0, amount, 0.0, 0.0, 1.0, 0.0),
        "shear_y": (1.0, 0.0, 0.0, amount, 1.0, 0.0),
        "translate_x": (1.0, 0.0, amount, 0.0, 1.0, 0.0),
        "translate_y": (1.0, 0.0, 0.0, 0.0, 1.0, amount),
    }
    return along[name]


def nearest(matrix: Affine, height: int, width: int) -> Tensor:
    """For each of h w pixels, in rows, the source's pixel nearest to where ``matrix`` points; h w stands for none: int64."""
    columns, rows = torch.arange(width), torch.arange(height)[:, None]

    def fixed(value: float) -> int:
        return math.floor(value * _FIXED + 0.5)

    a, b, c, d, e, f = matrix
    x = (fixed(c + (a + b) / 2) + fixed(a) * columns + fixed(b) * rows) >> 16
    y = (fixed(f + (d + e) / 2) + fixed(d) * columns + fixed(e) * rows) >> 16
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return torch.where(inside, y * width + x, height * width).flatten()


def cubic(matrix: Affine, height: int, width: int) -> tuple[Tensor, Tensor]:
    """For a shear, the four pixels (4, h w) int64 along its direction that make up each one, and their weights (4, h w).

    Cubic convolution with a = -1, which is Pillow's ``BICUBIC``, at the border with its pixels repeated.
    """
    columns, rows = torch.arange(width).double() + 0.5, torch.arange(height).double()[:, None] + 0.5
    a, b, c, d, e, f = matrix
    x, y = a * columns + b * rows + c, d * columns + e * rows + f
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    left, top = (x - 0.5).floor(), (y - 0.5).floor()
    # A shear leaves one of the two on the grid.
    fraction = (x - 0.5 - left) + (y - 0.5 - top)
    steps = torch.arange(-1, 3).view(4, 1, 1)
    across = (left + steps * int(b != 0)).clamp(0, width - 1)
    down = (top + steps * int(d != 0)).clamp(0, height - 1)
    distance = (fraction - steps).abs()
    near = distance**3 - 2 * distance**2 + 1
    far = -(distance**3) + 5 * distance**2 - 8 * distance + 4
    weights = torch.where(distance <= 1, near, far)
    nothing = torch.tensor([1.0, 0.0, 0.0, 0.0], dtype=torch.float64).view(4, 1, 1)
    pixels = torch.where(inside, (down * width + across).long(), height * width)
    return pixels.flatten(1), torch.where(inside, weights, nothing).float().flatten(1)
