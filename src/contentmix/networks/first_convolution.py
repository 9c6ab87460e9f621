"""The first convolution of a backbone."""

from __future__ import annotations

from timm.layers import PatchEmbed
from torch import nn

from contentmix.errors import UsageError


def take_first_convolution(backbone: nn.Module) -> nn.Conv2d:
    """Cut the first convolution out of ``backbone``, which from then on takes that convolution's output as its input.

    timm's patch embeddings, which check the size of their images, then know patches as pixels.

    Raises:
        UsageError: it has none: not a CNN.
    """
    known = getattr(backbone, "first_convolution", None)
    for name, module in backbone.named_modules():
        if isinstance(module, nn.Conv2d) and known in (None, name):
            parent, _, child = name.rpartition(".")
            holder = backbone.get_submodule(parent)
            setattr(holder, child, nn.Identity())
            if isinstance(holder, PatchEmbed):
                holder.img_size, holder.patch_size = holder.grid_size, (1, 1)
            return module
    raise UsageError(
        f"{type(backbone).__name__} has no convolution that takes its images: choose a convolutional backbone, or name it: "
        "'from contentmix import OwnNetwork' and 'network = OwnNetwork(network, first_convolution=\"NAME\")'"
    )
