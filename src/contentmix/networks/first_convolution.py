"""Finding one's way in a backbone: its first convolution, and the points between its stages."""

from __future__ import annotations

from torch import nn

from contentmix.errors import UsageError


def take_first_convolution(backbone: nn.Module) -> nn.Conv2d:
    """Cut the first convolution out of ``backbone``, which from then on takes that convolution's output as its input.

    Raises:
        UsageError: it has none: not a CNN.
    """
    for name, module in backbone.named_modules():
        if isinstance(module, nn.Conv2d):
            parent, _, child = name.rpartition(".")
            setattr(backbone.get_submodule(parent), child, nn.Identity())
            return module
    raise UsageError(f"{type(backbone).__name__} has no convolution: choose a convolutional backbone")


def mixing_points(backbone: nn.Module) -> list[nn.Module]:
    """Modules after which hidden feature maps may be mixed: the backbone's own choice, or the ends of timm's stages.

    Raises:
        UsageError: the backbone names neither.
    """
    if hasattr(backbone, "mixing_points"):
        points: list[nn.Module] = backbone.mixing_points()  # type: ignore[operator]
        return points
    stages = [info["module"] for info in getattr(backbone, "feature_info", [])]
    if not stages:
        raise UsageError(
            f"{type(backbone).__name__} names no stages: give it a mixing_points() method, or use another mix"
        )
    # After the last stage mixing is all but mixing predictions (Verma et al. mix in the first half).
    return [backbone.get_submodule(name) for name in stages[:-1]]
