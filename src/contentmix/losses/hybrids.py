"""What trains a generator of hybrids, and a classifier on them (thesis sections 2.3.3, 2.4)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from contentmix.errors import require


def sample_distance(values: Tensor, targets: Tensor) -> Tensor:
    """``|v - t|_2`` of each sample: (b, ...) and (b, ...) to (b,) (eq. 2.8, 2.11, 2.12).

    The norm, not its square and not a mean over entries: so reconstruction holds its own against a critic. Where both are equal
    its gradient is 0.
    """
    require(
        values.shape == targets.shape,
        f"values {tuple(values.shape)} and targets {tuple(targets.shape)} differ: a distance is between equals",
    )
    return torch.linalg.vector_norm((values - targets).flatten(1), dim=1)


def generator_loss(critic_logits: Tensor) -> Tensor:
    """``-log D(x)``: logits (b,) of made images to (b,), which falls as they look real (eq. 2.8)."""
    return functional.softplus(-critic_logits)


def critic_loss(real_logits: Tensor, made_logits: Tensor) -> Tensor:
    """``-log D(x)`` of real images plus ``-log(1 - D(x))`` of made ones, each a mean: logits (b,) and (b',) to a scalar."""
    return functional.softplus(-real_logits).mean() + functional.softplus(made_logits).mean()


def gradient_penalty(critic: nn.Module, images: Tensor, weight: float) -> Tensor:
    """R1: ``weight / 2 |grad_x D(x)|^2``, the mean over real images (b, c, h, w) (Mescheder et al. 2018), in single precision."""
    seen = images.detach().float().requires_grad_()
    with torch.autocast(images.device.type, enabled=False):
        (slope,) = torch.autograd.grad(critic(seen).sum(), seen, create_graph=True)
    return weight / 2 * slope.square().sum((1, 2, 3)).mean()


def contradict_loss(logits: Tensor, content: Tensor, context: Tensor, alpha: float | Tensor = 0.9) -> Tensor:
    """``mean_k (f(x_h) - alpha f(x_c) - (1 - alpha) f(x_r))^2`` (eq. 2.13): (b, k) each to (b,).

    Args:
        logits: of hybrids.
        content: of the parents whose object they show, a target: it gets no gradient.
        context: of the parents whose surroundings they show, likewise.
        alpha: share of the content parent, above 0.5 (default: this package's, the thesis gives none); or (b,) shares of any size
            for mixtures, whose parents both show.
    """
    if isinstance(alpha, Tensor):
        alpha = alpha[:, None]
    else:
        require(
            0.5 < alpha <= 1, f"alpha is {alpha}: hybrids are mostly of their content parent's class, choose (0.5, 1]"
        )
    target = alpha * content.detach() + (1 - alpha) * context.detach()
    return (logits - target).square().mean(-1)
