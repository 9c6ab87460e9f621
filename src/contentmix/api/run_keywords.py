"""The options of every run as keywords of ``train``. Written by tools/typed_options.py from what declares them."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Literal, TypedDict

from contentmix.api.objects import Data, Network
from contentmix.choices import Average, Balance, LoggerName, Padding, Precision, Schedule


class RunKeywords(TypedDict, total=False):
    """Those of ``RunOptions``."""

    data: Data
    labels: int | str | PathLike[str] | None
    labels_seed: int | None
    data_root: str | PathLike[str] | None
    skip_broken: bool
    balance: Balance
    image_size: int | None
    network: Network | None
    pretrained: bool
    freeze: bool
    layer_decay: float | None
    head_warmup_epochs: float | None
    init: str | PathLike[str] | None
    continuation: int
    drop_path: float | None
    epochs: int | None
    epoch_steps: int | None
    batch_size: int | None
    lr: float | None
    optimizer: Literal["sgd", "adamw"] | None
    momentum: float | None
    weight_decay: float | None
    schedule: Schedule | None
    cosine_epochs: float | None
    milestones: Sequence[float] | None
    gamma: float | None
    warmup_epochs: float | None
    grad_clip: float | None
    ema_decay: float | None
    ema_start: float
    validation: float
    select: Literal["validation", "test", "last"] | None
    average: Average
    augmix: bool
    autoaugment: bool | None
    crop_px: int | None
    crop_padding: Padding | None
    random_erasing: float | None
    color_jitter: float | None
    seed: int
    out: str | PathLike[str] | None
    device: Literal["auto", "cpu", "cuda", "mps"]
    devices: int
    nodes: int
    strategy: str
    precision: Precision
    compile: bool
    cuda_graphs: bool
    channels_last: bool | None
    deterministic: bool
    checkpoint_every: int
    evaluate_every: int
    preview_every: int | None
    workers: int
    progress: bool
    logger: LoggerName
