"""Random erasing of whole batches, on the device where they are."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from contentmix.data.rectangles import rectangles
from contentmix.devices import sent

# Of DeiT, as timm has them.
ERASED_AREA, ERASED_ASPECT = (0.02, 1 / 3), (0.3, 1 / 0.3)


def erase(images: Tensor, rows: Tensor, size: int, prob: float, generator: torch.Generator) -> None:
    """Random erasing (Zhong et al. 2020), in place: Gaussian noise in a rectangle of 2 to 33 % of the area.

    Args:
        images: (p, c, h, w) float, normalised.
        rows: (p,) which of the ``size`` images, for which the draws are made, these are.
        size: of the global batch.
        prob: for an image to be erased.
        generator: on the CPU; the noise is drawn on the images' device, by a generator that this one seeds.
    """
    device, (height, width) = images.device, images.shape[-2:]
    erased = torch.rand(size, generator=generator) < prob
    area, aspect, down, right = torch.rand(4, size, generator=generator)
    area = height * width * (ERASED_AREA[0] + area * (ERASED_AREA[1] - ERASED_AREA[0]))
    low, high = (math.log(edge) for edge in ERASED_ASPECT)
    ratio = (low + aspect * (high - low)).exp()
    where = erased[rows].nonzero()[:, 0]
    length = torch.tensor([height, width])[:, None]
    side = torch.stack([area * ratio, area / ratio]).sqrt().round().minimum(length).clamp(min=1)
    first = (torch.stack([down, right]) * (length - side + 1)).floor()
    chosen = rows[where]
    inside = rectangles(first[:, chosen], side[:, chosen], height, width, device)
    # The noise of all erased images of the global batch, where the images are: processes then agree on it.
    source = torch.Generator(device).manual_seed(int(torch.randint(2**62, (), generator=generator)))
    noise = torch.randn(int(erased.sum()), *images.shape[1:], device=device, generator=source)
    number, there = sent(torch.stack([(erased.cumsum(0) - 1)[chosen], where]), device)
    images[there] = torch.where(inside, noise.index_select(0, number), images.index_select(0, there))
