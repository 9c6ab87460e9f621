"""Plain backbones: one input, one output."""

from contentmix.networks.batch_norm import forward_groups, kept_statistics
from contentmix.networks.build import build_network, fresh_copy, input_size, is_transformer, wide_resnet18
from contentmix.networks.encoder_sources import check_encoder
from contentmix.networks.encoders import FrozenEncoder
from contentmix.networks.first_convolution import first_convolution_of, take_first_convolution
from contentmix.networks.initialise import Law, he_truncated_normal, law_of
from contentmix.networks.own import OwnNetwork, give_network
from contentmix.networks.preact_resnet import PreActResNet18
from contentmix.networks.pretrained import check_pretrained
from contentmix.networks.probe import probe
from contentmix.networks.stages import before_last_stage, mixing_points, stage_names
from contentmix.networks.transformers import (
    PatchTransformer,
    TokenBackbone,
    as_token_backbone,
    cait,
    convit,
    patch_size_for,
    token_linear,
)
from contentmix.networks.trunk import Trunk, trunk_of
from contentmix.networks.wide_resnet import WideResNet

__all__ = [
    "FrozenEncoder", "Law", "OwnNetwork", "PatchTransformer", "PreActResNet18", "TokenBackbone", "Trunk", "WideResNet",
    "as_token_backbone", "before_last_stage", "build_network", "cait", "check_encoder", "check_pretrained", "convit",
    "first_convolution_of", "forward_groups", "fresh_copy", "give_network", "he_truncated_normal", "input_size",
    "is_transformer", "kept_statistics", "law_of", "mixing_points", "patch_size_for", "probe", "stage_names",
    "take_first_convolution", "token_linear", "trunk_of", "wide_resnet18",
]  # fmt: skip
