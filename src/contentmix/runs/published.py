"""Networks of the published MixMo code (alexrame/mixmo-pytorch): its names for tensors, and ours."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from contentmix.errors import CheckpointError, UsageError

# Ours to theirs, one after the other. Their first convolution and last layer are lists where there are several inputs.
_RENAMES = (
    (r"^(backbone|core)\.", ""),
    (r"^encoders\.convolutions\.", "list_conv1."),
    (r"^stage(\d)\.", r"layer\1."),
    (r"\.norm(\d)\.", r".bn\1."),
    (r"^norm\.", "bn1."),
    (r"\.shortcut\.", ".shortcut.0."),
    (r"^head\.", "fc."),
)
_STACKED = "heads.linear."
_NETWORK = re.compile(r"(wrn-\d+-\d+)(?:-published)?|(preactresnet18-\d+)")
_FIRST = "layer1.0.conv1.weight"


def published_names(name: str, members: int) -> tuple[str, ...]:
    """The published code's name for our tensor ``name``; several are parts of it, one below the other.

    Args:
        name: in the state of a network of ``supervised`` or of a multi-input method.
        members: inputs M.
    """
    if name.startswith(_STACKED):
        return tuple(f"list_fc.{i}.{name.removeprefix(_STACKED)}" for i in range(members))
    for ours, theirs in _RENAMES:
        name = re.sub(ours, theirs, name)
    return (name,)


def published_members(published: Mapping[str, Tensor]) -> int:
    """Inputs M of a published state: its encoders, or 1 of a network without a list of them."""
    encoders = {match[1] for name in published if (match := re.match(r"list_conv1\.(\d+)\.", name))}
    return max(1, len(encoders))


def check_network(network: str, published: Mapping[str, Tensor]) -> str:
    """Our name for the published ``network``: of a WRN, the one that pads as that code does.

    Args:
        network: ``wrn-D-W`` or ``preactresnet18-W``.
        published: the state, whose depth and width have to be those.

    Raises:
        UsageError: another network than that code has, or than the state is of.
    """
    match = _NETWORK.fullmatch(network)
    if match is None:
        raise UsageError(f"network {network} is none of the published MixMo code's: choose wrn-D-W or preactresnet18-W")
    asked = match[1] or match[2]
    found = _network_of(published)
    if found not in (None, asked):
        raise UsageError(f"network is {network}, but the checkpoint holds a {found}: give --network {found}")
    return asked if match[1] is None else f"{asked}-published"


def _network_of(published: Mapping[str, Tensor]) -> str | None:
    """What depth and first width of a published state say; None where the tensor that tells is missing or no kernel."""
    if _FIRST not in published or published[_FIRST].dim() != 4:
        return None
    channels = published[_FIRST].shape[0]
    if any(name.startswith("layer4.") for name in published):
        return f"preactresnet18-{channels // 64}"
    blocks = {match[1] for name in published if (match := re.match(r"layer1\.(\d+)\.", name))}
    return f"wrn-{6 * len(blocks) + 4}-{channels // 16}"


def translate(published: Mapping[str, Tensor], ours: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The published state under our names.

    Encodings need no factor: that code multiplies their mean by M at inference, which is our plain sum.

    Args:
        published: tensors by the published code's names.
        ours: the state of our network for as many inputs; its names and shapes count, not its values.

    Raises:
        CheckpointError: tensors are missing, unknown, or of other shapes; all of them are listed.
    """
    members = published_members(published)
    parts = {name: published_names(name, members) for name in ours}
    wanted = {part for names in parts.values() for part in names}
    odd = {"missing": wanted - set(published), "unknown": set(published) - wanted}
    if any(odd.values()):
        listed = "; ".join(f"{what}: {', '.join(sorted(names))}" for what, names in odd.items() if names)
        raise CheckpointError(
            f"the checkpoint is not of the published MixMo code's network with M = {members}; {listed}"
        )
    shapes = []
    for name, names in parts.items():
        rows = (len(ours[name]) // len(names), *ours[name].shape[1:]) if ours[name].dim() else ()
        found = {part: tuple(published[part].shape) for part in names}
        shapes += [f"{part} is {shape} for {rows}" for part, shape in found.items() if shape != rows]
    if shapes:
        raise CheckpointError(
            f"tensors of the checkpoint have other shapes than the network for these data: {'; '.join(shapes)}; give the "
            "data that it was trained on"
        )
    return {
        name: torch.cat([published[part] for part in names]) if len(names) > 1 else published[names[0]]
        for name, names in parts.items()
    }
