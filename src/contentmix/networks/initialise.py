"""Initial weights."""

from __future__ import annotations

import math

from torch import nn

# The standard deviation of a unit Gaussian truncated at two deviations.
_TRUNCATED_STD = 0.87962566103423978


def he_truncated_normal(module: nn.Module) -> None:
    """Initialise a convolution or a linear layer in place, for use with ``Module.apply`` (spec of the thesis, A.1.3.1).

    Convolutions: variance ``2 / fan_in`` from a Gaussian truncated at two deviations (He et al. 2015); linear layers:
    PyTorch's own; biases: zero. Other modules are left alone.
    """
    if isinstance(module, nn.Conv2d):
        fan_in = module.weight[0].numel()
        std = math.sqrt(2 / fan_in) / _TRUNCATED_STD
        nn.init.trunc_normal_(module.weight, std=std, a=-2 * std, b=2 * std)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)
