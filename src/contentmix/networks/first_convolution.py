"""Finding one's way in a backbone: its first convolution, and the points between its stages."""

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


def stage_names(backbone: nn.Module) -> list[str]:
    """The modules that end the stages of ``backbone``, by name, from the input on.

    Raises:
        UsageError: the backbone names none.
    """
    names = [str(info["module"]) for info in getattr(backbone, "feature_info", [])]
    if not names:
        raise UsageError(
            f"{type(backbone).__name__} names no stages: give it a feature_info list of {{'module': NAME}}, as timm's have"
        )
    return names


def mixing_points(backbone: nn.Module) -> list[nn.Module]:
    """Modules after which hidden feature maps may be mixed: the backbone's own choice, or the ends of timm's stages.

    Raises:
        UsageError: the backbone names neither.
    """
    if hasattr(backbone, "mixing_points"):
        points: list[nn.Module] = backbone.mixing_points()  # type: ignore[operator]
        return points
    # After the last stage mixing is all but mixing predictions (Verma et al. mix in the first half).
    return [backbone.get_submodule(name) for name in stage_names(backbone)[:-1]]
