"""The thesis's ConViT put together from timm's parts, with the weights of ours."""

from functools import partial

from timm.models.cait import LayerScaleBlockClassAttn
from timm.models.convit import Block
from torch import Tensor, nn

from contentmix.networks import PatchTransformer


class TimmConViT(nn.Module):
    """timm's GPSA blocks, then its class-attention blocks, whose LayerScale stays at 1."""

    def __init__(self, ours: PatchTransformer, depth: int, heads: int) -> None:
        super().__init__()
        dim, norm = ours.num_features, partial(nn.LayerNorm, eps=1e-6)
        self.patch_embed, self.pos_embed, self.cls_token = ours.patch_embed, ours.pos_embed, ours.cls_token
        self.blocks = nn.Sequential(*(Block(dim, heads, use_gpsa=True, norm_layer=norm) for _ in range(depth)))
        self.blocks_token_only = nn.ModuleList(
            LayerScaleBlockClassAttn(dim, heads, init_values=1.0, norm_layer=norm) for _ in range(2)
        )
        self.norm, self.head = ours.norm, ours.head
        left = self.load_state_dict(ours.state_dict(), strict=False)
        assert all("gamma" in name for name in left.missing_keys)
        assert not left.unexpected_keys

    def forward(self, images: Tensor) -> Tensor:
        tokens = self.blocks(self.patch_embed(images) + self.pos_embed)
        token = self.cls_token.expand(len(images), -1, -1)
        for block in self.blocks_token_only:
            token = block(tokens, token)
        return self.head(self.norm(token)[:, 0])
