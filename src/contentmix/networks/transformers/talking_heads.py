"""Talking-heads attention (Shazeer et al. 2020), the self-attention of CaiT."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from contentmix.networks.transformers.token_layers import TokenLinear


class TalkingHeadsAttention(nn.Module):
    """Self-attention whose heads are mixed by small matrices before and after the softmax.

    The mixtures are products of H x H matrices with the scores as they lie in memory. The first one's bias is the same for
    all keys, which a softmax does not see; it is kept for timm's weights, whose names these are. After the softmax a
    bias b_h adds ``b_h`` times the sum of all values.

    Args:
        dim: channels d of a token.
        heads: H.
    """

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = TokenLinear(dim, 3 * dim)
        self.proj = TokenLinear(dim, dim)
        self.proj_l = nn.Linear(heads, heads)
        self.proj_w = nn.Linear(heads, heads)

    def forward(self, tokens: Tensor, copies: int = 1) -> Tensor:
        """Tokens (b, n, d) to (b, n, d), as if each stood there ``copies`` times.

        Copies share the attention that their token has alone, and only the sum of all values grows.
        """
        size, count, dim = tokens.shape
        q, k, v = self.qkv(tokens).view(size, count, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind()
        scores = (q * q.shape[-1] ** -0.5 @ k.transpose(-2, -1)).flatten(2)
        attention = _talk(self.proj_l.weight, scores).view(size, self.heads, count, count).softmax(-1)
        attention = _talk(self.proj_w.weight, attention.flatten(2)).view_as(attention)
        attended = attention @ v + copies * self.proj_w.bias[:, None, None] * v.sum(2, keepdim=True)
        mixed: Tensor = self.proj(attended.transpose(1, 2).reshape(size, count, dim))
        return mixed


def _talk(weight: Tensor, maps: Tensor) -> Tensor:
    """``sum_h weight[g, h] maps[:, h]`` of maps (b, h, p); ``matmul`` would copy the maps to make one large product of it."""
    return torch.bmm(weight.expand(len(maps), -1, -1), maps)
