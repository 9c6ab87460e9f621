"""Mixes as transforms of torchvision's ``v2``, for a loader of one's own."""

from contentmix.transforms.mixing import CutMix, Mixing, MixUp

__all__ = ["CutMix", "MixUp", "Mixing"]
