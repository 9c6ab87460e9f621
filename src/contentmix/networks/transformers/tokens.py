"""What a transformer must offer for its tokens to be mixed: four steps from images to the features of a class."""

from __future__ import annotations

from typing import Protocol, cast, runtime_checkable

from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

from contentmix.errors import UsageError, require
from contentmix.networks.transformers.plain_vit import PlainViT


@runtime_checkable
class TokenBackbone(Protocol):
    """A vision transformer in steps: ``classify(features(embed(images)))``.

    Attributes:
        num_features: channels d of a token.
        prefix: tokens at the front of every sequence that are no patches.
    """

    num_features: int
    prefix: int

    def grid(self, size: tuple[int, int]) -> tuple[int, int]:
        """(rows, columns) of the patches of images (h, w); a ``UsageError`` where they do not fit."""
        ...

    def embed(self, images: Tensor) -> Tensor:
        """Images (b, c, h, w) to tokens (b, prefix + n, d), positions added."""
        ...

    def features(self, tokens: Tensor, copies: int = 1) -> Tensor:
        """The feature blocks: tokens to tokens of the same shape, as if every patch stood there ``copies`` times."""
        ...

    def classify(self, tokens: Tensor) -> Tensor:
        """The classifier's blocks: tokens to the features (b, d) of the class."""
        ...


def as_token_backbone(backbone: nn.Module, class_blocks: int | None = None) -> TokenBackbone:
    """``backbone`` in steps; its classifier must have been removed.

    Args:
        backbone: a transformer of this package, or a plain ViT of timm.
        class_blocks: how many of a plain ViT's last blocks classify (default: 2).

    Raises:
        UsageError: a network without patch tokens, or ``class_blocks`` for one whose classifier has blocks of its own.
    """
    if isinstance(backbone, VisionTransformer):
        return cast(TokenBackbone, PlainViT(backbone, 2 if class_blocks is None else class_blocks))
    if not isinstance(backbone, TokenBackbone):
        raise UsageError(
            f"{type(backbone).__name__} has no patch tokens: choose convit, cait-xxs-24, cait-xs-24 or a plain ViT of timm, "
            "such as timm/vit_tiny_patch16_224"
        )
    require(
        class_blocks is None,
        f"class_blocks is {class_blocks}, but {type(backbone).__name__} has class-attention blocks: leave it out",
    )
    return backbone
