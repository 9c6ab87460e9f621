"""Vision transformers in two parts: blocks that make features of patch tokens, and blocks that classify from them."""

from contentmix.networks.transformers.build import (
    cait,
    cait_size,
    convit,
    load_pretrained,
    patch_size_for,
)
from contentmix.networks.transformers.class_attention import ClassAttention, ClassBlock
from contentmix.networks.transformers.patch_transformer import PatchTransformer
from contentmix.networks.transformers.positional_attention import GatedPositionalSelfAttention
from contentmix.networks.transformers.talking_heads import TalkingHeadsAttention
from contentmix.networks.transformers.token_layers import token_linear
from contentmix.networks.transformers.tokens import TokenBackbone, as_token_backbone

__all__ = [
    "ClassAttention", "ClassBlock", "GatedPositionalSelfAttention", "PatchTransformer",
    "TalkingHeadsAttention", "TokenBackbone", "as_token_backbone", "cait", "cait_size", "convit", "load_pretrained",
    "patch_size_for", "token_linear",
]  # fmt: skip
