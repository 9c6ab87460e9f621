"""Crops of random area and aspect."""

from __future__ import annotations

import torch

# torchvision's training recipe of ResNets on ImageNet.
CROP_AREA, CROP_ASPECT = (0.08, 1.0), (3 / 4, 4 / 3)
_LOW, _HIGH = (torch.tensor(value).log() for value in CROP_ASPECT)


def random_crop(height: int, width: int, generator: torch.Generator) -> tuple[int, int, int, int]:
    """(top, left, height, width) of a crop of random area and aspect, as Inception's: 8 % to 100 %, 3/4 to 4/3.

    torchvision's ``RandomResizedCrop`` draws from the global state, which this package does not touch.
    """
    for _ in range(10):
        area, aspect, down, right = torch.rand(4, generator=generator).tolist()
        wanted = height * width * (CROP_AREA[0] + (CROP_AREA[1] - CROP_AREA[0]) * area)
        ratio = float((_LOW + (_HIGH - _LOW) * aspect).exp())
        tall, wide = round((wanted / ratio) ** 0.5), round((wanted * ratio) ** 0.5)
        if 0 < tall <= height and 0 < wide <= width:
            return int(down * (height - tall + 1)), int(right * (width - wide + 1)), tall, wide
    side = min(height, width)
    return (height - side) // 2, (width - side) // 2, side, side
