"""contentmix: train and study image classifiers by combining the contents of images.

The public names are imported on first use, so that ``import contentmix`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str
    # So that editors complete what most people call.
    from contentmix.api import Comparison as Comparison
    from contentmix.api import Model as Model
    from contentmix.api import Prediction as Prediction
    from contentmix.api import Run as Run
    from contentmix.api import compare as compare
    from contentmix.api import evaluate_run as evaluate_run
    from contentmix.api import list_runs as list_runs
    from contentmix.api import load as load
    from contentmix.api import open_run as open_run
    from contentmix.api import resume as resume
    from contentmix.api import train as train
    from contentmix.data import as_data as as_data
    from contentmix.networks import OwnNetwork as OwnNetwork

_ROOMS = {
    "api": (
        "Comparison", "Model", "Prediction", "Run", "compare", "evaluate_run", "list_runs", "load", "open_run", "resume", "train",
    ),
    "batch": ("Batch", "MemberLogits", "Mixture", "Partners"),
    "errors": ("CheckpointError", "ContentmixError", "DataError", "UsageError"),
    "keys": ("keyed_generator",),
    "mixing": (
        "SHAPES", "Collage", "CowMix", "Dirichlet", "Equal", "FMix", "HorizontalConcat", "ImageMix", "LargestFirst",
        "ManifoldMixUp", "Mixer", "PatchUp", "Rectangle", "ResizeMix", "Soft", "VerticalConcat", "binary_probability", "cowmix",
        "cutmix", "cutmix_members", "cutmix_mixup", "fmix", "horizontal_concat", "majority", "mix_images", "mix_members",
        "mix_targets", "mixup", "patchup", "permuted_partners", "resizemix", "soft_targets", "vertical_concat",
    ),
    "losses": (
        "assign", "logit_distance", "member_loss", "member_weights", "probability_distance", "pseudo_label_loss", "sharpen",
        "soft_cross_entropy",
    ),
    "networks": (
        "OwnNetwork", "PatchTransformer", "PreActResNet18", "WideResNet", "build_network", "cait", "convit", "forward_groups",
        "kept_statistics",
    ),
    "subnetworks": (
        "LateSeparation", "MixViTNetwork", "MultiInputNetwork", "SingleInput", "SourceAttribution", "TwoHeads", "Unmixing",
    ),
    "training": ("FixMatch", "Losses", "MeanTeacher", "Method", "MixMatch", "MixViT", "MultiInput", "Step", "Supervised"),
    "metrics": (
        "Evaluation", "cost", "ensemble_log_probs", "evaluate", "expected_calibration_error", "filter_activity", "join",
        "ratio_error", "sharing_rate",
    ),
    "data": (
        "ArraySet", "BatchPlan", "DataSource", "Distortion", "EvalLoader", "Place", "StrongView", "TrainLoader",
        "TwoStreamLoader", "as_data", "few_labels", "load_data",
    ),
}  # fmt: skip
_HOME = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name == "__version__":  # that of what is installed, which pyproject.toml says
        from importlib.metadata import version

        return version("contentmix")
    if name not in _HOME:
        raise AttributeError(f"module 'contentmix' has no attribute '{name}'")
    value = getattr(import_module(f"contentmix.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *_HOME]
