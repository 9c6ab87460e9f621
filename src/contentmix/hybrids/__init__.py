"""In-class hybrids: generators that put the content of one image into the context of another (thesis chapter 2)."""

from contentmix.hybrids.adain_autoencoder import AdaINAutoEncoder
from contentmix.hybrids.augmentation import HybridAugmentation
from contentmix.hybrids.generator import InClassGenerator
from contentmix.hybrids.hybrid_network import HybridNetwork
from contentmix.hybrids.modulated_convolution import ModulatedConv2d
from contentmix.hybrids.recording import frozen, record_inputs, record_outputs
from contentmix.hybrids.samosa import Samosa
from contentmix.hybrids.samosa_networks import GatedDecoder, GateEncoder
from contentmix.hybrids.scimix import SciMix
from contentmix.hybrids.scimix_networks import Critic, ResidualEncoder, StyleGenerator
from contentmix.hybrids.style_transfer import adain, fda, moments, restyle

__all__ = [
    "AdaINAutoEncoder", "Critic", "GateEncoder", "GatedDecoder", "HybridAugmentation", "HybridNetwork", "InClassGenerator",
    "ModulatedConv2d", "ResidualEncoder", "Samosa", "SciMix", "StyleGenerator", "adain", "fda", "frozen", "moments",
    "record_inputs", "record_outputs", "restyle",
]  # fmt: skip
