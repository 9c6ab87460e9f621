"""SciMix's auto-encoder: a classifier's features as style, a context as input (thesis section 2.4.1)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from contentmix.errors import require
from contentmix.hybrids.scimix_networks import (
    CRITIC_CHANNELS,
    GENERATOR_CHANNELS,
    Critic,
    ResidualEncoder,
    StyleGenerator,
)
from contentmix.networks import WideResNet

_THESIS_DIM = 128  # features of WRN-28-2


def _scaled(channels: tuple[int, ...], dim: int) -> tuple[int, ...]:
    return tuple(max(1, count * dim // _THESIS_DIM) for count in channels)


class SciMix(nn.Module):
    """``E_c``, ``C``, ``E_r``, ``G`` and ``D`` together: two images to a hybrid, the object of one in the context of the other.

    Generator and critic have the channels of tables A.10 and A.11 with the thesis's WRN-28-2, in proportion with others.

    Args:
        guide: the classifier ``E_c`` and ``C``: images (b, c, h, w) to logits (b, heads, k), the class head first, with a
            ``backbone`` that ends in pooled features or in its own ``head``.
        residual: a second trunk for ``E_r``.
        image_size: side in pixels, a multiple of 16.
        in_channels: of the images.
        context_channels: of z_r (thesis: 8): few enough that the class does not fit in.
        flipped: the context is the style, the features of the classifier the input (table A.14, "structural z_c").

    Raises:
        UsageError: a backbone other than a wide ResNet.
    """

    def __init__(
        self,
        guide: nn.Module,
        residual: nn.Module,
        *,
        image_size: int = 32,
        in_channels: int = 3,
        context_channels: int = 8,
        flipped: bool = False,
    ) -> None:
        super().__init__()
        backbone = guide.backbone
        require(
            isinstance(backbone, WideResNet) and isinstance(residual, WideResNet),
            f"the network is a {type(backbone).__name__}: generators of hybrids are made of wide ResNets, choose wrn-D-W",
        )
        assert isinstance(backbone, WideResNet)
        assert isinstance(residual, WideResNet)
        require(context_channels >= 1, f"context_channels is {context_channels}: it must be 1 or more")
        self.guide, self.flipped = guide, flipped
        dim = backbone.num_features
        self.residual = ResidualEncoder(residual, dim if flipped else context_channels)
        self.generator = StyleGenerator(
            dim if flipped else context_channels, dim, in_channels, _scaled(GENERATOR_CHANNELS, dim)
        )
        self.critic = Critic(image_size, in_channels, _scaled(CRITIC_CHANNELS, dim))

    @property
    def backbone(self) -> WideResNet:
        """The classifier's trunk, ``E_c``."""
        backbone = self.guide.backbone
        assert isinstance(backbone, WideResNet)
        return backbone

    def forward(self, images: Tensor) -> Tensor:
        """Images (b, c, h, w) to the guide's logits (b, heads, k)."""
        logits: Tensor = self.guide(images)
        return logits

    def predict(self, images: Tensor) -> Tensor:
        """Images (b, c, h, w) to the guide's prediction (b, 1, k)."""
        logits: Tensor = self.guide.predict(images)  # type: ignore[operator]
        return logits

    def content(self, features: Tensor) -> Tensor:
        """``z_c`` of the guide's last maps (b, d, h / 4, w / 4): their mean (b, d), or themselves where roles are flipped."""
        return features if self.flipped else features.mean((-2, -1))

    def context(self, images: Tensor) -> Tensor:
        """``z_r`` of images (b, c, h, w): (b, context_channels, h / 4, w / 4), or (b, d) where roles are flipped."""
        maps: Tensor = self.residual(images)
        return maps.mean((-2, -1)) if self.flipped else maps

    def classify(self, content: Tensor) -> Tensor:
        """Logits (b, k) of the class head for ``z_c``."""
        pooled = content.mean((-2, -1)) if self.flipped else content
        heads = getattr(self.guide, "heads", None)
        logits: Tensor = self.backbone.head(pooled) if heads is None else heads(pooled)[:, 0]
        return logits

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Images (b, c, h, w) to ``z_c`` and ``z_r``."""
        return self.content(self.backbone.forward_features(images)), self.context(images)

    def decode(self, content: Tensor, context: Tensor) -> Tensor:
        """``z_c`` and ``z_r`` to images (b, c, h, w)."""
        images: Tensor = self.generator(context, content) if self.flipped else self.generator(content, context)
        return images

    def hybridise(self, content_images: Tensor, context_images: Tensor) -> Tensor:
        """``x_h = G(E_c(x_1), E_r(x_2))`` (algorithm A.4): images (b, c, h, w) each to hybrids (b, c, h, w)."""
        content = self.content(self.backbone.forward_features(content_images))
        return self.decode(content, self.context(context_images))

    def criticise(self, *images: Tensor) -> tuple[Tensor, ...]:
        """``D`` of several batches (b_i, c, h, w), seen at once: logits (b_i,) of each."""
        logits: Tensor = self.critic(torch.cat(images))
        return logits.split([len(group) for group in images])
