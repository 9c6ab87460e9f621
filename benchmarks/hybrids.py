"""Modulated convolution against StyleGAN2's published training form, and what learning from hybrids adds to a step."""

import statistics
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.subjects import few_label_step, images
from benchmarks.timing import Measurement, paired_ratio, take_turns
from contentmix import WideResNet
from contentmix.hybrids import HybridAugmentation, ModulatedConv2d, SciMix
from contentmix.subnetworks import TwoHeads
from contentmix.training import MeanTeacher, SciMixClassifier

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
    """Forward and backward, 64 maps of 128 channels, at 8, 16 and 32 px."""
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


def step(hybrid_batch: int | None = 0) -> Callable[[], object]:
    """A step on 60 + 196 images of 32 px, WRN-28-2: of Mean Teacher, or of SciMix on it, with three batches of hybrids.

    Args:
        hybrid_batch: images of each, None for all of them; 0 for Mean Teacher alone.
    """
    base = MeanTeacher(unlabelled_batch=196)
    if hybrid_batch == 0:
        return few_label_step(base, images(4096), 60)
    torch.manual_seed(0)
    trunk = partial(WideResNet, 28, 2, 0)
    augmentation = HybridAugmentation(SciMix(TwoHeads(trunk(), 10), trunk()).to(memory_format=torch.channels_last))
    return few_label_step(SciMixClassifier(base, augmentation, hybrid_batch=hybrid_batch), images(4096), 60, 0.3)


def classifier(rounds: int = 5) -> list[Measurement]:
    """What three batches of hybrids add to a step."""
    times = take_turns({"base": step(), "hybrids": step(60), "hybrids of all": step(None)}, rounds, 1)
    ratios = [paired_ratio(times, name, "base") for name in ("hybrids", "hybrids of all")]
    return [
        Measurement("Mean Teacher step", 1e3 * statistics.median(times["base"]), "ms"),
        Measurement("SciMix step, 3 x 60 hybrids / Mean Teacher", ratios[0], "x", ("<=", 2.2)),
        Measurement("SciMix step, 3 x 256 hybrids / Mean Teacher", ratios[1], "x", ("<=", 5.0)),
    ]


def benchmark() -> list[Measurement]:
    """Both."""
    return [*modulation(), *classifier()]
