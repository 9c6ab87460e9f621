"""A backbone without its classifier."""

from __future__ import annotations

from torch import nn

from contentmix.errors import UsageError


def take_classifier(backbone: nn.Module) -> int:
    """Remove the classifier of ``backbone``, which then returns pooled features, and return how many there are.

    Raises:
        UsageError: it lacks ``reset_classifier`` or ``num_features``, which the networks of this package and of timm have.
    """
    if not hasattr(backbone, "reset_classifier") or not hasattr(backbone, "num_features"):
        raise UsageError(
            f"{type(backbone).__name__} has no reset_classifier or num_features: use a backbone of this package or of timm"
        )
    backbone.reset_classifier(0)  # type: ignore[operator]
    features = getattr(backbone, "head_hidden_size", None) or backbone.num_features
    assert isinstance(features, int)
    return features
