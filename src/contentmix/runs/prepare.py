"""From a configuration to what is trained: its data, its options with nothing left open, its module."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from contentmix.data import DataSource
from contentmix.errors import require
from contentmix.hybrids import HybridAugmentation
from contentmix.options.run import RunOptions
from contentmix.runs.config import Config
from contentmix.runs.generators import load_generator
from contentmix.runs.init_weights import begin_with
from contentmix.runs.loaders import make_loaders
from contentmix.runs.model import build_trainable
from contentmix.runs.recipes import base_method, resolve, with_crops, with_method_options
from contentmix.runs.source import located
from contentmix.training import Hardware, LearningRate, Optimisation, Training


@dataclass(frozen=True)
class Prepared:
    """Everything that a run needs, built from its configuration."""

    config: Config
    folder: Path
    data: DataSource
    module: Training
    train_images: int
    epochs: int
    callbacks: list[Any]


def resolved(config: Config, data: DataSource) -> Config:
    """``config`` with every option that it leaves open filled in for ``data``."""
    name = base_method(config.method, config.method_options)
    run = resolve(config.run, data.image_size, name, unlabelled=data.unlabelled is not None)
    run = with_crops(run, config.method, data)
    if run.channels_last is None:
        run = replace(run, channels_last=device_of(run.device).type == "cpu")
    return with_method_options(replace(config, run=located(run)))


def prepare(config: Config, folder: Path, data: DataSource, *, fresh: bool = False) -> Prepared:
    """Build what ``config``, with nothing left open, trains on ``data``.

    Args:
        config: of ``resolved``.
        folder: of the run.
        data: of ``read_data``.
        fresh: whether training begins, and weights are those that it begins with.

    Raises:
        UsageError: an option does not fit the data or another option.
    """
    run = config.run
    generator = _generator(config)
    method, network = build_trainable(
        config,
        len(data.classes),
        data.channels,
        data.image_size,
        pretrained=fresh and run.pretrained,
        generator=generator,
    )
    # What the recipe resolved.
    assert run.batch_size is not None
    assert run.lr is not None
    assert run.epochs is not None
    assert run.schedule is not None
    assert run.optimizer is not None
    method.check(data)
    require(
        run.init is not None or not method.needs_init,
        "warmup is 0, so that the frozen guide learns nothing: give it a warmup, or the init of a run that has trained it",
    )
    if fresh and run.init is not None:
        begin_with(network, run.init, data)
    plan = method.plan(run.batch_size)
    loaders, train_images = make_loaders(data, plan, run)
    # Batch repetition gives an epoch b times the steps, each 1/b as long (A.1.3.1).
    optimisation = Optimisation(
        lr=run.lr / plan.repetition,
        schedule=LearningRate(
            run.schedule,
            run.cosine_epochs or run.epochs,
            run.milestones or (),
            run.gamma or 0.1,
            run.warmup_epochs or 0.0,
            run.epochs if method.training_cycles > 1 else None,
        ),
        optimizer=run.optimizer,
        momentum=0.9 if run.momentum is None else run.momentum,
        weight_decay=run.weight_decay or 0.0,
        grad_clip=run.grad_clip,
        ema_decay=run.ema_decay,
    )
    module = Training(method, network, optimisation, loaders, seed=run.seed, classes=len(data.classes))
    callbacks = method.callbacks(loaders, run.epochs, run.seed)
    # Its validation set is apart by now.
    data = loaders.source or data
    return Prepared(config, folder, data, module, train_images, method.training_cycles * run.epochs, callbacks)


def _generator(config: Config) -> HybridAugmentation | None:
    """What makes the hybrids that the method learns from, where its options name the run of a generator."""
    run = config.method_options.get("generator")
    if run is None:
        return None
    generator = load_generator(run)
    return HybridAugmentation(generator.network, generator.run.inputs)


def hardware_of(run: RunOptions) -> Hardware:
    """Where a run happens."""
    return Hardware(
        run.device, run.devices, run.nodes, run.strategy, run.precision, run.compile, bool(run.channels_last)
    )


def device_of(name: str) -> torch.device:
    """The device that an option names; ``auto`` is the fastest there is."""
    if name != "auto":
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
