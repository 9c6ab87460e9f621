"""Initial weights: the law of each network, which its copies, its encoders and its heads are drawn by too."""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import nn

Law = Callable[[nn.Module], None]

# The standard deviation of a unit Gaussian truncated at two deviations.
_TRUNCATED_STD = 0.87962566103423978


def he_truncated_normal(module: nn.Module) -> None:
    """Initialise a convolution or a linear layer in place, for use with ``Module.apply`` (thesis A.1.3.1).

    Variance ``2 / fan_in`` from a Gaussian truncated at two deviations (He et al. 2015); biases: zero. The published MixMo code
    draws the heads of its WRNs so too. Other modules are left alone.
    """
    if isinstance(module, nn.Conv2d | nn.Linear):
        std = math.sqrt(2 / module.weight[0].numel()) / _TRUNCATED_STD
        nn.init.trunc_normal_(module.weight, std=std, a=-2 * std, b=2 * std)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def he_gaussian_heads(module: nn.Module) -> None:
    """``he_truncated_normal``, but linear layers from a Gaussian of deviation 0.01: the published code's PreActResNet-18."""
    he_truncated_normal(module)
    if isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=0.01)


def pytorch_default(module: nn.Module) -> None:
    """PyTorch's own law of a convolution or a linear layer, weights and biases uniform within ``1 / sqrt(fan_in)``.

    Chapter 2's networks start so ("default pytorch layer initializations", A.1.1.1), and timm's patch embeddings.
    """
    if isinstance(module, nn.Conv2d | nn.Linear):
        module.reset_parameters()


def _convolutions_of_others(module: nn.Module) -> None:
    """Convolutions of CNNs as ``he_truncated_normal`` has them; those with a bias, which embed patches, as PyTorch has them."""
    (he_truncated_normal if getattr(module, "bias", None) is None else pytorch_default)(module)


def law_of(network: nn.Module) -> Law:
    """The law that ``network`` was drawn by: its attribute ``law``, or one for networks that do not name theirs, as timm's."""
    law: Law = getattr(network, "law", _convolutions_of_others)
    return law


def new_classifier(features: int, num_classes: int, law: Law) -> nn.Module:
    """A linear classifier of ``num_classes`` drawn by ``law``; with 0 classes what leaves features as they are."""
    if not num_classes:
        return nn.Identity()
    classifier = nn.Linear(features, num_classes)
    law(classifier)
    return classifier
