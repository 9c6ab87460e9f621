"""AutoAugment of whole batches, on the device where they are."""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.transforms.v2 import AutoAugment, AutoAugmentPolicy


class BatchAutoAugment(AutoAugment):
    """AutoAugment (Cubuk et al. 2019) by torchvision's policies and operations.

    Each image draws its sub-policy, whether each of its two operations is made, and its sign; images that drew the same are
    distorted in one call.

    Args:
        image_size: side in pixels: CIFAR's policies up to 64, ImageNet's above.
    """

    def __init__(self, image_size: int) -> None:
        super().__init__(AutoAugmentPolicy.CIFAR10 if image_size <= 64 else AutoAugmentPolicy.IMAGENET)

    def distort(self, images: Tensor, rows: Tensor, size: int, generator: torch.Generator) -> None:
        """Distort images (p, c, h, w) uint8 in place; they are ``rows`` (p,) of ``size``, for which the draws are made."""
        height, width = images.shape[-2:]
        policy = torch.randint(len(self._policies), (size,), generator=generator)[rows]
        chance = torch.rand(size, 2, generator=generator)[rows]
        negative = (torch.rand(size, 2, generator=generator) < 0.5)[rows]
        for stage in range(2):
            for number, operations in enumerate(self._policies):
                name, probability, magnitude = operations[stage]
                strengths, signed = self._AUGMENTATION_SPACE[name]
                strength = 0.0 if magnitude is None else float(strengths(10, height, width)[magnitude])
                drawn = (policy == number) & (chance[:, stage] < probability)
                for sign in (1, -1) if signed else (1,):
                    chosen = drawn & (negative[:, stage] == (sign < 0)) if signed else drawn
                    where = chosen.nonzero()[:, 0].to(images.device, non_blocking=True)
                    if len(where):
                        images[where] = self._apply_image_or_video_transform(
                            images[where], name, sign * strength, interpolation=self.interpolation, fill={}
                        )
