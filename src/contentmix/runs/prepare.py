"""From a configuration to what is trained: its data, its options with nothing left open, its module."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from contentmix.data import DataSource, Place
from contentmix.devices import device_of
from contentmix.errors import require
from contentmix.hybrids import HybridAugmentation
from contentmix.losses import class_weights
from contentmix.networks import is_transformer, trunk_of
from contentmix.options.methods import method_defaults
from contentmix.options.run import RunOptions
from contentmix.runs.config import Config
from contentmix.runs.generators import load_generator
from contentmix.runs.init_weights import begin_with
from contentmix.runs.loaders import draws_seed, made_one_by_one, make_loaders
from contentmix.runs.model import build_trainable
from contentmix.runs.recipes import base_method, extent_of, recipe_of, resolve, with_crops, with_method_options
from contentmix.runs.source import is_folder, located
from contentmix.training import FineTuning, Hardware, LearningRate, Optimisation, Training, check_logger


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
    run = config.run if not is_folder(config.run.data) else replace(config.run, image_size=data.image_size)
    extent = extent_of(config, data)
    recipe = recipe_of(config.method, config.method_options)
    run = resolve(run, data.image_size, recipe, unlabelled=data.unlabelled is not None, extent=extent)
    run = with_crops(run, config.method, data)
    if run.channels_last is None:
        kind = device_of(run.device).type
        run = replace(run, channels_last=kind == "cpu" or (kind == "cuda" and not is_transformer(str(run.network))))
    filled = with_method_options(replace(config, run=located(run)))
    return filled if config.method_options.get("unlabelled_batch") else _with_few_unlabelled(filled, name, data)


def _with_few_unlabelled(config: Config, base: str, data: DataSource) -> Config:
    """``config`` with batches of no more unlabelled images than there are."""
    options = {**method_defaults(config.method), **config.method_options}
    if data.unlabelled is None or "unlabelled_batch" not in options:
        return config
    # Without a number MixMatch takes as many as labelled ones, and an encoder guide none.
    batch = options["unlabelled_batch"] or (config.run.batch_size if base == "mixmatch" else None) or 0
    few = min(batch, len(data.unlabelled))
    return (
        config if few == batch else replace(config, method_options={**config.method_options, "unlabelled_batch": few})
    )


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
    generator = generator_of(config)
    method, network = build_trainable(
        config,
        len(data.classes),
        data.channels,
        data.image_size,
        pretrained=fresh and run.pretrained,
        generator=generator,
    )
    if run.pretrained and data.channels == 3:
        mean, std = trunk_of(network).statistics()
        data = replace(data, mean=mean, std=std)
    # What the recipe resolved.
    assert run.batch_size is not None
    assert run.lr is not None
    assert run.epochs is not None
    assert run.schedule is not None
    assert run.optimizer is not None
    epochs = method.training_cycles * run.epochs
    require(
        run.ema_decay is not None or run.ema_start == 0,
        f"ema_start is {run.ema_start}, and no average is kept: give an ema_decay too (1: the plain mean)",
    )
    require(
        run.select == "last" or run.evaluate_every <= epochs,
        f"evaluate_every is {run.evaluate_every}, and training ends after {epochs} epochs: none would be "
        "evaluated, so none could be selected; evaluate more often, or select last",
    )
    require(
        not fresh or data.validation is None or run.select != "validation" or run.validation == RunOptions.validation,
        f"validation is {run.validation}, but {data.name} has a validation set of its own, which epochs are selected on: leave "
        "the option out, or merge that set into the training set",
    )
    method.check(data)
    require(
        method.replayable or not run.cuda_graphs,
        f"cuda_graphs is given, and {config.method} is trained by more than a pass of the network in a step, or by one that each "
        "step changes: leave the option out, or give compile",
    )
    require(
        not (run.cuda_graphs and run.workers and made_one_by_one(data.train, run)),
        f"cuda_graphs is given, and {run.workers} workers make the images, whose memory may not be pinned while graphs are made: "
        "leave the option out, or give workers 0",
    )
    require(
        run.init is not None or not method.needs_init,
        "warmup is 0, so that the frozen guide learns nothing: give it a warmup, or the init of a run that has trained it",
    )
    if fresh:
        method.begin(network, data)
    if fresh and run.init is not None:
        begin_with(network, run.init, data)
    plan = method.plan(run.batch_size)
    processes = run.devices * run.nodes
    for shared in (plan, *([plan.unlabelled] if plan.unlabelled else [])):
        share = Place(processes=processes).rows(shared.positions).stop  # told here, before there are so many
        require(
            share >= shared.parts,
            f"batch_size is {run.batch_size}, so that a process sees {share} images, of which {shared.parts} members learn from "
            f"a part each: choose {-(-shared.parts // shared.augmentations) * processes} or more",
        )
    check_logger(run.logger)
    loaders, train_images = make_loaders(data, plan, run)
    # Batch repetition gives an epoch b times the steps, each 1/b as long (A.1.3.1).
    optimisation = Optimisation(
        lr=run.lr / plan.repetition,
        schedule=LearningRate(
            run.schedule,
            _else(run.cosine_epochs, float(run.epochs)),
            _else(run.milestones, ()),
            _else(run.gamma, 0.1),
            _else(run.warmup_epochs, 0.0),
            run.epochs if method.training_cycles > 1 else None,
        ),
        optimizer=run.optimizer,
        momentum=_else(run.momentum, 0.9),
        weight_decay=_else(run.weight_decay, 0.0),
        grad_clip=run.grad_clip,
        ema_decay=run.ema_decay,
        ema_start=run.ema_start,
        fine_tuning=FineTuning(_else(run.layer_decay, 1.0), _else(run.head_warmup_epochs, 0.0), run.freeze)
        if run.pretrained
        else None,
    )
    # Its validation set is apart by now.
    data = loaders.source or data
    classes = len(data.classes)
    weights = class_weights(data.train.labels, classes) if run.balance == "loss" else None
    seed = draws_seed(run)
    module = Training(
        method, network, optimisation, loaders, seed=seed, classes=classes, weights=weights, average=run.average
    )
    callbacks = method.callbacks(loaders, run.epochs, seed)
    return Prepared(config, folder, data, module, train_images, epochs, callbacks)


T = TypeVar("T")


def _else(given: T | None, default: T) -> T:
    """``given``, also where it is 0, or what stands for nothing given."""
    return default if given is None else given


def generator_of(config: Config) -> HybridAugmentation | None:
    """What makes the hybrids that the method learns from, where its options name the run of a generator."""
    run = config.method_options.get("generator")
    if run is None:
        return None
    generator = load_generator(run, "cpu")
    return HybridAugmentation(generator.network, generator.run.inputs)


def hardware_of(run: RunOptions) -> Hardware:
    """Where a run happens."""
    return Hardware(
        run.device,
        run.devices,
        run.nodes,
        run.strategy,
        run.precision,
        run.compile,
        bool(run.channels_last),
        run.deterministic,
        run.cuda_graphs,
    )
