"""AdaIN's auto-encoder on a classifier's own features: what texture transfer makes of two images (eq. 2.5, table 2.5)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from contentmix.hybrids.hybrid_network import HybridNetwork
from contentmix.hybrids.style_transfer import moments, restyle


class AdaINAutoEncoder(HybridNetwork):
    """A decoder of a classifier's maps, whose means and deviations are those of another image.

    The paper's encoder is trained on ImageNet; here it is the trunk of a classifier of the set itself, up to its second stage.

    Args:
        classifier: as ``HybridNetwork``.
        in_channels: of the images.

    Raises:
        UsageError: a backbone other than a wide ResNet.
    """

    def __init__(self, classifier: nn.Module, *, in_channels: int = 3) -> None:
        super().__init__(classifier)
        channels = self.backbone.num_features // 2
        self.decoder = nn.Sequential(
            *_convolution(channels, channels),
            *_convolution(channels, channels),
            nn.Upsample(scale_factor=2),
            *_convolution(channels, channels),
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, in_channels, 3),
        )

    def layers(self, images: Tensor) -> list[Tensor]:
        """Maps of the first convolution and of the first two stages; the last are the bottleneck (b, d / 2, h / 2, w / 2)."""
        backbone, found = self.backbone, []
        for layer in (backbone.conv1, backbone.stage1, backbone.stage2):
            images = layer(images)
            found.append(images)
        return found

    def context(self, images: Tensor) -> Tensor:
        """Means and deviations of the bottleneck for images (b, c, h, w): (b, d)."""
        return torch.cat(moments(self.layers(images)[-1]), 1)

    def content(self, images: Tensor) -> Tensor:
        """The bottleneck of images (b, c, h, w): (b, d / 2, h / 2, w / 2)."""
        return self.layers(images)[-1]

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Images (b, c, h, w) to their bottleneck and its moments, of one pass."""
        maps = self.content(images)
        return maps, torch.cat(moments(maps), 1)

    def decode(self, content: Tensor, context: Tensor) -> Tensor:
        """Bottlenecks and moments to images (b, c, h, w)."""
        images: Tensor = self.decoder(restyle(content, *context.chunk(2, 1)))
        return images


def _convolution(channels_in: int, channels: int) -> list[nn.Module]:
    return [nn.ReflectionPad2d(1), nn.Conv2d(channels_in, channels, 3), nn.ReLU(inplace=True)]
