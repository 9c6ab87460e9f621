"""Channels of a network that are reserved for one of its members (beyond the thesis, whose section 5.2 asks for such control)."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor, nn

from contentmix.batch import Mixture
from contentmix.errors import require
from contentmix.mixing import mix_members
from contentmix.networks import probe
from contentmix.subnetworks.encoders import InputEncoders
from contentmix.subnetworks.heads import MemberHeads

SHARED, NOBODY = -1, -2


def shared_channels(channels: int, members: int, share: float) -> int:
    """How many of some channels, the first, all members share where a ``share`` of them is reserved in equal parts.

    Raises:
        UsageError: the share leaves members without a channel.
    """
    if share == 0:
        return channels
    require(
        members <= channels,
        f"members is {members}, and a layer has {channels} channels to reserve: choose {channels} members or fewer, or a wider "
        "network",
    )
    each = round(share * channels) // members
    require(
        each > 0,
        f"reserved is {share}: of a layer's {channels} channels that leaves some of {members} members none; choose "
        f"{math.ceil(1000 * members / channels) / 1000:g} or more",
    )
    return channels - each * members if share < 1 else 0


def owners(channels: int, members: int, share: float) -> Tensor:
    """(channels,) the member that each channel is reserved for, or ``SHARED``: the last ones, in equal parts.

    What parts do not divide is shared; where nothing is, it is nobody's, the last ones, which no member sees.

    Raises:
        UsageError: as ``shared_channels``.
    """
    shared = shared_channels(channels, members, share)
    own = torch.arange(members, device="cpu").repeat_interleave((channels - shared) // members)
    rest = channels - shared - len(own)
    return torch.cat([torch.full((shared,), SHARED, device="cpu"), own, torch.full((rest,), NOBODY, device="cpu")])


class ReservedChannels(nn.Module):
    """Gives every member channels of its own: from none (MixShare: all are shared) to all (M networks, each of 1/M the width).

    A ``share`` of the channels of every map, that of the encodings included, is split among the members. What member i computes
    sees maps through a mask that is zero on the channels of others: encoder i writes, and head i reads, shared channels and its
    own; a convolution makes a channel of member i from shared channels and its own, and a shared channel from shared ones. So
    members meet in shared channels only, and with a share of 1 nowhere. The masks are on each convolution: were they on maps
    between blocks, the convolutions inside would mix members. Normalisation and pooling work by the channel.

    Masks act on channels by member, not on positions by source as unmixing does: a reserved channel holds one input, whole, in
    training as at inference, so that there is nothing to mix or to unmix in it.

    Masked weights are zero, and their gradients too, so that they stay zero whatever the optimiser, its decay and its momentum;
    a pass costs what it costs without. Others are drawn as for the inputs that they have, unless they are pretrained.

    Args:
        share: reserved, in (0, 1].
        encoders: one for each member; changed in place, as are core and heads.
        core: a CNN whose channels only its convolutions mix.
        heads: one for each member.
        side: of the maps that the core is tried on, None where it is not.

    Raises:
        UsageError: a share outside these or that leaves members without a channel of some layer, one encoder or head for all, or
            a core whose members meet.
    """

    def __init__(
        self, share: float, encoders: InputEncoders, core: nn.Module, heads: MemberHeads, side: tuple[int, int] | None
    ) -> None:
        super().__init__()
        require(0 < share <= 1, f"reserved is {share}: choose the share of reserved channels in [0, 1]")
        require(
            len(encoders.convolutions) == heads.count == encoders.members,
            f"reserved is {share}: members with channels of their own need an encoder and a head each",
        )
        self.share, self.members = share, encoders.members
        mixing = [module for module in core.modules() if isinstance(module, nn.Conv2d) and module.groups == 1]
        maps = [cast(nn.Conv2d, encoders.convolutions[0]).out_channels, heads.linear.in_features]
        maps += [channels for module in mixing for channels in (module.in_channels, module.out_channels)]
        shared_channels(min(maps), self.members, share)  # told of the narrowest, before anything is changed
        self._weights: list[Tensor] = []
        scaled = not getattr(core, "pretrained", False)
        if not scaled:
            self._restore(encoders)
        for i, module in enumerate(encoders.convolutions):
            convolution = cast(nn.Conv2d, module)
            own = self._seen_by(i, convolution.out_channels)
            self._keep(convolution.weight, own[:, None, None, None])
            if convolution.bias is not None:
                self._keep(convolution.bias, own)
        for layer in mixing:
            made, given = (owners(n, self.members, share) for n in (layer.out_channels, layer.in_channels))
            kept = (given == SHARED) | (given == made[:, None])
            self._keep(layer.weight, kept[:, :, None, None], scaled)
        features = heads.linear.in_features
        seen = torch.stack([self._seen_by(i, features) for i in range(self.members)])
        self._keep(heads.linear.weight, seen.repeat_interleave(heads.linear.out_features // self.members, 0), scaled)
        self._watch()
        # Weights from elsewhere may be others; the modules that they are of are loaded before this one.
        self.register_load_state_dict_post_hook(_cleared)  # type: ignore[no-untyped-call]
        if side is not None and encoders.convolutions[0].weight.device.type != "meta":
            self._try(core, (cast(nn.Conv2d, encoders.convolutions[0]).out_channels, *side))

    def _seen_by(self, member: int, channels: int) -> Tensor:
        owner = owners(channels, self.members, self.share)
        return (owner == SHARED) | (owner == member)

    @torch.no_grad()
    def _restore(self, encoders: InputEncoders) -> None:
        """Make pretrained encoders what they are shares of on their own channels, which no other encoder adds to."""
        for name in ("weight", "bias"):
            shares = [getattr(module, name) for module in encoders.convolutions if getattr(module, name) is not None]
            whole = sum(shares)
            for i, share in enumerate(shares):
                own = owners(len(share), self.members, self.share) == i
                share[own] = whole[own]

    @torch.no_grad()
    def _keep(self, weight: Tensor, kept: Tensor, scaled: bool = False) -> None:
        """Have ``weight`` be zero but where it is ``kept``; ``scaled`` keeps the variance of what it makes of its inputs."""
        kept = kept.to(weight.device)
        weight.mul_(kept)
        if scaled:
            weight.mul_((kept.shape[1] / kept.sum(1, keepdim=True).clamp(min=1)).sqrt())
        self.register_buffer(f"kept{len(self._weights)}", kept, persistent=False)
        self._weights.append(weight)

    def _watch(self) -> None:
        for i, weight in enumerate(self._weights):
            if weight.requires_grad:
                weight.register_hook(partial(self._masked, f"kept{i}"))

    def _masked(self, name: str, gradient: Tensor) -> Tensor:
        return gradient * cast(Tensor, getattr(self, name))

    def __setstate__(self, state: dict[str, Any]) -> None:
        """A copy, whose weights are others, watches over its own."""
        super().__setstate__(state)  # type: ignore[no-untyped-call]
        self._watch()

    @torch.no_grad()
    def clear(self) -> None:
        """Make masked weights zero."""
        for i, weight in enumerate(self._weights):
            weight.mul_(cast(Tensor, getattr(self, f"kept{i}")))

    def _try(self, core: nn.Module, shape: tuple[int, int, int]) -> None:
        """Raise a ``UsageError`` where what one member computes depends on what another's channels hold."""
        tried = copy.deepcopy(core)
        with torch.no_grad():
            for parameter in tried.parameters():
                if parameter.dim() == 1:  # branches that begin switched off are switched on
                    parameter.fill_(1)
        drawn = torch.rand(2, *shape, generator=torch.Generator().manual_seed(0), device="cpu").to(self.kept0.device)  # type: ignore[arg-type]
        of_first = owners(shape[0], self.members, self.share) == 0
        drawn[1, ~of_first] = drawn[0, ~of_first]
        task = "reserve channels for its members"
        made = probe(tried, shape, task, lambda _: tried(drawn))
        others = owners(made.shape[1], self.members, self.share) != 0
        require(
            torch.allclose(made[0, others], made[1, others], rtol=1e-4, atol=1e-5 * float(made.abs().max())),
            f"{type(core).__name__} cannot {task}: more than its convolutions and their groups mixes channels; choose another "
            "network, such as wrn-D-W",
        )

    def mix(self, encodings: Sequence[Tensor], mixture: Mixture) -> Tensor:
        """The mixing block (eq. 3.2) of shared channels, and each reserved one with its own input; (b, c, h, w) likewise."""
        shared = shared_channels(encodings[0].shape[1], self.members, self.share)
        own = torch.stack([encoded[:, shared:] for encoded in encodings]).sum(0)  # all but one are zero
        return torch.cat([mix_members([encoded[:, :shared] for encoded in encodings], mixture), own], 1)


def _cleared(module: nn.Module, _keys: object) -> None:
    cast(ReservedChannels, module).clear()
