"""Manifold MixUp: MixUp of the input or of hidden features, at a random depth (Verma et al. 2019; sec. 1.2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from contentmix.batch import Mixture
from contentmix.errors import UsageError, require
from contentmix.mixing.apply import mix_images, mix_targets, soft_targets
from contentmix.mixing.image_mix import check_batch, global_generator
from contentmix.mixing.mixer import Mixer, happens
from contentmix.mixing.partners import permuted_partners
from contentmix.mixing.ratios import Dirichlet


@contextmanager
def mix_at(module: nn.Module, mixture: Mixture) -> Iterator[None]:
    """While the context lasts, mix whatever feature map (b, c, h, w) ``module`` returns."""

    def hook(_module: nn.Module, _inputs: Any, output: Tensor) -> Tensor:
        return mix_images(output, mixture)

    handle = module.register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()


@dataclass(frozen=True)
class ManifoldMixUp:
    """Runs a network with MixUp at its input or after one of its ``mixing_points()``, drawn per batch.

    Args:
        num_classes: classes k.
        alpha: Beta concentration (paper: 2 on CIFAR).
        prob: probability for a batch to be mixed.
        per_batch: one ratio for the whole batch, as in the paper, instead of one per sample.
        smoothing: label smoothing of the hard labels.
    """

    num_classes: int
    alpha: float = 2.0
    prob: float = 1.0
    per_batch: bool = False
    smoothing: float = 0.0

    def __post_init__(self) -> None:
        require(self.alpha > 0, f"alpha is {self.alpha}: the concentration of a Beta or Dirichlet law is positive")
        require(0 <= self.prob <= 1, f"prob is {self.prob}: a probability is in [0, 1]")

    def __call__(
        self, network: nn.Module, images: Tensor, labels: Tensor, *, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """The network's output for mixed ``images`` (b, c, h, w), and soft targets (b, k).

        Raises:
            UsageError: ``network`` has no ``mixing_points``, or the batch does not fit.
        """
        if not hasattr(network, "mixing_points"):
            raise UsageError(
                f"{type(network).__name__} has no mixing_points(): Manifold MixUp needs a network that names them"
            )
        check_batch(images, labels)
        targets = soft_targets(labels, self.num_classes, self.smoothing)
        generator = generator or global_generator()
        if not happens(self.prob, generator):
            return network(images), targets
        points: list[nn.Module] = network.mixing_points()  # type: ignore[operator]
        depth = int(torch.randint(len(points) + 1, (), generator=generator, device=generator.device))
        mixture = Mixer(Dirichlet(self.alpha, self.per_batch)).draw(
            len(images), 2, (1, 1), generator, device=images.device
        )
        mixture = replace(mixture, partners=permuted_partners(len(images), 2, generator, images.device))
        targets = mix_targets(targets, mixture)
        if depth == 0:
            return network(mix_images(images, mixture)), targets
        with mix_at(points[depth - 1], mixture):
            return network(images), targets
