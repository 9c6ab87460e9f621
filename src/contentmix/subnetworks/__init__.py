"""Subnetworks: many inputs and many outputs in one network."""

from contentmix.subnetworks.encoders import Alignment, InputEncoders
from contentmix.subnetworks.heads import MemberHeads
from contentmix.subnetworks.multi_input import MultiInputNetwork
from contentmix.subnetworks.single_input import SingleInput
from contentmix.subnetworks.two_heads import TwoHeads
from contentmix.subnetworks.unmixing import Unmixing

__all__ = ["Alignment", "InputEncoders", "MemberHeads", "MultiInputNetwork", "SingleInput", "TwoHeads", "Unmixing"]
