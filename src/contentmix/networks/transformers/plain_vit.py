"""timm's plain vision transformers in steps."""

from __future__ import annotations

import math
from typing import cast

from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

from contentmix.errors import require


class PlainViT(nn.Module):
    """Any plain ViT of timm, whose last blocks become the classifier.

    Its class token, and registers where it has some, run through the feature blocks too, in front of the patches: so the
    network computes what timm's does, and pretrained weights serve.

    Args:
        vit: taken over; its classifier must have been removed.
        class_blocks: how many of its last blocks classify.
    """

    def __init__(self, vit: VisionTransformer, class_blocks: int = 2) -> None:
        super().__init__()
        blocks = cast(nn.Sequential, vit.blocks)
        require(
            0 < class_blocks < len(blocks),
            f"class_blocks is {class_blocks}: choose 1 to {len(blocks) - 1}, of the network's {len(blocks)} blocks",
        )
        self.vit, self.first_class_block = vit, len(blocks) - class_blocks
        self.num_features, self.prefix = int(vit.num_features), int(vit.num_prefix_tokens)

    def grid(self, size: tuple[int, int]) -> tuple[int, int]:
        """(rows, columns) of the patches of images (h, w)."""
        rows, columns = self.vit.patch_embed.dynamic_feat_size(size)
        return int(rows), int(columns)

    def embed(self, images: Tensor) -> Tensor:
        """Images (b, c, h, w) to tokens (b, prefix + n, d)."""
        tokens: Tensor = self.vit.norm_pre(self.vit._pos_embed(self.vit.patch_embed(images)))
        return tokens

    def features(self, tokens: Tensor, copies: int = 1) -> Tensor:
        """All blocks but the last, as if every patch stood there ``copies`` times beside one prefix.

        ``copies`` equal keys weigh in a softmax as much as one whose score is ``log(copies)`` higher.
        """
        blocks = cast(nn.Sequential, self.vit.blocks)[: self.first_class_block]
        if copies == 1 or not self.prefix:
            found: Tensor = blocks(tokens)
            return found
        count = tokens.shape[1]
        scores = tokens.new_full((count, count), math.log(copies))
        scores[:, : self.prefix] = 0
        for block in blocks:
            tokens = block(tokens, attn_mask=scores)
        return tokens

    def classify(self, tokens: Tensor) -> Tensor:
        """The last blocks, and the pooling of the network's own."""
        blocks = cast(nn.Sequential, self.vit.blocks)
        tokens = self.vit.norm(blocks[self.first_class_block :](tokens))
        found: Tensor = self.vit.forward_head(tokens, pre_logits=True)
        return found
