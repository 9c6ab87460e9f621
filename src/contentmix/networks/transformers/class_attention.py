"""Class-attention (Touvron et al. 2021): a class token gathers what patch tokens hold, and leaves them as they are."""

from __future__ import annotations

import torch
from timm.layers import DropPath, Mlp
from torch import Tensor, nn
from torch.nn import functional


class ClassAttention(nn.Module):
    """One query, that of the class token, attends to itself and to all patch tokens.

    With a single query, keys and values need not be projected for every token: ``q . (W_k u) = (W_k^T q) . u``, and
    ``sum_n a_n W_v u_n = W_v sum_n a_n u_n``. So the query carries ``W_k``, the pooled token ``W_v``, and a token costs
    2 H d multiplications instead of 2 d^2. A bias of the keys is the same for all of them, which a softmax does not see.
    Parameters are named as timm's.

    Args:
        dim: channels d of a token.
        heads: H.
        bias: of queries, keys and values.
    """

    def __init__(self, dim: int, heads: int, *, bias: bool = True) -> None:
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v = (nn.Linear(dim, dim, bias=bias) for _ in range(3))
        self.proj = nn.Linear(dim, dim)

    def forward(self, own: Tensor, tokens: Tensor, norm: nn.LayerNorm) -> Tensor:
        """The update (b, d) of the class token.

        Keys and values are those of ``u = scale * t + shift``, the affine map of ``norm``, which is carried by the query and by
        the pooled token too: so several blocks share one normalisation of the patch tokens.

        Args:
            own: (b, d) the class token t_0, normalised without weights.
            tokens: (b, n, d) the patch tokens t, likewise.
            norm: the block's normalisation.
        """
        scale, shift = norm.weight, norm.bias
        q = self.q(own * scale + shift).unflatten(-1, (self.heads, -1))
        q = q * q.shape[-1] ** -0.5
        query = torch.einsum("bhe,hed->bhd", q, self.k.weight.unflatten(0, (self.heads, -1))) * scale
        scores = torch.cat([query @ own[:, :, None], query @ tokens.transpose(-2, -1)], -1)
        attention = scores.softmax(-1)
        pooled = attention[:, :, :1] * own[:, None] + attention[:, :, 1:] @ tokens
        value = self.v.weight.unflatten(0, (self.heads, -1))
        gathered = torch.einsum("bhd,hed->bhe", pooled * scale + shift, value).flatten(1)
        if self.v.bias is not None:
            gathered = gathered + self.v.bias
        update: Tensor = self.proj(gathered)
        return update


class ClassBlock(nn.Module):
    """A block that updates the class token: class-attention, then a perceptron, each normalised before and added.

    Args:
        dim: channels d of a token.
        heads: H.
        layer_scale: initial factor of both updates, learned per channel (CaiT: 1e-5 or 1e-6); None has none.
        bias: of queries, keys and values.
        drop_path: probability to skip an update in training.
    """

    def __init__(
        self, dim: int, heads: int, *, layer_scale: float | None = None, bias: bool = True, drop_path: float = 0.0
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = ClassAttention(dim, heads, bias=bias)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = Mlp(dim, 4 * dim)
        self.drop_path = DropPath(drop_path)
        self.gamma_1, self.gamma_2 = learned_scale(dim, layer_scale), learned_scale(dim, layer_scale)

    def forward(self, token: Tensor, tokens: Tensor) -> Tensor:
        """The class token (b, d) after a look at ``tokens`` (b, n, d), normalised without weights."""
        own = functional.layer_norm(token, token.shape[-1:], eps=self.norm1.eps)
        token = token + self.drop_path(scaled(self.attn(own, tokens, self.norm1), self.gamma_1))
        return token + self.drop_path(scaled(self.mlp(self.norm2(token)), self.gamma_2))


def learned_scale(dim: int, value: float | None) -> nn.Parameter | None:
    """LayerScale's factor of each channel (Touvron et al. 2021), ``value`` at first; None where there is none."""
    return None if value is None else nn.Parameter(torch.full((dim,), value))


def scaled(update: Tensor, gamma: Tensor | None) -> Tensor:
    """LayerScale, where there is one."""
    return update if gamma is None else update * gamma
