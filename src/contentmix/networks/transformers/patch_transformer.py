"""ConViT and CaiT as the thesis trains them: self-attention blocks over patches, then class-attention blocks."""

from __future__ import annotations

from collections.abc import Callable

import torch
from timm.layers import DropPath, PatchEmbed, trunc_normal_
from timm.models.cait import Cait
from torch import Tensor, nn
from torch.nn import functional

from contentmix.errors import require
from contentmix.networks.initialise import Law, new_classifier, pytorch_default
from contentmix.networks.transformers.class_attention import ClassBlock, learned_scale, scaled
from contentmix.networks.transformers.positional_attention import GatedPositionalSelfAttention
from contentmix.networks.transformers.token_layers import TokenPerceptron


class Block(nn.Module):
    """Self-attention, then a perceptron, each normalised before and added.

    Args:
        dim: channels d of a token.
        attention: tokens (b, n, d) and copies of each to (b, n, d).
        layer_scale: initial factor of both updates, learned per channel (CaiT: 1e-5); None has none.
        drop_path: probability to skip an update in training.
    """

    def __init__(
        self, dim: int, attention: nn.Module, *, layer_scale: float | None = None, drop_path: float = 0.0
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = attention
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = TokenPerceptron(dim, 4 * dim)
        self.drop_path = DropPath(drop_path)
        self.gamma_1, self.gamma_2 = learned_scale(dim, layer_scale), learned_scale(dim, layer_scale)

    def forward(self, tokens: Tensor, copies: int = 1) -> Tensor:
        """Tokens (b, n, d) to (b, n, d), as if each stood there ``copies`` times."""
        tokens = tokens + self.drop_path(scaled(self.attn(self.norm1(tokens), copies), self.gamma_1))
        return tokens + self.drop_path(scaled(self.mlp(self.norm2(tokens)), self.gamma_2))


class PatchTransformer(nn.Module):
    """Patches to tokens, L self-attention blocks, then class-attention blocks and a linear classifier.

    Parameters are named as those of timm's CaiT.

    Args:
        attention: makes the self-attention of one block from (dim, heads, grid).
        image_size: side of the images in pixels.
        patch_size: side of a patch, which divides it.
        in_channels: of the images.
        num_classes: classes k; 0 returns features.
        dim: channels d of a token.
        depth: self-attention blocks L.
        heads: of every attention.
        class_depth: class-attention blocks.
        layer_scale: as in ``Block``.
        bias: of queries, keys and values in class-attention.
        drop_path: probability to skip an update of a self-attention block in training, the same in all (CaiT).
    """

    prefix = 0
    group_matcher = Cait.group_matcher  # layers by the names of parameters, for rates that differ between them

    def __init__(
        self,
        attention: Callable[[int, int, tuple[int, int]], nn.Module],
        *,
        image_size: int,
        patch_size: int,
        in_channels: int,
        num_classes: int,
        dim: int,
        depth: int,
        heads: int,
        class_depth: int = 2,
        layer_scale: float | None = None,
        bias: bool = True,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        require(dim % heads == 0, f"dim is {dim} and heads {heads}: the heads share the channels of a token equally")
        require(
            image_size % patch_size == 0,
            f"image_size is {image_size} and patches are {patch_size} px wide: choose a multiple, such as "
            f"{-(-image_size // patch_size) * patch_size}",
        )
        self.num_features, self.image_size = dim, (image_size, image_size)
        self.patch_embed = PatchEmbed(image_size, patch_size, in_channels, dim)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, self.patch_embed.num_patches, dim))
        grid = self.grid((image_size, image_size))
        self.blocks = nn.Sequential(
            *(
                Block(dim, attention(dim, heads, grid), layer_scale=layer_scale, drop_path=drop_path)
                for _ in range(depth)
            )
        )
        self.blocks_token_only = nn.ModuleList(
            ClassBlock(dim, heads, layer_scale=layer_scale, bias=bias) for _ in range(class_depth)
        )
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.law: Law = _initialise
        self.head: nn.Module = nn.Identity()
        self.feature_info = [{"module": f"blocks.{i}"} for i in range(depth)]
        self.apply(self.law)
        self.reset_classifier(num_classes)
        trunc_normal_(self.pos_embed, std=0.02)
        trunc_normal_(self.cls_token, std=0.02)

    def grid(self, size: tuple[int, int]) -> tuple[int, int]:
        """(rows, columns) of the patches of images (h, w)."""
        require(size == self.image_size, f"images are {size} px: this transformer was made for {self.image_size}")
        rows, columns = self.patch_embed.grid_size
        return int(rows), int(columns)

    def no_weight_decay(self) -> set[str]:
        """Parameters that are not decayed, beside biases and normalisation (as in timm)."""
        return {"pos_embed", "cls_token"}

    def reset_classifier(self, num_classes: int) -> None:
        """Another linear classifier; with 0 classes the network returns features (b, d)."""
        self.head = new_classifier(self.num_features, num_classes, self.law)

    def get_classifier(self) -> nn.Module:
        """The linear classifier."""
        return self.head

    def embed(self, images: Tensor) -> Tensor:
        """Images (b, c, h, w), or their patches encoded (b, d, rows, columns) if the convolution was taken out, to tokens."""
        encoded = self.patch_embed.proj(images)
        require(
            tuple(encoded.shape[-2:]) == self.patch_embed.grid_size,
            f"{encoded.shape[-2]} x {encoded.shape[-1]} patches: this transformer was made for images of "
            f"{self.image_size} px, {self.patch_embed.grid_size} patches",
        )
        tokens: Tensor = encoded.flatten(2).transpose(1, 2) + self.pos_embed
        return tokens

    def features(self, tokens: Tensor, copies: int = 1) -> Tensor:
        """The self-attention blocks: (b, n, d) to (b, n, d), as if every token stood there ``copies`` times."""
        for block in self.blocks:
            tokens = block(tokens, copies)
        return tokens

    def classify(self, tokens: Tensor) -> Tensor:
        """The class-attention blocks: tokens (b, n, d) to the features (b, d) of the class token."""
        # What the blocks' normalisations have in common is computed once.
        normalised = functional.layer_norm(tokens, tokens.shape[-1:], eps=self.norm.eps)
        token = self.cls_token[:, 0].expand(tokens.shape[0], -1)
        for block in self.blocks_token_only:
            token = block(token, normalised)
        found: Tensor = self.norm(token)
        return found

    def forward(self, images: Tensor) -> Tensor:
        """Images (b, c, h, w) to logits (b, k)."""
        logits: Tensor = self.head(self.classify(self.features(self.embed(images))))
        return logits


def _initialise(module: nn.Module) -> None:
    """Truncated Gaussians of deviation 0.02, GPSA as a convolution (CaiT, ConViT), and patch embeddings as PyTorch has them."""
    if isinstance(module, nn.Conv2d):
        pytorch_default(module)
    elif isinstance(module, nn.Linear):
        trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, GatedPositionalSelfAttention):  # ``apply`` comes to it after its own layers
        module.initialise()
