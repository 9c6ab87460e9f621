"""From a plain network to one whose layers hold several members; packed and batched layers are torch-uncertainty's."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from importlib.util import find_spec
from typing import cast

import torch
from torch import Tensor, nn

from contentmix.choices import MemberLayers
from contentmix.errors import UsageError, require
from contentmix.networks import first_convolution_of, input_size, law_of, probe
from contentmix.subnetworks.channel_masks import ChannelMasks, MemberDropout, draw_masks
from contentmix.subnetworks.member_heads import batch_head, drawn_heads, fill
from contentmix.subnetworks.member_network import MemberNetwork

Made = Callable[[str, nn.Module], nn.Module | None]


def check_member_layers(layers: MemberLayers) -> None:
    """Raise a ``UsageError`` unless the library that makes ``layers`` is installed, where one does."""
    require(
        layers not in ("packed", "batch") or find_spec("torch_uncertainty") is not None,
        f"layers {layers} need their extra: pip install 'contentmix[ensembles]'",
    )


def packed(backbone: nn.Module, members: int, expansion: float) -> MemberNetwork:
    """Packed-Ensembles: every member is a group of the kernels of a network ``expansion`` times as wide (Laurent et al. 2023).

    Raises:
        UsageError: as ``_members_of``.
    """
    _import_extra("packed")
    from torch_uncertainty.layers import PackedConv2d, PackedLinear

    first = first_convolution_of(backbone)
    law = law_of(backbone)

    def made(name: str, layer: nn.Module) -> nn.Module | None:
        match layer:
            case nn.Conv2d():
                return PackedConv2d(
                    layer.in_channels,
                    layer.out_channels,
                    layer.kernel_size,
                    alpha=expansion,
                    num_estimators=members,
                    stride=layer.stride,
                    padding=layer.padding,
                    dilation=layer.dilation,
                    padding_mode=layer.padding_mode,
                    bias=layer.bias is not None,
                    first=name == first,
                )
            case nn.BatchNorm2d():
                return nn.BatchNorm2d(int(expansion * layer.num_features), layer.eps, layer.momentum, layer.affine)
            case nn.Linear():
                head = PackedLinear(
                    layer.in_features,
                    layer.out_features,
                    alpha=expansion,
                    num_estimators=members,
                    bias=layer.bias is not None,
                    last=True,
                )
                weights, biases = drawn_heads(layer, members, law, head.in_features)
                fill(head.weight, weights)
                fill(head.bias, biases)
                return head
        return None

    network = _members_of(backbone, members, made, apart=True)
    if first is not None and hasattr(backbone, "input_size"):
        _try_apart(network, f"backbone.{first}.conv")
    return network


def batched(backbone: nn.Module, members: int) -> MemberNetwork:
    """BatchEnsemble: kernels of all members, whose inputs and outputs each member scales by its own (Wen et al. 2020).

    Raises:
        UsageError: as ``_members_of``.
    """
    _import_extra("batch")
    from torch_uncertainty.layers import BatchConv2d

    law = law_of(backbone)

    def made(name: str, layer: nn.Module) -> nn.Module | None:
        match layer:
            case nn.Conv2d():
                require(
                    layer.padding_mode == "zeros",
                    f"{name} pads by {layer.padding_mode}, and layers batch by zeros: choose other layers",
                )
                return BatchConv2d.from_conv2d(layer, num_estimators=members)
            case nn.Linear():
                return batch_head(layer, members, law)
        return None

    return _members_of(backbone, members, made)


def masked(backbone: nn.Module, members: int, scale: float) -> MemberNetwork:
    """Masksembles: each member sees some of the channels, of all layers but the first (Durasov et al. 2021).

    Args:
        backbone: a network; it is changed.
        members: how many.
        scale: how little their masks overlap.

    Raises:
        UsageError: as ``_members_of``.
    """
    first = first_convolution_of(backbone)

    def made(name: str, layer: nn.Module) -> nn.Module | None:
        if name == first or not isinstance(layer, nn.Conv2d | nn.Linear):
            return None
        channels = layer.in_channels if isinstance(layer, nn.Conv2d) else layer.in_features
        return nn.Sequential(ChannelMasks(draw_masks(channels, members, scale)), layer)

    return _members_of(backbone, members, made)


def dropped(backbone: nn.Module, members: int, p: float) -> MemberNetwork:
    """MC-dropout: members are draws of dropout, between the two convolutions of each block (Gal and Ghahramani 2016).

    Raises:
        UsageError: as ``_members_of``, or it has no such blocks.
    """
    second = {
        id(block.conv2): block for block in backbone.modules() if isinstance(getattr(block, "conv2", None), nn.Conv2d)
    }
    require(
        bool(second),
        f"{type(backbone).__name__} has no blocks of two convolutions, conv1 and conv2, to drop channels between: choose wrn, "
        "preactresnet18 or resnet18",
    )

    def made(_: str, layer: nn.Module) -> nn.Module | None:
        if id(layer) not in second or not isinstance(layer, nn.Conv2d):
            return None
        return nn.Sequential(MemberDropout(layer.in_channels, members, p), layer)

    return _members_of(backbone, members, made)


def _import_extra(layers: MemberLayers) -> None:
    check_member_layers(layers)
    # The library imports another distribution of Lightning, whose logger then speaks for all.
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


def _members_of(backbone: nn.Module, members: int, made: Made, *, apart: bool = False) -> MemberNetwork:
    """``backbone`` with what ``made`` makes of its layers, by name, in their places; kernels and heads drawn by its law.

    Raises:
        UsageError: it has weights in other layers than plain convolutions, batch normalisation and one linear layer, sizes do not
            fit the members, or its weights are pretrained.
    """
    kind = type(backbone).__name__
    require(
        not getattr(backbone, "pretrained", False), "layers of members begin with new weights: leave out pretrained"
    )
    layers = list(backbone.named_modules())
    for name, layer in layers:
        plain = type(layer) in (nn.Conv2d, nn.BatchNorm2d, nn.Linear)
        grouped = isinstance(layer, nn.Conv2d) and layer.groups > 1
        if (list(layer.parameters(recurse=False)) and not plain) or grouped:
            raise UsageError(
                f"{kind} has a {'grouped ' * grouped}{type(layer).__name__}, {name}: member layers take the place of plain "
                "convolutions, batch normalisation and one linear layer; choose wrn, preactresnet18 or resnet18"
            )
    linear = sum(isinstance(layer, nn.Linear) for _, layer in layers)
    require(linear == 1, f"{kind} has {linear} linear layers: member layers need one, its classifier; choose wrn")
    law = law_of(backbone)
    try:
        for name, layer in layers:
            if (new := made(name, layer)) is not None:
                parent, _, child = name.rpartition(".")
                setattr(backbone.get_submodule(parent), child, new.apply(law))
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"{members} members do not fit into {kind}: {reason}") from error
    network = MemberNetwork(backbone, members, apart=apart)
    if hasattr(backbone, "input_size"):
        channels, side = input_size(backbone)
        probe(network, (channels, side, side), f"have {members} members", network.predict)
    return network


def _try_apart(network: MemberNetwork, first: str) -> None:
    """Raise a ``UsageError`` where what packed members make depends on filters of others, as where maps are concatenated."""
    channels, side = input_size(network.backbone)
    drawn = torch.rand(1, channels, side, side, generator=torch.Generator().manual_seed(0))
    tried, kind = copy.deepcopy(network), type(network.backbone).__name__
    filters = cast(Tensor, tried.get_submodule(first).weight)
    image, task = drawn.to(filters), "keep its packed members apart"
    before = probe(tried, (channels, side, side), task, lambda _: tried.predict(image))
    with torch.no_grad():
        filters[len(filters) // network.members :] *= 2
    after = probe(tried, (channels, side, side), task, lambda _: tried.predict(image))
    require(
        torch.allclose(before[:, 0], after[:, 0], rtol=1e-4, atol=1e-5 * float(before.abs().max())),
        f"{kind} cannot {task}: more than its convolutions and their groups mixes channels; choose another network, "
        "such as wrn-D-W",
    )
