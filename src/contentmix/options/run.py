"""The options that every run shares, declared once: Python, YAML and the command line read them here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Interval

from contentmix.choices import Average, Balance, LoggerName, Padding, Precision, Schedule
from contentmix.errors import require
from contentmix.options.declared import (
    Count,
    Jitter,
    Natural,
    OnlyWith,
    Options,
    Positive,
    Seed,
    Share,
    ShareAboveZero,
    ShareBelowOne,
    Weight,
)

# What is said of pretrained weights, and of those that learn.
_TUNED, _LEARNING = OnlyWith("pretrained", (True,)), OnlyWith("freeze", (False,))


@dataclass(frozen=True, kw_only=True)
class RunOptions(Options):
    """Options of a run. What is None is filled in by the recipe of the data set, and written to ``config.yaml`` resolved.

    Args:
        data: Name of a data set (``contentmix list data``), a folder of class folders, or ``hf:NAME`` of the Hugging Face hub.
        data_root: Where downloaded data live (default: $CONTENTMIX_DATA, else ~/.cache/contentmix).
        labels: Training images that keep their label, the others being unlabelled: how many, class-balanced and drawn by the
            seed alike for every method, or a file of their positions, one to a line (default: all). An epoch is then a
            pass over the unlabelled images, and of as many steps for methods that do not use them.
        labels_seed: Of the draw of ``labels``, so that runs of other seeds learn from the same images (default: seed).
        skip_broken: Leave out files of a folder that cannot be read, and list them; otherwise they are an error before training.
        balance: What makes up for classes of different size: weights in the loss of known labels, n / (k n_c) for the n_c of n
            images of class c (scikit-learn's "balanced"; Cui et al. 2019 with beta = 1): their mean over the training images is
            1; or a sampler by which every epoch shows all classes equally often.
        image_size: Side in pixels that images are brought to (default: the data's own; of a folder, the
            median of its photos, at most 224, or 48 on a CPU without pretrained).
        network: Backbone (``contentmix list networks``).
        pretrained: Start from timm's weights, for timm/NAME and cait (default: a ResNet-18, with mixvit a ViT-Ti), and fine-tune
            them: AdamW, the rates of layers by layer_decay, heads first.
        freeze: Leave pretrained weights and their batch statistics as they are: only heads learn, and what a network of several
            inputs adds to them, its encoders and the attribution of sources.
        layer_decay: Factor on the learning rate from each layer of a pretrained network to the one below it, layers being timm's
            (Bao et al. 2021, BEiT; default: 0.75, as He et al. 2022 fine-tune; 1: none).
        head_warmup_epochs: Epochs in which heads and what else is new learn alone; then the rate of pretrained weights rises over
            as long as warmup_epochs (after Kumar et al. 2022; default: a tenth of the run).
        init: Run whose weights training begins with, also hf:OWNER/NAME; of generators of hybrids, those of their classifier
            (table 2.3: its re-use; a guide that has been trained before).
        continuation: How many runs of this seed, one after the other, have trained the weights of init: this one then draws its
            batches, augmentations and mixtures anew, as a longer run would (snapshots, Huang et al. 2017; default: 0).
        drop_path: Stochastic depth: probability to skip the update of a block (thesis A.1.5: 0.05 for CaiT, with mixvit twice
            that on Tiny ImageNet and ImageNet; default: 0).
        epochs: Passes over the training set; with batch repetition each has that many times more steps.
        epoch_steps: Optimiser steps of an epoch, in place of a pass, so that runs of any method are equally long: passes then
            follow one another without a gap (default: a pass).
        batch_size: Images of the global batch, shared by all devices.
        lr: Base learning rate, before division by the batch repetition (thesis, A.1.3.1).
        optimizer: SGD with Nesterov momentum, or AdamW.
        momentum: Of SGD (thesis: 0.9).
        weight_decay: PyTorch's convention, on all parameters (thesis A.1.3.1: l2 3e-4 of the sum of squares, 6e-4 here).
        schedule: Of the learning rate: steps at the milestones, cosine to 0, or constant.
        cosine_epochs: Epoch at which the cosine reaches 0, when training may have stopped (thesis A.1.1, mean-teacher: 350
            of 300; default: the last).
        milestones: Epochs at which the step schedule decays (thesis A.1.3.1, CIFAR: 100, 200, 225 of 300).
        gamma: Factor at a milestone (thesis: 0.1).
        warmup_epochs: Epochs of linear warm-up (thesis, CIFAR: 1).
        grad_clip: Largest gradient norm (default: none).
        ema_decay: Keep an exponential moving average of parameters and buffers, after a linear start, and evaluate it
            (thesis A.1.1, mean-teacher: 0.97; 1: the plain mean; default: none).
        ema_start: Share of training after which the average begins; with an ema_decay of 1 that is stochastic weight averaging
            (SWA, Izmailov et al. 2018: 0.75, at a constant rate).
        validation: Share of the labelled training set held out, class-balanced, to select the best epoch.
        select: What the best epoch is chosen on: the validation split, of which the latest within a standard error of the best is
            taken; the test set (the thesis's own protocol, said so in results.json); or nothing, the last epoch stands (default:
            validation; last with unlabelled images, thesis A.1.1).
        average: What is averaged over members: logits (thesis) or probabilities.
        augmix: Add AugMix to every training image: severity 3, width 3, depth 4, without the operations that CIFAR-C tests
            (thesis, table 3.2). Images are then made one by one, by the workers.
        autoaugment: Add AutoAugment to every training image, the policies of CIFAR up to 64 px and of ImageNet above
            (thesis A.1.5; default: for transformers).
        crop_px: Training images in memory are shifted by up to so many pixels (thesis A.1.1, A.1.3.1: 4; default: that of the
            data set).
        crop_padding: What stands around them for that: zeros, black pixels (thesis A.1.3.1, chapters 3 and 4), or reflect, their
            own in reverse (A.1.1, A.1.2: default of the methods of chapter 2, and wherever images are unlabelled; on
            digits, fashion-mnist and what is made of them, of all).
        random_erasing: Probability for a training image to have a rectangle filled with noise (thesis A.1.5, after DeiT:
            0.25; default: that for transformers).
        color_jitter: Largest random change of every channel's gain and offset in training images, in deviations of the data
            set (default: 1 for digits-m and fashion-mnist-m, whose colours say nothing of the class, else 0).
        seed: Of every draw.
        out: Run folder (default: runs/METHOD-DATA-seedS).
        device: Where to compute: auto, cpu, cuda or mps.
        devices: Processes on each node, one per device.
        nodes: Nodes (SLURM and torchrun are recognised).
        strategy: Lightning's strategy.
        precision: 32-bit; tf32, the same with products of ten bits of fraction on CUDA; or mixed precision.
        compile: Compile the network, its average and its predictions, on CUDA with graphs; the first steps take half a minute.
        cuda_graphs: Replay the passes of the network in training as CUDA graphs, so that the host launches two of these and not
            hundreds of kernels: for supervised, methods of several inputs and MixViT, on one CUDA device, without compile.
            New: no card has tried it yet.
        channels_last: Keep weights channels-last (default: on the CPU, and for CNNs on CUDA; see docs/cost.md).
        deterministic: Only kernels that give the same bits every time, so that a run that was interrupted on CUDA, or is repeated
            there, ends with the same weights; slower. Without it what is drawn is the same, and weights differ by rounding. On
            the CPU they are the same anyway.
        checkpoint_every: Steps between checkpoints; one is always written after an epoch.
        evaluate_every: Epochs between evaluations.
        preview_every: Epochs between pictures of hybrids, kept in the run folder's hybrids/, for methods that train a generator
            (default: a tenth of training).
        workers: Processes that make images one by one: those that do not fit in memory, and with AugMix.
        progress: Show what is about to be trained, then a progress bar with the time left, or where there is no terminal a line
            for every epoch.
        logger: Where the figures of every epoch go besides metrics.csv; wandb and mlflow are extras.
    """

    data: str = "digits"
    labels: Count | Path | None = None
    labels_seed: Seed | None = None
    data_root: Path | None = None
    skip_broken: bool = False
    balance: Balance = "none"
    image_size: Annotated[int, Interval(ge=1, le=8192)] | None = None
    network: str | None = None
    pretrained: bool = False
    freeze: Annotated[bool, _TUNED] = False
    layer_decay: Annotated[ShareAboveZero | None, _TUNED, _LEARNING] = None
    head_warmup_epochs: Annotated[Weight | None, _TUNED, _LEARNING] = None
    init: Path | None = None
    continuation: Natural = 0
    drop_path: ShareBelowOne | None = None
    epochs: Count | None = None
    epoch_steps: Count | None = None
    batch_size: Count | None = None
    lr: Positive | None = None
    optimizer: Literal["sgd", "adamw"] | None = None
    momentum: Annotated[ShareBelowOne | None, OnlyWith("optimizer", ("sgd",))] = None
    weight_decay: Weight | None = None
    schedule: Schedule | None = None
    cosine_epochs: Annotated[Positive | None, OnlyWith("schedule", ("cosine",))] = None
    milestones: Annotated[tuple[Weight, ...] | None, OnlyWith("schedule", ("step",))] = None
    gamma: Annotated[Positive | None, OnlyWith("schedule", ("step",))] = None
    warmup_epochs: Weight | None = None
    grad_clip: Positive | None = None
    ema_decay: Share | None = None
    ema_start: ShareBelowOne = 0.0
    validation: Annotated[ShareBelowOne, OnlyWith("select", ("validation",))] = 0.1
    select: Literal["validation", "test", "last"] | None = None
    average: Average = "logits"
    augmix: bool = False
    autoaugment: bool | None = None
    crop_px: Natural | None = None
    crop_padding: Padding | None = None
    random_erasing: Share | None = None
    color_jitter: Jitter | None = None
    seed: Seed = 0
    out: Path | None = None
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    devices: Count = 1
    nodes: Count = 1
    strategy: str = "auto"
    precision: Precision = "32"
    compile: bool = False
    cuda_graphs: bool = False
    channels_last: bool | None = None
    deterministic: bool = False
    checkpoint_every: Count = 1000
    evaluate_every: Annotated[Count, OnlyWith("select", ("validation", "test"))] = 1
    preview_every: Count | None = None
    workers: Annotated[int, Interval(ge=0, le=512)] = 2
    progress: bool = True
    logger: LoggerName = "tensorboard"

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            self.select not in (None, "validation") or self.validation > 0,
            "validation is 0, so no epoch can be selected on it: give a share, or select last",
        )
        require(
            self.labels_seed is None or isinstance(self.labels, int),
            f"labels_seed is {self.labels_seed}, and no labels are drawn: give labels a number too",
        )
        require(
            self.continuation == 0 or self.init is not None,
            f"continuation is {self.continuation}, and training begins with new weights: give init the run that it continues",
        )
        require(
            not (self.augmix and self.autoaugment),
            "augmix and autoaugment both distort every image: choose one of them",
        )
        require(
            self.warmup_epochs is None or self.epochs is None or self.warmup_epochs <= self.epochs,
            f"warmup_epochs is {self.warmup_epochs}, and training ends after {self.epochs} epochs: warm up for fewer",
        )
        require(
            self.head_warmup_epochs is None or self.epochs is None or self.head_warmup_epochs < self.epochs,
            f"head_warmup_epochs is {self.head_warmup_epochs}, and training ends after {self.epochs} epochs, so that pretrained "
            "weights would never learn: choose fewer, or freeze them",
        )


# Options that say where and how often, not what comes out.
ELSEWHERE = frozenset(
    {
        "out",
        "progress",
        "logger",
        "data_root",
        "workers",
        "device",
        "compile",
        "cuda_graphs",
        "channels_last",
        "checkpoint_every",
        "preview_every",
    }
)
# Those that may be others when a run is continued: also in which precision, and on how many devices, it computes.
CONTINUED_BY = ELSEWHERE | {"devices", "nodes", "strategy", "precision"}

# Every option under its heading in help, the ten that people use first before the others.
GROUPS: dict[str, tuple[str, ...]] = {
    "Options that most runs need": (
        "data", "labels", "network", "epochs", "batch_size", "lr", "seed", "out", "device", "pretrained",
    ),
    "Data and views": (
        "data_root", "labels_seed", "skip_broken", "balance", "image_size", "validation", "select", "augmix", "autoaugment",
        "crop_px", "crop_padding", "random_erasing", "color_jitter",
    ),
    "Optimisation": (
        "optimizer", "momentum", "weight_decay", "schedule", "cosine_epochs", "milestones", "gamma", "warmup_epochs", "grad_clip",
        "epoch_steps", "ema_decay", "ema_start", "drop_path", "init", "continuation",
    ),
    "Fine-tuning": ("freeze", "layer_decay", "head_warmup_epochs"),
    "Evaluation and records": ("average", "checkpoint_every", "evaluate_every", "preview_every", "progress", "logger"),
    "Hardware": (
        "devices", "nodes", "strategy", "precision", "compile", "cuda_graphs", "channels_last", "deterministic", "workers",
    ),
}  # fmt: skip
