"""In-class hybrids: generators that put the content of one image into the context of another (thesis chapter 2)."""

from contentmix.hybrids.modulated_convolution import ModulatedConv2d
from contentmix.hybrids.samosa_networks import GatedDecoder, GateEncoder
from contentmix.hybrids.scimix_networks import Critic, ResidualEncoder, SemanticEncoder, StyleGenerator
from contentmix.hybrids.style_transfer import adain, fda

__all__ = [
    "Critic", "GateEncoder", "GatedDecoder", "ModulatedConv2d", "ResidualEncoder", "SemanticEncoder", "StyleGenerator",
    "adain", "fda",
]  # fmt: skip
