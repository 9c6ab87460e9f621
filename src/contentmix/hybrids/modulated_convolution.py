"""Modulated convolution (Karras et al. 2020): a style scales the input channels of a kernel, whose outputs are normalised."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


class ModulatedConv2d(nn.Module):
    """``y_bo = sum_i (s_bi W_oi / n_bo) * x_bi`` with ``n_bo^2 = sum_i s_bi^2 |W_oi|^2``: one kernel per image, never made.

    A scaled input channel is a scaled activation, a scaled output channel too: so one convolution by the shared kernel serves
    the whole batch, and the norms are one product of (b, i) with (i, o).

    Args:
        channels_in: i.
        channels: o.
        style_dim: of the style.
        kernel_size: odd; the size of the map stays.
        demodulate: normalise; off, ``n`` is 1.
    """

    def __init__(
        self, channels_in: int, channels: int, style_dim: int, kernel_size: int = 3, *, demodulate: bool = True
    ) -> None:
        super().__init__()
        self.demodulate, self.padding = demodulate, kernel_size // 2
        self.weight = nn.Parameter(torch.empty(channels, channels_in, kernel_size, kernel_size))
        nn.init.normal_(self.weight, std=1 / math.sqrt(channels_in * kernel_size**2))
        self.bias = nn.Parameter(torch.zeros(channels))
        # Styles are 1 at first, whatever the code: a plain convolution.
        self.style = nn.Linear(style_dim, channels_in)
        nn.init.normal_(self.style.weight, std=1 / math.sqrt(style_dim))
        nn.init.ones_(self.style.bias)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        """Maps (b, i, h, w) and codes (b, d) to maps (b, o, h, w)."""
        style = self.style(code)
        y = functional.conv2d(x * style[:, :, None, None], self.weight, padding=self.padding)
        bias = self.bias[:, None, None]
        if not self.demodulate:
            return y + bias
        square = self.weight.square().sum((2, 3))
        return torch.addcmul(bias, y, torch.rsqrt(style.square() @ square.T + 1e-8)[:, :, None, None])
