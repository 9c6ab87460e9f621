"""A trained generator as an augmentation in any training loop."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from contentmix.devices import sent
from contentmix.errors import require
from contentmix.hybrids.generator import InClassGenerator


class HybridAugmentation:
    """Images put into the contexts of others of their batch: their labels stay.

    Args:
        generator: trained, as ``load_generator`` returns it; it is brought into evaluation mode and trains no further.
        inputs: what it was trained on, to be compared with what it is used on.
    """

    def __init__(self, generator: InClassGenerator, inputs: object = None) -> None:
        assert isinstance(generator, nn.Module)
        self.inputs = inputs
        generator.eval().requires_grad_(False)
        self.generator: InClassGenerator = generator
        self._module: nn.Module = generator

    def to(self, device: torch.device) -> HybridAugmentation:
        """Itself, with the generator on ``device``; left out, the first images bring it to theirs."""
        self._module.to(device)
        return self

    def __call__(
        self, images: Tensor, labels: Tensor, *, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """Images (b, c, h, w), normalised as the generator's, and their labels to hybrids (b, c, h, w) and the same labels.

        Args:
            images: of content and, in another order, of context.
            labels: returned as they are.
            generator: of the order (default: torch's global state).
        """
        device = "cpu" if generator is None else generator.device
        order = torch.randperm(len(images), generator=generator, device=device)
        return self.batches(images, order[None])[0], labels

    @torch.no_grad()
    def batches(self, images: Tensor, orders: Tensor) -> Tensor:
        """Several batches of hybrids of the same images, each of which is encoded once.

        Args:
            images: (b, c, h, w).
            orders: (n, b') int64 with b' <= b, whose contexts the first b' images get in each batch.

        Returns:
            (n, b', c, h, w).
        """
        require(len(images) >= 2, f"the batch has {len(images)} images: hybrids have two parents, choose 2 or more")
        weight = next(self._module.parameters(), None)
        if weight is not None and weight.device != images.device:
            self.to(images.device)
        content, context = self.generator.encode(images)
        given = content[: orders.shape[1]]
        again = given.expand(len(orders), *given.shape).flatten(0, 1)
        hybrids: Tensor = self.generator.decode(again, context[sent(orders.flatten(), images.device)])
        return hybrids.unflatten(0, orders.shape)
