"""What the generators of hybrids have in common: a classifier, whose trunk sees the content."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn

from contentmix.errors import require
from contentmix.networks import WideResNet


class HybridNetwork(nn.Module, ABC):
    """A classifier with a generator beside it, which takes its features as content: an ``InClassGenerator``.

    Args:
        classifier: ``E_c`` and ``C``: images (b, c, h, w) to logits (b, heads, k), the class head first, with a ``backbone``.
        trunks: what that may be.

    Raises:
        UsageError: it is something else.
    """

    def __init__(self, classifier: nn.Module, trunks: tuple[type[nn.Module], ...] = (WideResNet,)) -> None:
        super().__init__()
        name = type(classifier.backbone).__name__
        require(
            isinstance(classifier.backbone, trunks),
            f"the network is a {name}: generators of hybrids are made of wide ResNets, choose wrn-D-W",
        )
        self.classifier = classifier

    @property
    def backbone(self) -> WideResNet:
        """The classifier's trunk."""
        backbone = self.classifier.backbone
        assert isinstance(backbone, WideResNet)
        return backbone

    def forward(self, images: Tensor) -> Tensor:
        """Images (b, c, h, w) to the classifier's logits (b, heads, k)."""
        logits: Tensor = self.classifier(images)
        return logits

    def predict(self, images: Tensor) -> Tensor:
        """Images (b, c, h, w) to the classifier's prediction (b, 1, k)."""
        logits: Tensor = self.classifier.predict(images)  # type: ignore[operator]
        return logits

    @abstractmethod
    def content(self, images: Tensor) -> Tensor:
        """``z_c`` of images (b, c, h, w)."""

    @abstractmethod
    def context(self, images: Tensor) -> Tensor:
        """``z_r`` of images (b, c, h, w)."""

    @abstractmethod
    def decode(self, content: Tensor, context: Tensor) -> Tensor:
        """``z_c`` and ``z_r`` to images (b, c, h, w)."""

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Images (b, c, h, w) to ``z_c`` and ``z_r``."""
        return self.content(images), self.context(images)

    def hybridise(self, content_images: Tensor, context_images: Tensor) -> Tensor:
        """``x_h = G(E_c(x_1), E_r(x_2))`` (algorithms A.3, A.4): images (b, c, h, w) each to hybrids (b, c, h, w)."""
        return self.decode(self.content(content_images), self.context(context_images))
