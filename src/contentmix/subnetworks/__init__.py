"""Subnetworks: many inputs and many outputs in one network."""

from contentmix.subnetworks.encoders import InputEncoders
from contentmix.subnetworks.heads import MemberHeads
from contentmix.subnetworks.multi_input import MultiInputNetwork
from contentmix.subnetworks.single_input import SingleInput

__all__ = ["InputEncoders", "MemberHeads", "MultiInputNetwork", "SingleInput"]
