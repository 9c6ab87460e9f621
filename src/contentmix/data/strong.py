"""Strong views: RandAugment, then Cutout, of whole batches on the device where they are."""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.transforms.v2 import RandAugment

from contentmix.data.members import BatchPlan

GREY = 127


class StrongView(RandAugment):
    """FixMatch's strong augmentation (Sohn et al. 2020, appendix D; thesis section 2.2.1.2).

    Each image gets ``num_ops`` of torchvision's 14 operations, each drawn anew, then a grey square of half the image's side
    anywhere on it, cut at the border. The images of a batch that drew the same operation share its strength, which is uniform
    over torchvision's range: so an operation is one call, whatever the number of images.
    """

    def __init__(self, num_ops: int = 2) -> None:
        super().__init__(num_ops=num_ops)

    def distort(self, pixels: Tensor, plan: BatchPlan, rows: slice, generator: torch.Generator) -> None:
        """Distort the strong views of ``pixels`` (b, v, c, h, w) uint8, in place.

        Args:
            pixels: the views that this process sees.
            plan: says which views are strong.
            rows: this process's rows of the global batch, for which the draws are made.
            generator: on the CPU.
        """
        for view, kind in enumerate(plan.views):
            if kind == "strong":
                pixels[:, view] = self.distorted(pixels[:, view], plan.positions, rows, generator)

    def distorted(self, images: Tensor, size: int, rows: slice, generator: torch.Generator) -> Tensor:
        """Images (b, c, h, w) uint8, which are ``rows`` of ``size``, distorted."""
        images, (height, width) = images.clone(), images.shape[-2:]
        for _ in range(self.num_ops):
            drawn = torch.randint(len(self._AUGMENTATION_SPACE), (size,), generator=generator)[rows]
            for number, (name, (strengths, signed)) in enumerate(self._AUGMENTATION_SPACE.items()):
                bin_, sign = (int(torch.randint(top, (), generator=generator)) for top in (self.num_magnitude_bins, 2))
                chosen = (drawn == number).nonzero()[:, 0].to(images.device, non_blocking=True)
                values = strengths(self.num_magnitude_bins, height, width)
                strength = 0.0 if values is None else float(values[bin_]) * (-1 if signed and sign else 1)
                if len(chosen) and name != "Identity":
                    images[chosen] = self._apply_image_or_video_transform(
                        images[chosen], name, strength, interpolation=self.interpolation, fill={}
                    )
        return images.masked_fill_(self._square(size, height, width, generator)[rows, None].to(images.device), GREY)

    @staticmethod
    def _square(size: int, height: int, width: int, generator: torch.Generator) -> Tensor:
        """Masks (size, h, w) of squares of half the side, their centres uniform over the image."""
        inside = []
        for side in (height, width):
            centre = torch.randint(side, (size, 1), generator=generator)
            from_corner = torch.arange(side) - (centre - side // 4)
            inside.append((from_corner >= 0) & (from_corner < side // 2))
        return inside[0][:, :, None] & inside[1][:, None, :]


__all__ = ["StrongView"]
