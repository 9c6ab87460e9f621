"""Subnetworks: many inputs and many outputs in one network."""

from contentmix.subnetworks.channel_masks import ChannelMasks, MemberDropout
from contentmix.subnetworks.encoders import InputEncoders
from contentmix.subnetworks.ensemble_layers import batched, check_member_layers, dropped, masked, packed
from contentmix.subnetworks.heads import MemberHeads
from contentmix.subnetworks.late_separation import LateSeparation
from contentmix.subnetworks.member_groups import MemberGroups
from contentmix.subnetworks.member_network import MemberNetwork
from contentmix.subnetworks.mixvit import MixViTNetwork
from contentmix.subnetworks.multi_input import MultiInputNetwork
from contentmix.subnetworks.reserved import ReservedChannels
from contentmix.subnetworks.single_input import SingleInput
from contentmix.subnetworks.source_attribution import SourceAttribution
from contentmix.subnetworks.two_heads import TwoHeads
from contentmix.subnetworks.unmixing import Unmixing

__all__ = [
    "ChannelMasks", "InputEncoders", "LateSeparation", "MemberDropout", "MemberGroups", "MemberHeads", "MemberNetwork",
    "MixViTNetwork", "MultiInputNetwork", "ReservedChannels", "SingleInput", "SourceAttribution", "TwoHeads", "Unmixing",
    "batched", "check_member_layers", "dropped", "masked", "packed",
]  # fmt: skip
