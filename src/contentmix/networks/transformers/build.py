"""The thesis's transformers by name (sec. 4.4, A.1.5)."""

from __future__ import annotations

from typing import Any

from contentmix.errors import UsageError, require
from contentmix.networks.pretrained import pretrained_timm
from contentmix.networks.transformers.patch_transformer import PatchTransformer
from contentmix.networks.transformers.positional_attention import GatedPositionalSelfAttention
from contentmix.networks.transformers.talking_heads import TalkingHeadsAttention

_CAIT = {"xxs": (192, 4), "xs": (288, 6), "s": (384, 8)}  # channels, heads (Touvron et al. 2021, table 3)
_SCALES = {("xxs", 36): 1e-5}  # LayerScale at first, where the published network does not follow its depth


def patch_size_for(image_size: int) -> int:
    """Pixels of a patch: 4 up to 32 px, 8 up to 64, 16 above (A.1.5), and 2 on images of less than 16."""
    return next((patch for limit, patch in ((15, 2), (32, 4), (64, 8)) if image_size <= limit), 16)


def convit(
    num_classes: int,
    *,
    image_size: int = 32,
    in_channels: int = 3,
    dim: int = 384,
    depth: int = 5,
    heads: int = 12,
    patch_size: int | None = None,
    drop_path: float = 0.0,
) -> PatchTransformer:
    """The variant of ConViT (d'Ascoli et al. 2021) of sec. 4.3.1: GPSA blocks, then two class-attention blocks.

    Args:
        num_classes: classes k.
        image_size: side in pixels.
        in_channels: of the images.
        dim: channels d of a token.
        depth: GPSA blocks.
        heads: of every attention.
        patch_size: side of a patch (default: ``patch_size_for``).
        drop_path: stochastic depth.
    """
    return PatchTransformer(
        GatedPositionalSelfAttention,
        image_size=image_size,
        patch_size=patch_size or patch_size_for(image_size),
        in_channels=in_channels,
        num_classes=num_classes,
        dim=dim,
        depth=depth,
        heads=heads,
        bias=False,
        drop_path=drop_path,
    )


def cait(
    num_classes: int,
    *,
    dim: int = 192,
    depth: int = 24,
    heads: int = 4,
    image_size: int = 32,
    in_channels: int = 3,
    patch_size: int | None = None,
    drop_path: float = 0.0,
    layer_scale: float | None = None,
) -> PatchTransformer:
    """CaiT (Touvron et al. 2021): talking heads, two class-attention blocks, LayerScale; XXS-24 by default.

    Args:
        num_classes: classes k.
        dim: channels d of a token.
        depth: self-attention blocks.
        heads: of every attention.
        image_size: side in pixels.
        in_channels: of the images.
        patch_size: side of a patch (default: ``patch_size_for``).
        drop_path: stochastic depth (thesis: 0.05).
        layer_scale: LayerScale at first (default: 1e-5 up to 24 blocks, 1e-6 above).
    """
    return PatchTransformer(
        lambda dim, heads, _: TalkingHeadsAttention(dim, heads),
        image_size=image_size,
        patch_size=patch_size or patch_size_for(image_size),
        in_channels=in_channels,
        num_classes=num_classes,
        dim=dim,
        depth=depth,
        heads=heads,
        layer_scale=layer_scale or (1e-5 if depth <= 24 else 1e-6),
        drop_path=drop_path,
    )


def cait_size(size: str, depth: int) -> dict[str, Any]:
    """Channels, depth, heads and LayerScale of a published CaiT, as arguments of ``cait``.

    Raises:
        UsageError: a size or depth that it does not have.
    """
    require(size in _CAIT and depth in (24, 36), f"cait-{size}-{depth} is unknown: choose xxs, xs or s, and 24 or 36")
    dim, heads = _CAIT[size]
    return {"dim": dim, "depth": depth, "heads": heads, "layer_scale": _SCALES.get((size, depth))}


def load_pretrained(network: PatchTransformer, size: str, depth: int, in_channels: int) -> None:
    """Load timm's weights of the CaiT of this size, resampled to the grid and the patches of ``network``.

    They were trained at 224 px, or at 384 where timm has no others, with patches of 16.

    Raises:
        UsageError: timm has none, or they cannot be had.
    """
    import timm
    from timm.layers import resample_abs_pos_embed, resample_patch_embed

    known = timm.list_models("cait_*")
    sizes = sorted(name for name in known if name.startswith(f"cait_{size}{depth}_"))
    if not sizes:
        own = [
            f"cait-{s}-{d}" for s in _CAIT for d in (24, 36) if any(name.startswith(f"cait_{s}{d}_") for name in known)
        ]
        raise UsageError(f"timm has no pretrained weights of cait-{size}-{depth}: choose {', '.join(own)}")
    name = sizes[0]
    weights = pretrained_timm(name, num_classes=0, in_chans=in_channels).state_dict()
    patch, grid = network.patch_embed.patch_size, network.patch_embed.grid_size
    weights["patch_embed.proj.weight"] = resample_patch_embed(weights["patch_embed.proj.weight"], list(patch))
    weights["pos_embed"] = resample_abs_pos_embed(weights["pos_embed"], list(grid), num_prefix_tokens=0)
    network.load_state_dict(weights, strict=False)  # all but the classifier, which is another one
