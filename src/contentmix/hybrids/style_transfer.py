"""Hybrids of the literature that SciMix is compared with: AdaIN's moments and FDA's amplitudes (table 2.5)."""

from __future__ import annotations

import torch
from torch import Tensor

from contentmix.errors import require


def moments(maps: Tensor, eps: float = 1e-5) -> tuple[Tensor, Tensor]:
    """Mean and deviation (b, c) of each map (b, c, h, w); ``eps`` is added to the variance."""
    var, mean = torch.var_mean(maps, (2, 3), unbiased=False)
    return mean, (var + eps).sqrt()


def restyle(content: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Maps ``content`` (b, c, h, w) with means and deviations (b, c) in place of their own."""
    own_mean, own_std = (moment[:, :, None, None] for moment in moments(content))
    return (content - own_mean) / own_std * std[:, :, None, None] + mean[:, :, None, None]


def adain(content: Tensor, style: Tensor, eps: float = 1e-5) -> Tensor:
    """``(z_c - mean(z_c)) / std(z_c) * std(z_s) + mean(z_s)``, per map (eq. 2.5; Huang and Belongie 2017).

    Args:
        content: (b, c, h, w).
        style: (b, c, h', w').
        eps: added to the variances.
    """
    require(
        content.shape[:2] == style.shape[:2],
        f"content {tuple(content.shape)} and style {tuple(style.shape)}: they need as many images and channels",
    )
    return restyle(content, *moments(style, eps))


def fda(content: Tensor, context: Tensor, beta: float = 0.1) -> Tensor:
    """The low-frequency amplitudes of ``context`` with the phases of ``content`` (Yang and Soatto 2020).

    Of pixels, which are not negative: the amplitude of frequency 0 is then the mean itself, and the hybrid has that of
    ``context``. On normalised images a mean below that of the data set has a phase of pi, which is the content's: a dark image
    would stay dark in a bright context.

    Args:
        content: images (b, c, h, w), pixels in [0, 1].
        context: images of the same shape and domain.
        beta: amplitudes up to this share of the side, in each direction, are replaced; at least the mean is.

    Returns:
        (b, c, h, w), some of whose pixels may be outside [0, 1].

    Raises:
        UsageError: shapes that differ, or ``beta`` outside [0, 0.5].
    """
    require(content.shape == context.shape, f"content {tuple(content.shape)} and context {tuple(context.shape)} differ")
    require(0 <= beta <= 0.5, f"beta is {beta}: choose a share in [0, 0.5]")
    height, width = content.shape[-2:]
    spectrum, other = torch.fft.rfft2(content), torch.fft.rfft2(context)
    rows = torch.fft.fftfreq(height, device=content.device).abs() * height <= int(beta * height)
    columns = torch.fft.rfftfreq(width, device=content.device) * width <= int(beta * width)
    amplitude = torch.where(rows[:, None] & columns, other.abs(), spectrum.abs())
    return torch.fft.irfft2(torch.polar(amplitude, spectrum.angle()), s=(height, width))
