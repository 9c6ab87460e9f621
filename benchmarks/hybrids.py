"""Modulated convolution against StyleGAN2's published training form, forward and backward, 64 maps of 128 channels."""

import statistics

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.timing import Measurement, paired_ratio, take_turns
from contentmix.hybrids import ModulatedConv2d

BATCH, CHANNELS, STYLE = 64, 128, 128
BOUNDS = {8: 0.25, 16: 0.55, 32: 1.0}


def published(layer: ModulatedConv2d, x: Tensor, code: Tensor) -> Tensor:
    """Every image's kernel is made to be normalised; activations are scaled before and after the convolution (unfused)."""
    style = layer.style(code)
    kernels = layer.weight[None] * style[:, None, :, None, None]
    factor = torch.rsqrt(kernels.square().sum((2, 3, 4)) + 1e-8)
    y = functional.conv2d(x * style[:, :, None, None], layer.weight, padding=1)
    return y * factor[:, :, None, None] + layer.bias[:, None, None]


def modulation(rounds: int = 9) -> list[Measurement]:
    """At 8, 16 and 32 px."""
    found, layer = [], ModulatedConv2d(CHANNELS, CHANNELS, STYLE)
    for size, bound in BOUNDS.items():
        x = torch.randn(BATCH, CHANNELS, size, size).to(memory_format=torch.channels_last).requires_grad_()
        code = torch.randn(BATCH, STYLE, requires_grad=True)
        forms = {
            "published": lambda x=x, code=code: published(layer, x, code).square().mean().backward(),
            "ours": lambda x=x, code=code: layer(x, code).square().mean().backward(),
        }
        times = take_turns(forms, rounds, 2)
        name = f"modulated convolution, {size} px"
        found.append(Measurement(f"{name}, published form", 1e3 * statistics.median(times["published"]), "ms"))
        found.append(
            Measurement(f"{name}, ours / published", paired_ratio(times, "ours", "published"), "x", ("<=", bound))
        )
    return found
