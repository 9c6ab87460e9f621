"""Channels that a member does not see: by masks of its own (Masksembles), or as one draw of dropout (MC-dropout)."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def mask_members(x: Tensor, masks: Tensor) -> Tensor:
    """Maps or features (b, c, ...) times the masks (m, c) of the m members: parts of the batch, equal to within one image."""
    places = torch.arange(x.shape[0], device=x.device) * len(masks) // x.shape[0]
    return x * masks[places].reshape(x.shape[0], -1, *[1] * (x.dim() - 2)).to(x.dtype)


def draw_masks(channels: int, members: int, scale: float) -> Tensor:
    """Masks (m, c) of zeros and ones, from torch's global state: all show as many channels.

    A mask shows ``c / (s (1 - (1 - 1/s)^m))`` channels for the scale s > 1 (Durasov et al. 2021, section 3.3): all for s near 1,
    1/m of them for a large one. Every channel is shown to one member or more: the paper draws until that is so, which for
    some sizes never ends; here each channel is given to one member first.
    """
    shown = max(-(-channels // members), int(channels / (scale * (1 - (1 - 1 / scale) ** members))))
    ranks = torch.rand(members, channels)
    ranks[torch.arange(channels) % members, torch.randperm(channels)] += 1
    return torch.zeros(members, channels).scatter_(1, ranks.topk(shown, dim=1).indices, 1.0)


class ChannelMasks(nn.Module):
    """The masks of members, in training as at inference (Durasov et al. 2021).

    Args:
        masks: (m, c) of zeros and ones.
    """

    masks: Tensor

    def __init__(self, masks: Tensor) -> None:
        super().__init__()
        self.register_buffer("masks", masks)

    def forward(self, x: Tensor) -> Tensor:
        """(b, c, ...) to the same, each member's part of the batch without the channels that it does not see."""
        return mask_members(x, self.masks)


class MemberDropout(nn.Dropout2d):
    """Dropout of whole channels in training; at inference each member is one draw of it, the same for all images.

    Draws are kept with the weights, so that a prediction depends neither on the batch that an image is in nor on when it is made
    (Gal and Ghahramani 2016 draw anew for each image and pass).

    Args:
        channels: c.
        members: m.
        p: probability for a channel to be dropped.
    """

    masks: Tensor

    def __init__(self, channels: int, members: int, p: float) -> None:
        super().__init__(p)
        self.register_buffer("masks", torch.full((members, channels), 1 - p).bernoulli() / (1 - p))

    def forward(self, input: Tensor) -> Tensor:
        """(b, c, h, w) to the same, with channels dropped and the others raised by as much."""
        return super().forward(input) if self.training else mask_members(input, self.masks)
