"""The first convolution of a backbone."""

from __future__ import annotations

from typing import cast

from timm.layers import PatchEmbed
from torch import nn

from contentmix.errors import UsageError


def first_convolution_of(backbone: nn.Module) -> str | None:
    """The name of the convolution that takes the images: the one that ``backbone`` names, else its first; None without any."""
    known = getattr(backbone, "first_convolution", None)
    names = (
        name for name, module in backbone.named_modules() if isinstance(module, nn.Conv2d) and known in (None, name)
    )
    return next(names, None)


def take_first_convolution(backbone: nn.Module) -> nn.Conv2d:
    """Cut the first convolution out of ``backbone``, which from then on takes that convolution's output as its input.

    timm's patch embeddings, which check the size of their images, then know patches as pixels.

    Raises:
        UsageError: it has none: not a CNN.
    """
    name = first_convolution_of(backbone)
    if name is None:
        raise UsageError(
            f"{type(backbone).__name__} has no convolution that takes its images: choose a convolutional backbone, or name it: "
            "'from contentmix import OwnNetwork' and 'network = OwnNetwork(network, first_convolution=\"NAME\")'"
        )
    taken = backbone.get_submodule(name)
    parent, _, child = name.rpartition(".")
    holder = backbone.get_submodule(parent)
    setattr(holder, child, nn.Identity())
    if isinstance(holder, PatchEmbed):
        holder.img_size, holder.patch_size = holder.grid_size, (1, 1)
    return cast(nn.Conv2d, taken)
