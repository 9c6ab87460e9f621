"""Stages of a backbone: where they end."""

from __future__ import annotations

from torch import nn

from contentmix.errors import UsageError


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


def before_last_stage(backbone: nn.Module) -> tuple[str, int]:
    """The module whose maps (b, c, h, w) the last stage of ``backbone`` takes, by name, and their channels c.

    Raises:
        UsageError: the backbone names fewer than two stages, or not how many channels they have.
    """
    if len(stage_names(backbone)) < 2:
        raise UsageError(f"{type(backbone).__name__} names one stage: there is nothing before its last one")
    info = getattr(backbone, "feature_info")[-2]  # noqa: B009 - no declared attribute
    if "num_chs" not in info:
        raise UsageError(
            f"{type(backbone).__name__} does not say how many channels its stages have: give each of its feature_info a "
            "'num_chs', as timm's have"
        )
    return str(info["module"]), int(info["num_chs"])


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
