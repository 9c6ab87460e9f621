"""One dense head per member."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from contentmix.errors import UsageError


class MemberHeads(nn.Module):
    """Linear classifiers on shared features, computed as one matrix product.

    Args:
        classifiers: the heads as they start, of c features and k classes each: linear layers, or 1x1 convolutions of pooled
            features; one without a bias gets one of zeros.
    """

    def __init__(self, classifiers: Sequence[nn.Linear | nn.Conv2d]) -> None:
        super().__init__()
        self.count = len(classifiers)
        weight = torch.cat([classifier.weight.flatten(1) for classifier in classifiers])
        biases = [weight.new_zeros(len(c.weight)) if c.bias is None else c.bias for c in classifiers]
        self.linear = nn.Linear(weight.shape[1], weight.shape[0], device="meta")
        self.linear.weight = nn.Parameter(weight.detach())
        self.linear.bias = nn.Parameter(torch.cat(biases).detach())

    def forward(self, features: Tensor) -> Tensor:
        """Features (b, c) that all heads see, or (b, count, c) one for each, to logits (b, count, k)."""
        if features.dim() == 3:
            weight = self.linear.weight.view(self.count, -1, features.shape[-1])
            bias = self.linear.bias.view(self.count, 1, -1)
            return torch.baddbmm(bias, features.transpose(0, 1), weight.transpose(1, 2)).transpose(0, 1)
        logits: Tensor = self.linear(features)
        return logits.unflatten(-1, (self.count, -1))


def take_heads(backbone: nn.Module, num_classes: int, count: int) -> MemberHeads:
    """``count`` heads in place of the classifier of ``backbone``, which from then on returns pooled features.

    Each starts as a new classifier of the backbone would: by the law of its network (``networks.initialise``), or as timm's
    networks have it.

    Raises:
        UsageError: it lacks ``reset_classifier`` or ``num_features``, which the networks of this package and of timm have.
    """
    if not hasattr(backbone, "reset_classifier") or not hasattr(backbone, "num_features"):
        raise UsageError(
            f"{type(backbone).__name__} has no reset_classifier or num_features: use a backbone of this package or of timm"
        )
    classifiers = []
    for _ in range(count):
        backbone.reset_classifier(num_classes)  # type: ignore[operator]
        classifiers.append(_linear(backbone, num_classes))
    backbone.reset_classifier(0)  # type: ignore[operator]
    return MemberHeads(classifiers)


def _linear(backbone: nn.Module, num_classes: int) -> nn.Linear | nn.Conv2d:
    """The classifier of ``backbone``, or a linear layer in place of one that is more than that."""
    made = backbone.get_classifier() if hasattr(backbone, "get_classifier") else None  # type: ignore[operator]
    # Networks that are distilled from a teacher have a second one, for its labels.
    classifier = made[0] if isinstance(made, tuple) else made
    if isinstance(classifier, nn.Linear | nn.Conv2d):
        return classifier
    features = getattr(backbone, "head_hidden_size", None) or backbone.num_features
    assert isinstance(features, int)
    return nn.Linear(features, num_classes)
