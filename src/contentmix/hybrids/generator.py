"""What every generator of hybrids can do."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from torch import Tensor


@runtime_checkable
class InClassGenerator(Protocol):
    """Takes images apart into content and context, and puts content into other contexts; images are normalised."""

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Images (b, c, h, w) to their contents z_c (b, ...) and contexts z_r (b, ...)."""
        ...

    def context(self, images: Tensor) -> Tensor:
        """Images (b, c, h, w) to their contexts z_r (b, ...) alone."""
        ...

    def decode(self, content: Tensor, context: Tensor) -> Tensor:
        """Contents and contexts to images (b, c, h, w)."""
        ...

    def hybridise(self, content_images: Tensor, context_images: Tensor) -> Tensor:
        """Images (b, c, h, w) each to hybrids (b, c, h, w): the objects of the first in the contexts of the second."""
        ...

    def predict(self, images: Tensor) -> Tensor:
        """Images (b, c, h, w) to the logits (b, 1, k) of the generator's own classifier."""
        ...
