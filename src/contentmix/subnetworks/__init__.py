"""Subnetworks: many inputs and many outputs in one network."""

from contentmix.subnetworks.encoders import Alignment, InputEncoders
from contentmix.subnetworks.heads import MemberHeads
from contentmix.subnetworks.mixvit import Inference, MixViTNetwork, Place
from contentmix.subnetworks.multi_input import MultiInputNetwork
from contentmix.subnetworks.single_input import SingleInput
from contentmix.subnetworks.source_attribution import Attribution, SourceAttribution
from contentmix.subnetworks.two_heads import TwoHeads
from contentmix.subnetworks.unmixing import Unmixing

__all__ = [
    "Alignment", "Attribution", "Inference", "InputEncoders", "MemberHeads", "MixViTNetwork", "MultiInputNetwork", "Place",
    "SingleInput", "SourceAttribution", "TwoHeads", "Unmixing",
]  # fmt: skip
