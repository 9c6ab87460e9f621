"""The words that options take, by what they choose. Plain Python: whoever lists them needs nothing heavy."""

from __future__ import annotations

from typing import Literal

# Networks of several inputs
Alignment = Literal["independent", "same", "co-linear"]
Assignment = Literal["own", "random", "predominant"]
Attribution = Literal["embedding", "encoding", "none"]
AttributionPlace = Literal["late", "early"]
MultiInputInference = Literal["sum", "separate"]
MixViTInference = Literal["separate", "sum", "alternating", "single", "together"]
Separation = Literal["encoders", "last-stage"]
UnmixingKind = Literal["none", "full", "partial", "fade-out"]

# Networks of one input whose layers hold several members
MemberLayers = Literal["packed", "batch", "masked", "dropout"]

# Mixes
InputMix = Literal["none", "cutmix-mixup", "cutmix", "mixup", "hybrids"]
Mask = Literal["rectangle", "horizontal-concat", "vertical-concat", "patchup", "fmix", "cowmix"]
Mix = Literal[
    "none", "mixup", "cutmix", "cutmix-mixup", "horizontal-concat", "vertical-concat", "patchup", "fmix", "cowmix", "resizemix",
    "manifold-mixup", "hybrids",
]  # fmt: skip

Partner = Literal["batch", "set"]

# Learning from few labels, and from hybrids
BatchNormMode = Literal["joint", "interleaved", "separate"]
Exploitation = Literal["contradict", "consistency", "pseudo-label", "labeled"]
Hybrids = Literal["generator", "mixup", "cutmix"]
GeneratorVariant = Literal["full", "basic", "no-hybrids", "unfrozen", "flipped"]

# Data: what stands around an image that is shifted, black pixels or its own in reverse
Padding = Literal["zeros", "reflect"]
# and what makes up for classes of different size: weights in the loss, or how often images are seen
Balance = Literal["none", "loss", "sampler"]

# Optimisation and evaluation
Corrupted = Literal["generated", "cifar-c"]
Average = Literal["logits", "probabilities"]
OptimizerName = Literal["sgd", "adamw", "adam"]
LoggerName = Literal["tensorboard", "csv", "wandb", "mlflow", "none"]
Precision = Literal["32", "tf32", "bf16-mixed", "16-mixed"]
Schedule = Literal["step", "cosine", "constant"]
