"""Mixing: ratio laws x mask shapes make a ``Mixture``, drawn once; ``apply`` uses it on images, features and targets."""

from contentmix.mixing.apply import mix_images, mix_members, mix_targets, soft_targets
from contentmix.mixing.collage import Collage, majority, one_source
from contentmix.mixing.image_mix import (
    ImageMix,
    Mix,
    cowmix,
    cutmix,
    cutmix_mixup,
    fmix,
    horizontal_concat,
    mixup,
    patchup,
    vertical_concat,
)
from contentmix.mixing.manifold import ManifoldMixUp, mix_at
from contentmix.mixing.mixer import Mixer
from contentmix.mixing.partners import permuted_partners
from contentmix.mixing.ratios import Dirichlet, Equal, LargestFirst, RatioLaw
from contentmix.mixing.resizemix import ResizeMix, resizemix
from contentmix.mixing.schedules import binary_probability
from contentmix.mixing.shapes import (
    SHAPES,
    CowMix,
    FMix,
    HorizontalConcat,
    MaskShape,
    PatchUp,
    Rectangle,
    Soft,
    VerticalConcat,
)
from contentmix.mixing.visible import cutmix_members, keep_own_predominant, visible_ratio

__all__ = [
    "SHAPES", "Collage", "CowMix", "Dirichlet", "Equal", "FMix", "HorizontalConcat", "ImageMix", "LargestFirst",
    "ManifoldMixUp", "MaskShape", "Mix", "Mixer", "PatchUp", "RatioLaw", "Rectangle", "ResizeMix", "Soft", "VerticalConcat",
    "binary_probability", "cowmix", "cutmix", "cutmix_members", "cutmix_mixup", "fmix", "horizontal_concat",
    "keep_own_predominant", "majority", "mix_at", "mix_images", "mix_members", "mix_targets", "mixup", "one_source",
    "patchup", "permuted_partners", "resizemix", "soft_targets", "vertical_concat", "visible_ratio",
]  # fmt: skip
