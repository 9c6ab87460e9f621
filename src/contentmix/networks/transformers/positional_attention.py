"""Gated positional self-attention (GPSA; d'Ascoli et al. 2021), which starts as a convolution."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from contentmix.networks.transformers.token_layers import TokenLinear


class GatedPositionalSelfAttention(nn.Module):
    """``softmax(q k^T / sqrt(d_h)) (1 - g) + softmax(pos) g`` attends to content and, by a learned gate g, to positions.

    Positions score ``w . (dx, dy, dx^2 + dy^2)``, the same for every image: their softmax is computed once per call and
    added to all images. Both parts sum to 1, so their blend needs no normalisation. Parameters are named as timm's.

    Args:
        dim: channels d of a token.
        heads: H.
        grid: (rows, columns) of the patches.
    """

    offsets: Tensor

    def __init__(self, dim: int, heads: int, grid: tuple[int, int]) -> None:
        super().__init__()
        self.heads = heads
        self.qk = TokenLinear(dim, 2 * dim, bias=False)
        self.v = TokenLinear(dim, dim, bias=False)
        self.proj = TokenLinear(dim, dim)
        self.pos_proj = nn.Linear(3, heads)
        self.gating_param = nn.Parameter(torch.ones(heads))
        self.register_buffer("offsets", _offsets(grid), persistent=False)

    @torch.no_grad()
    def initialise(self) -> None:
        """Start as a convolution: each of the first floor(sqrt(H))^2 heads looks at one offset, and passes it on as it is.

        Twelve heads are no square number: nine begin as a 3 x 3 kernel and the others anywhere (thesis A.1.5 did not find
        this to be an issue).
        """
        nn.init.eye_(self.v.weight)
        kernel = math.isqrt(self.heads)
        centre = (kernel - 1) / 2 if kernel % 2 == 0 else kernel // 2
        for head in range(kernel**2):
            row, column = divmod(head, kernel)
            self.pos_proj.weight[head] = torch.tensor([2 * (column - centre), 2 * (row - centre), -1.0])

    def positions(self) -> Tensor:
        """Attention to positions (H, n, n)."""
        scores: Tensor = self.pos_proj(self.offsets)
        return scores.permute(2, 0, 1).softmax(-1)

    def forward(self, tokens: Tensor, copies: int = 1) -> Tensor:
        """Tokens (b, n, d) to (b, n, d); n may be several times the grid's, for as many inputs that share its positions.

        ``copies`` of each token would share the attention that it has alone, to content and to positions: they change nothing.
        """
        size, count, dim = tokens.shape
        positions, grids = self.positions(), count // self.offsets.shape[0]
        if grids > 1:
            positions = positions.repeat(1, grids, grids) / grids
        gate = self.gating_param.sigmoid()[:, None, None]
        q, k = self.qk(tokens).view(size, count, 2, self.heads, -1).permute(2, 0, 3, 1, 4).unbind()
        v = self.v(tokens).view(size, count, self.heads, -1).transpose(1, 2)
        # The fused kernel is the slower one on the CPU.
        attend = blended if tokens.device.type == "cpu" else fused
        attended = attend(q, k, v, positions, gate)
        mixed: Tensor = self.proj(attended.transpose(1, 2).reshape(size, count, dim))
        return mixed


def blended(q: Tensor, k: Tensor, v: Tensor, positions: Tensor, gate: Tensor) -> Tensor:
    """``((1 - g) softmax(q k^T / sqrt(d_h)) + g P) v``: queries, keys, values (b, H, n, d_h) to (b, H, n, d_h).

    Args:
        q: queries.
        k: keys.
        v: values.
        positions: P (H, n, n).
        gate: g (H, 1, 1).
    """
    content = (q * q.shape[-1] ** -0.5 @ k.transpose(-2, -1)).softmax(-1)
    return (content * (1 - gate) + positions * gate) @ v


def fused(q: Tensor, k: Tensor, v: Tensor, positions: Tensor, gate: Tensor) -> Tensor:
    """The same as ``(1 - g) attention(q, k, v) + g P v``: no scores are kept, and P's product is one for all images."""
    size, heads, count, dim = v.shape
    rows = v.permute(1, 2, 0, 3).reshape(heads, count, size * dim)
    seen = ((gate * positions).to(v.dtype) @ rows).view(heads, count, size, dim).permute(2, 0, 1, 3)
    return torch.addcmul(seen, (1 - gate).to(v.dtype), functional.scaled_dot_product_attention(q, k, v))


def _offsets(grid: tuple[int, int]) -> Tensor:
    """(n, n, 3): dx, dy and their squared distance, from each patch of a grid to each other."""
    rows, columns = (torch.arange(length).float() for length in grid)
    y, x = (axis.flatten() for axis in torch.meshgrid(rows, columns, indexing="ij"))
    dx, dy = x[None] - x[:, None], y[None] - y[:, None]
    return torch.stack([dx, dy, dx**2 + dy**2], -1)
