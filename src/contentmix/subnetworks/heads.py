"""One dense head per member."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class MemberHeads(nn.Module):
    """``count`` linear classifiers on shared features, computed as one matrix product.

    Args:
        features: channels of the pooled features.
        num_classes: classes k.
        count: heads.
    """

    def __init__(self, features: int, num_classes: int, count: int) -> None:
        super().__init__()
        self.count = count
        self.linear = nn.Linear(features, count * num_classes)
        nn.init.zeros_(self.linear.bias)

    def forward(self, features: Tensor) -> Tensor:
        """Features (b, c) that all heads see, or (b, count, c) one for each, to logits (b, count, k)."""
        if features.dim() == 3:
            weight = self.linear.weight.view(self.count, -1, features.shape[-1])
            return torch.einsum("bmc,mkc->bmk", features, weight) + self.linear.bias.view(self.count, -1)
        logits: Tensor = self.linear(features)
        return logits.unflatten(-1, (self.count, -1))
