"""One dense head per member."""

from __future__ import annotations

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
        """Features (b, c) to logits (b, count, k)."""
        logits: Tensor = self.linear(features)
        return logits.unflatten(-1, (self.count, -1))
