"""SAMOSA's auto-encoder: a classifier's maps are drawn in a way that a context chooses (thesis section 2.3.2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from contentmix.errors import require
from contentmix.hybrids.samosa_networks import GatedDecoder, GateEncoder
from contentmix.networks import WideResNet


class Samosa(nn.Module):
    """``E_c``, ``C``, ``E_r`` and ``D`` together.

    Args:
        classifier: ``E_c`` and ``C``: images (b, c, h, w) to logits (b, heads, k), the class head first, with a ``backbone``.
        residual: a second trunk for ``E_r``.
        image_size: side in pixels, a multiple of 4.
        in_channels: of the images.

    Raises:
        UsageError: a backbone other than a wide ResNet, or a size that is no multiple of 4.
    """

    def __init__(
        self, classifier: nn.Module, residual: nn.Module, *, image_size: int = 32, in_channels: int = 3
    ) -> None:
        super().__init__()
        backbone = classifier.backbone
        require(
            isinstance(backbone, WideResNet) and isinstance(residual, WideResNet),
            f"the network is a {type(backbone).__name__}: generators of hybrids are made of wide ResNets, choose wrn-D-W",
        )
        require(
            image_size % 4 == 0, f"image_size is {image_size}: the decoder enlarges maps 4 times, choose a multiple"
        )
        assert isinstance(backbone, WideResNet)
        assert isinstance(residual, WideResNet)
        self.classifier = classifier
        self.residual = GateEncoder(residual, image_size)
        self.decoder = GatedDecoder(backbone.num_features, out_channels=in_channels)

    @property
    def backbone(self) -> WideResNet:
        """The classifier's trunk, ``E_c`` up to its last stage."""
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

    def content(self, images: Tensor) -> Tensor:
        """``z_c`` of images (b, c, h, w): maps (b, d, h / 4, w / 4)."""
        backbone = self.backbone
        maps: Tensor = backbone.stage3(backbone.stage2(backbone.stage1(backbone.conv1(images))))
        return maps

    def context(self, images: Tensor) -> Tensor:
        """``z_r`` of images (b, c, h, w): gates (b, 64)."""
        gates: Tensor = self.residual(images)
        return gates

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Images (b, c, h, w) to ``z_c`` and ``z_r``."""
        return self.content(images), self.context(images)

    def decode(self, content: Tensor, context: Tensor) -> Tensor:
        """``z_c`` and ``z_r`` to images (b, c, h, w)."""
        images: Tensor = self.decoder(content, context)
        return images

    def hybridise(self, content_images: Tensor, context_images: Tensor) -> Tensor:
        """``x_h = D(E_c(x_1), E_r(x_2))``: images (b, c, h, w) each to hybrids (b, c, h, w)."""
        return self.decode(self.content(content_images), self.context(context_images))

    def hybridise_in_class(
        self, content_images: Tensor, context_images: Tensor, labels: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Hybrids that are still of the class ``labels`` (b,), and their content parents in place of the others.

        Algorithm A.3 prints the test the other way round; the text (section 2.3.4) has it so.

        Returns:
            Images (b, c, h, w), and which of them are hybrids (b,) bool.
        """
        hybrids = self.hybridise(content_images, context_images)
        kept = self.predict(hybrids)[:, 0].argmax(1) == labels
        return torch.where(kept[:, None, None, None], hybrids, content_images), kept
