"""Plain backbones: one input, one output."""

from contentmix.networks.batch_norm import BatchNormMode, forward_groups, kept_statistics
from contentmix.networks.build import NETWORKS, build_network, wide_resnet18
from contentmix.networks.first_convolution import mixing_points, stage_names, take_first_convolution
from contentmix.networks.initialise import he_truncated_normal
from contentmix.networks.preact_resnet import PreActResNet18
from contentmix.networks.wide_resnet import WideResNet

__all__ = [
    "NETWORKS", "BatchNormMode", "PreActResNet18", "WideResNet", "build_network", "forward_groups", "he_truncated_normal",
    "kept_statistics", "mixing_points", "stage_names", "take_first_convolution", "wide_resnet18",
]  # fmt: skip
