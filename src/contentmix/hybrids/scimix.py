"""SciMix's auto-encoder: a classifier's features as style, a context as input (thesis section 2.4.1)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from contentmix.errors import require
from contentmix.hybrids.hybrid_network import HybridNetwork
from contentmix.hybrids.scimix_networks import (
    CRITIC_CHANNELS,
    Critic,
    ResidualEncoder,
    StyleGenerator,
)
from contentmix.networks import FrozenEncoder, WideResNet

_THESIS_DIM = 128  # features of WRN-28-2


class SciMix(HybridNetwork):
    """``E_c``, ``C``, ``E_r``, ``G`` and ``D`` together: two images to a hybrid, the object of one in the context of the other.

    The generator has the channels of table A.10 whatever the trunk, since what it draws is no smaller; the critic has those of
    table A.11 with the thesis's WRN-28-2, in proportion with others.

    Args:
        classifier: the guide, ``E_c`` and ``C``, as ``HybridNetwork``: with ``heads`` of its own, or its backbone's ``head``; its
            backbone may be a ``FrozenEncoder``.
        residual: a second trunk for ``E_r``.
        image_size: side in pixels, a multiple of 16.
        in_channels: of the images.
        context_channels: of z_r (thesis: 8): few enough that the class does not fit in.
        flipped: the context is the style, the features of the classifier the input (table A.14, "structural z_c").

    Raises:
        UsageError: a backbone other than a wide ResNet or an encoder.
    """

    def __init__(
        self,
        classifier: nn.Module,
        residual: nn.Module,
        *,
        image_size: int = 32,
        in_channels: int = 3,
        context_channels: int = 8,
        flipped: bool = False,
    ) -> None:
        super().__init__(classifier, (WideResNet, FrozenEncoder))
        assert isinstance(residual, WideResNet)
        require(context_channels >= 1, f"context_channels is {context_channels}: it must be 1 or more")
        self.flipped, dim = flipped, self.trunk.num_features
        scaled = tuple(max(1, count * residual.num_features // _THESIS_DIM) for count in CRITIC_CHANNELS)
        self.residual = ResidualEncoder(residual, dim if flipped else context_channels)
        self.generator = StyleGenerator(dim if flipped else context_channels, dim, in_channels)
        self.critic = Critic(image_size, in_channels, scaled)

    @property
    def trunk(self) -> WideResNet | FrozenEncoder:
        """``E_c``: the classifier's trunk."""
        trunk = self.classifier.backbone
        assert isinstance(trunk, WideResNet | FrozenEncoder)
        return trunk

    def content(self, images: Tensor) -> Tensor:
        """``z_c`` of images (b, c, h, w): see ``content_of``."""
        return self.content_of(self.trunk.forward_features(images))

    def content_of(self, maps: Tensor) -> Tensor:
        """``z_c`` of the guide's last maps (b, d, h / 4, w / 4): their mean (b, d), or themselves where roles are flipped."""
        return maps if self.flipped else maps.mean((-2, -1))

    def context(self, images: Tensor) -> Tensor:
        """``z_r`` of images (b, c, h, w): (b, context_channels, h / 4, w / 4), or (b, d) where roles are flipped."""
        maps: Tensor = self.residual(images)
        return maps.mean((-2, -1)) if self.flipped else maps

    def classify(self, content: Tensor) -> Tensor:
        """Logits (b, k) of the class head for ``z_c``."""
        pooled = content.mean((-2, -1)) if self.flipped else content
        heads = getattr(self.classifier, "heads", None)
        logits: Tensor = self.trunk.head(pooled) if heads is None else heads(pooled)[:, 0]
        return logits

    def judge(self, content: Tensor) -> tuple[Tensor, Tensor]:
        """What the guide says of ``z_c``: logits (b, k), and what it is held against that of others by.

        That is the logits of a classifier, and the direction of an encoder's embedding (b, d): the distance of two is
        ``(2 - 2 cos)^(1/2)`` of the cosine between the embeddings, which says more of images than their class (section 5.2).
        """
        logits = self.classify(content).float()
        encodes = isinstance(self.trunk, FrozenEncoder)
        return logits, functional.normalize(content.float(), dim=1) if encodes else logits

    def decode(self, content: Tensor, context: Tensor) -> Tensor:
        """``z_c`` and ``z_r`` to images (b, c, h, w)."""
        images: Tensor = self.generator(context, content) if self.flipped else self.generator(content, context)
        return images

    def criticise(self, *images: Tensor) -> tuple[Tensor, ...]:
        """``D`` of several batches (b_i, c, h, w), seen at once: logits (b_i,) of each."""
        logits: Tensor = self.critic(torch.cat(images))
        return logits.split([len(group) for group in images])
