"""ResizeMix: the whole partner, made small, pasted somewhere (Qin et al. 2020)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from contentmix.batch import Mixture
from contentmix.devices import sent
from contentmix.errors import require
from contentmix.mixing.apply import mix_targets, soft_targets
from contentmix.mixing.image_mix import check_batch, global_generator
from contentmix.mixing.mixer import happens
from contentmix.mixing.partners import permuted_partners


@dataclass(frozen=True)
class ResizeMix:
    """Pastes the partner, scaled by ``tau ~ U(scale_min, scale_max)``, at a uniform place inside the image.

    The patch is never clipped, and every part of the partner is in it; the target ratio is the patch's area.

    Args:
        num_classes: classes k.
        scale_min: smallest side of the patch, as a share of the image's (paper: 0.1).
        scale_max: largest side (paper: 0.8).
        prob: probability for a batch to be mixed (paper: 1).
        smoothing: label smoothing of the hard labels.
    """

    num_classes: int
    scale_min: float = 0.1
    scale_max: float = 0.8
    prob: float = 1.0
    smoothing: float = 0.0

    def __post_init__(self) -> None:
        require(
            0 < self.scale_min <= self.scale_max <= 1,
            f"scale_min is {self.scale_min} and scale_max {self.scale_max}: choose 0 < scale_min <= scale_max <= 1",
        )
        require(0 <= self.prob <= 1, f"prob is {self.prob}: a probability is in [0, 1]")

    def __call__(
        self, images: Tensor, labels: Tensor, *, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """Images (b, c, h, w) and labels (b,) int64 to mixed images and soft targets (b, k); errors as ``ImageMix``."""
        check_batch(images, labels)
        targets = soft_targets(labels, self.num_classes, self.smoothing)
        generator = generator or global_generator()
        if not happens(self.prob, generator):
            return images, targets
        size, height, width = len(images), *images.shape[-2:]
        drawn = [torch.rand(size, generator=generator, device=generator.device) for _ in range(3)]
        scale, *places = sent(torch.stack(drawn), images.device)
        scale = self.scale_min + (self.scale_max - self.scale_min) * scale
        sources, insides = [], []
        for length, place in zip((height, width), places, strict=True):
            side = (scale * length).round().clamp(min=1)
            start = ((length - side + 1) * place).floor().clamp(max=length - 1)
            # Where pixel y of the patch comes from in the partner, in grid_sample's [-1, 1].
            offset = torch.arange(length, device=images.device) - start[:, None]
            sources.append((offset + 0.5) / side[:, None] * 2 - 1)
            insides.append((offset >= 0) & (offset < side[:, None]))
        grid = torch.stack(
            [sources[1][:, None, :].expand(-1, height, -1), sources[0][:, :, None].expand(-1, -1, width)], -1
        )
        patch = (insides[0][:, :, None] & insides[1][:, None, :])[:, None]
        partners = permuted_partners(size, 2, generator, images.device)
        small = functional.grid_sample(
            images[partners[:, 1]], grid.to(images.dtype), mode="bilinear", padding_mode="border", align_corners=False
        )
        masks = torch.cat([~patch, patch], 1).float()
        mixture = replace(Mixture(masks, masks.mean((-2, -1))), partners=partners)
        return torch.where(patch, small, images), mix_targets(targets, mixture)


def resizemix(num_classes: int, *, prob: float = 1.0, smoothing: float = 0.0) -> ResizeMix:
    """ResizeMix with its paper's scales."""
    return ResizeMix(num_classes, prob=prob, smoothing=smoothing)
