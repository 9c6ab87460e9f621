"""Source attribution: what makes a general token that of one subnetwork (sec. 4.3.3.1)."""

from __future__ import annotations

import math
from typing import get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from contentmix.choices import Attribution
from contentmix.errors import unknown
from contentmix.networks import token_linear

_STD = 0.02  # of what an attribution adds at first, beside tokens of about unit size


class SourceAttribution(nn.Module):
    """``t* = t + sum_i M_i (t W_i^T + b_i)`` (eq. 4.5); source embeddings have ``b_i`` only (eq. 4.6).

    Weights start so small that the network starts as its backbone (the thesis gives no law).

    Args:
        dim: channels d of a token.
        members: sources M.
        kind: ``embedding``, ``encoding``, or ``none``, which leaves tokens as they are.
    """

    def __init__(self, dim: int, members: int, kind: Attribution = "embedding") -> None:
        super().__init__()
        if kind not in get_args(Attribution):
            raise unknown("attribution", kind, get_args(Attribution))
        self.members = members
        self.bias = None if kind == "none" else nn.Parameter(_STD * torch.randn(members, dim))
        encodes = kind == "encoding"
        self.weight = nn.Parameter(_STD / math.sqrt(dim) * torch.randn(members, dim, dim)) if encodes else None

    def forward(self, tokens: Tensor, source: Tensor) -> Tensor:
        """Tokens (b, n, d) and the source (b, n) int64 of each to attributed tokens (b, n, d)."""
        return tokens if self.bias is None else self.by_masks(tokens, functional.one_hot(source, self.members))

    def by_masks(self, tokens: Tensor, own: Tensor) -> Tensor:
        """Tokens (b, n, d) to attributed ones, by the share (b, n, m) of every source in each, the ``M_i``.

        Products with zeros and ones select: no operation depends on which token is whose, and no gradient is scattered.
        """
        if self.bias is None:
            return tokens
        own = own.to(self.bias.dtype)
        if self.weight is None:
            return tokens + own @ self.bias
        encoded = token_linear(tokens, self.weight.flatten(0, 1)).unflatten(-1, (self.members, -1))
        return tokens + own @ self.bias + (own[:, :, None] @ encoded.to(own.dtype)).squeeze(2)

    def every(self, tokens: Tensor) -> Tensor:
        """Tokens (b, n, d) attributed to each source in turn, (m, b, n, d): one product for all."""
        if self.bias is None:
            return tokens.expand(self.members, *tokens.shape)
        attributed = tokens + self.bias[:, None, None]
        if self.weight is not None:
            encoded = token_linear(tokens, self.weight.flatten(0, 1)).unflatten(-1, (self.members, -1))
            attributed = attributed + encoded.movedim(2, 0)
        return attributed
