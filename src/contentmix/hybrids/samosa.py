"""SAMOSA's auto-encoder: a classifier's maps are drawn in a way that a context chooses (thesis section 2.3.2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from contentmix.errors import require
from contentmix.hybrids.hybrid_network import HybridNetwork
from contentmix.hybrids.samosa_networks import GatedDecoder, GateEncoder
from contentmix.networks import WideResNet


class Samosa(HybridNetwork):
    """``E_c``, ``C``, ``E_r`` and ``D`` together.

    Args:
        classifier: ``E_c`` and ``C``, as ``HybridNetwork``.
        residual: a second trunk for ``E_r``.
        image_size: side in pixels, a multiple of 4.
        in_channels: of the images.

    Raises:
        UsageError: a backbone other than a wide ResNet, or a size that is no multiple of 4.
    """

    def __init__(
        self, classifier: nn.Module, residual: nn.Module, *, image_size: int = 32, in_channels: int = 3
    ) -> None:
        super().__init__(classifier)
        require(
            image_size % 4 == 0,
            f"image_size is {image_size}: the decoder enlarges maps 4 times, choose a multiple of 4",
        )
        assert isinstance(residual, WideResNet)
        self.residual = GateEncoder(residual, image_size)
        # MixMatch's networks normalise both what makes maps smaller and what makes them larger (A.1.1.1).
        norm = self.backbone.shortcut_norm
        self.decoder = GatedDecoder(self.backbone.num_features, out_channels=in_channels, upsampling_norm=norm)

    def content(self, images: Tensor) -> Tensor:
        """``z_c`` of images (b, c, h, w): maps (b, d, h / 4, w / 4)."""
        backbone = self.backbone
        maps: Tensor = backbone.stage3(backbone.stage2(backbone.stage1(backbone.conv1(images))))
        return maps

    def context(self, images: Tensor) -> Tensor:
        """``z_r`` of images (b, c, h, w): gates (b, 64)."""
        gates: Tensor = self.residual(images)
        return gates

    def decode(self, content: Tensor, context: Tensor) -> Tensor:
        """``z_c`` and ``z_r`` to images (b, c, h, w)."""
        images: Tensor = self.decoder(content, context)
        return images

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
