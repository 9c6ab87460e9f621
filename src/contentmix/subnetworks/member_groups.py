"""Several subnetworks in one network that sees several groups of images at once, each mixed in a way of its own."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from contentmix.batch import Mixture
from contentmix.choices import BatchNormMode
from contentmix.networks import forward_groups
from contentmix.subnetworks.heads import MemberHeads, take_heads
from contentmix.subnetworks.multi_input import MultiInputNetwork


class MemberGroups(nn.Module):
    """A ``MultiInputNetwork`` as methods take it that compare several groups of images in one step.

    Args:
        backbone: as ``MultiInputNetwork`` takes it.
        num_classes: classes k.
        members: inputs and subnetworks M >= 2.
        heads: of each member: 1, or 2 where a second one takes the pull of consistency (``TwoHeads``).
    """

    second: MemberHeads | None

    def __init__(self, backbone: nn.Module, num_classes: int, members: int, heads: int = 1) -> None:
        super().__init__()
        self.second = take_heads(backbone, num_classes, members) if heads == 2 else None
        self.inputs = MultiInputNetwork(backbone, num_classes, members=members)

    def forward(
        self, groups: Sequence[tuple[Tensor, Mixture | None]], batch_norm: BatchNormMode = "joint"
    ) -> tuple[Tensor, ...]:
        """Logits (b, m, k) of every group; where members have two heads (b, 2 m, k), those that classify first.

        Args:
            groups: images (b, m, c, h, w) and how they are mixed, or images (b, c, h, w), which all members see, and None.
            batch_norm: which images share batch statistics, as ``forward_groups`` has it.
        """
        encoded = [
            self.inputs.encoders.sum_of_same(images) if mixture is None else self.inputs.encode(images, mixture)
            for images, mixture in groups
        ]
        return forward_groups(self._classify, encoded, batch_norm)

    def _classify(self, encoded: Tensor) -> Tensor:
        features = self.inputs.core(encoded)
        heads = [self.inputs.heads, *([] if self.second is None else [self.second])]
        return torch.cat([each(features) for each in heads], 1)

    def predict(self, images: Tensor) -> Tensor:
        """Logits (b, m, k) of every member for the same images (b, c, h, w), by the heads that classify."""
        return self.inputs.predict(images)

    def mixing_size(self, image_size: tuple[int, int]) -> tuple[int, int]:
        """(h, w) of the feature map that masks are for, with images of ``image_size``."""
        return self.inputs.mixing_size(image_size)
