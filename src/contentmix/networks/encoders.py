"""Image encoders that are taken as they are: they describe images, and learn nothing (thesis section 5.2)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from contentmix.errors import require
from contentmix.networks.encoder_sources import source_of
from contentmix.networks.probe import probe


class FrozenEncoder(nn.Module):
    """A backbone whose features are those of an encoder that does not learn: all that learns is its linear ``head``.

    Images of any size, normalised as the data are, are resized (bilinearly) and normalised as the encoder's own. Embeddings are
    brought to the length ``sqrt(d)``, features of mean square 1, since every encoder has another scale; gradients pass through
    to the images.

    Args:
        name: ``timm/NAME`` or ``open_clip/NAME``; the weights are random ones until ``take``.
        num_classes: classes k.

    Raises:
        UsageError: an unknown encoder, or one whose library is not installed.
    """

    gain: Tensor
    offset: Tensor

    def __init__(self, name: str, num_classes: int) -> None:
        super().__init__()
        self._source = source_of(name)
        made = self._source.build()
        self.size, self._mean, self._std = made.size, made.mean, made.std
        self.encoder = made.module.requires_grad_(False).eval()
        found = probe(self.encoder, (3, self.size, self.size), f"encode images of {self.size} px")
        require(
            found.dim() == 2, f"encoder {name} makes {tuple(found.shape)} of an image: choose one that makes a vector"
        )
        self.num_features = found.shape[1]
        self.act, self.head = nn.Identity(), nn.Linear(self.num_features, num_classes)
        self.register_buffer("gain", torch.ones(3, 1, 1))
        self.register_buffer("offset", torch.zeros(3, 1, 1))

    def take(self, weights: Path | None, mean: Sequence[float], std: Sequence[float]) -> None:
        """Take the encoder's weights, of a file or those that timm has, and ``mean`` and ``std`` that images are normalised by.

        Raises:
            UsageError: the weights are not there, or are another network's.
        """
        self._source.load(self.encoder, weights)
        own_mean, own_std, given_mean, given_std = (
            torch.tensor(values).view(-1, 1, 1) for values in (self._mean, self._std, mean, std)
        )
        self.gain.copy_(given_std / own_std)
        self.offset.copy_((given_mean - own_mean) / own_std)

    def train(self, mode: bool = True) -> FrozenEncoder:
        """As of any module, but that the encoder stays in evaluation mode."""
        super().train(mode)
        self.encoder.eval()
        return self

    def forward_features(self, images: Tensor) -> Tensor:
        """Images (b, c, h, w), grey or RGB, to embeddings as maps (b, d, 1, 1)."""
        seen = images * self.gain + self.offset
        if seen.shape[-1] != self.size:
            smaller = self.size < seen.shape[-1]
            seen = functional.interpolate(
                seen, (self.size, self.size), mode="bilinear", align_corners=False, antialias=smaller
            )
        embedding = self.num_features**0.5 * functional.normalize(self.encoder(seen), dim=1)
        maps: Tensor = self.act(embedding[:, :, None, None])
        return maps

    def forward(self, images: Tensor) -> Tensor:
        """Images (b, c, h, w) to logits (b, k)."""
        logits: Tensor = self.head(self.forward_features(images).flatten(1))
        return logits
