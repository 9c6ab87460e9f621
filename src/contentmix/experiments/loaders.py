"""From a data set and the options of a run to its loaders."""

from __future__ import annotations

from collections.abc import Iterable

import torch

from contentmix.batch import Batch
from contentmix.data import (
    ArraySet,
    BatchPlan,
    DataSource,
    EvalLoader,
    ImageSet,
    Place,
    StreamEvalLoader,
    StreamLoader,
    TrainLoader,
    check_split,
    stratified_split,
)
from contentmix.experiments.model import InputSpec
from contentmix.experiments.options import RunOptions
from contentmix.training import Loaders


def input_spec(source: DataSource) -> InputSpec:
    """What a network trained on ``source`` takes."""
    return InputSpec(source.classes, source.channels, source.image_size, source.mean, source.std)


def evaluation_loader(
    source: DataSource, images: ImageSet, run: RunOptions, device: torch.device, rank: int = 0, processes: int = 1
) -> Iterable[Batch]:
    """Every one of ``images`` once, plain."""
    place = Place(rank, processes, device)
    if isinstance(images, ArraySet):
        return EvalLoader(images, source, place)
    return StreamEvalLoader(images, source, place, run.workers)


def make_loaders(source: DataSource, plan: BatchPlan, run: RunOptions) -> tuple[Loaders, int]:
    """The loaders of a run, and how many images it trains on after the validation split."""
    train, selection = source.train, None
    if run.select == "validation":
        stay, held = stratified_split(train.labels, run.validation, run.seed, "validation")
        train, selection = train[stay], train[held]
        check_split(f"training set of {source.name}", train.labels, source.classes)
    elif run.select == "test":
        selection = source.test
    plan.steps_per_epoch(len(train))  # a batch larger than the set is told before anything is written

    def train_loader(rank: int, processes: int, device: torch.device) -> TrainLoader | StreamLoader:
        place = Place(rank, processes, device)
        if isinstance(train, ArraySet) and not run.augmix:
            return TrainLoader(train, source, plan, run.seed, place)
        return StreamLoader(train, source, plan, run.seed, place, run.workers, augmix=run.augmix)

    def selection_loader(rank: int, processes: int, device: torch.device) -> Iterable[Batch]:
        assert selection is not None
        return evaluation_loader(source, selection, run, device, rank, processes)

    return Loaders(train_loader, None if selection is None else selection_loader), len(train)
