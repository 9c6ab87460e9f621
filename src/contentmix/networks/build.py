"""Backbones by name."""

from __future__ import annotations

import re
from collections.abc import Callable

from torch import nn

from contentmix.errors import UsageError, unknown
from contentmix.networks.preact_resnet import PreActResNet18
from contentmix.networks.wide_resnet import WideResNet


def wide_resnet18(width: int, num_classes: int, in_channels: int = 3) -> nn.Module:
    """ResNet-18-w of the thesis's ImageNet runs: timm's ResNet-18 with 64w ... 512w channels after its 64-channel stem."""
    from timm.models.resnet import BasicBlock, ResNet

    channels = tuple(width * c for c in (64, 128, 256, 512))
    network: nn.Module = ResNet(
        BasicBlock, (2, 2, 2, 2), channels=channels, num_classes=num_classes, in_chans=in_channels
    )
    return network


def _timm(name: str, num_classes: int, in_channels: int) -> nn.Module:
    import timm

    known = timm.list_models()
    if name not in known:
        raise unknown_timm(name, known)
    network: nn.Module = timm.create_model(name, pretrained=False, num_classes=num_classes, in_chans=in_channels)
    return network


def unknown_timm(name: str, known: list[str]) -> UsageError:
    """The error for a network that timm does not have; its thousand names are not listed."""
    import difflib

    near = ", ".join(difflib.get_close_matches(name, known, n=5)) or "see timm.list_models()"
    return UsageError(f"unknown timm network '{name}' (near it: {near})")


NETWORKS = {
    "wrn-D-W": "WideResNet of depth D = 6n + 4 and width W, for small images, e.g. wrn-28-10",
    "wrn-D-W-leaky": "the same as chapter 2 has it: leaky ReLU of slope 0.1, stride in a block's first convolution",
    "preactresnet18-W": "pre-activation ResNet-18 of width W, for 64 px, e.g. preactresnet18-1",
    "resnet18-W": "ResNet-18 of width W, for large images, e.g. resnet18-3",
    "timm/NAME": "any network of timm, untrained, e.g. timm/convnext_tiny; multi-input methods need a CNN",
}
_BUILDERS: list[tuple[str, Callable[..., nn.Module]]] = [
    (r"wrn-(\d+)-(\d+)", lambda d, w, k, c: WideResNet(int(d), int(w), k, c)),
    (
        r"wrn-(\d+)-(\d+)-leaky",
        lambda d, w, k, c: WideResNet(int(d), int(w), k, c, stride_in="first", negative_slope=0.1),
    ),
    (r"preactresnet18-(\d+)", lambda w, k, c: PreActResNet18(int(w), k, c)),
    (r"resnet18-(\d+)", lambda w, k, c: wide_resnet18(int(w), k, c)),
    (r"timm/(\w[\w.]*)", _timm),
]


def build_network(name: str, num_classes: int, in_channels: int = 3) -> nn.Module:
    """The backbone ``name`` (``NETWORKS``) for images (b, ``in_channels``, h, w), with fresh weights from torch's global state.

    Raises:
        UsageError: an unknown name, or a depth or width that the architecture does not have.
    """
    for pattern, builder in _BUILDERS:
        if match := re.fullmatch(pattern, name):
            return builder(*match.groups(), num_classes, in_channels)
    raise unknown("network", name, NETWORKS)
