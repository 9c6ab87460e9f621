"""From a data set and the options of a run to its loaders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import torch

from contentmix.batch import Batch
from contentmix.data import (
    ArraySet,
    BatchPlan,
    ColorJitterLoader,
    DataSource,
    Distortion,
    EvalLoader,
    ImageSet,
    Place,
    StepLoader,
    StreamEvalLoader,
    StreamLoader,
    TrainLoader,
    TwoStreamLoader,
    hold_out,
)
from contentmix.errors import require
from contentmix.keys import derive
from contentmix.options.run import RunOptions
from contentmix.runs.model import InputSpec
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


def draws_seed(run: RunOptions) -> int:
    """The seed of what training draws at each step: a continuation draws otherwise, from the same labels and split."""
    return derive(run.seed, "continuation", run.continuation) if run.continuation else run.seed


def made_one_by_one(images: ImageSet, run: RunOptions) -> bool:
    """Whether the workers of ``run`` make each image that it learns from."""
    return run.augmix or not isinstance(images, ArraySet)


def make_loaders(source: DataSource, plan: BatchPlan, run: RunOptions) -> tuple[Loaders, int]:
    """The loaders of a run, and how many labelled images it trains on after the validation split.

    Raises:
        UsageError: a plan for unlabelled images where there are none or too few.
    """
    shift_px = source.shift_px if run.crop_px is None else run.crop_px
    source = replace(source, shift_px=shift_px, padding=run.crop_padding or source.padding)
    train, selection, unlabelled = source.train, None, source.unlabelled
    if run.select == "validation":
        source = hold_out(source, run.validation, run.seed)
        train, selection = source.train, source.validation
    elif run.select == "test":
        selection = source.test
    plan, seed = replace(plan, balanced=run.balance == "sampler"), draws_seed(run)
    distortion = Distortion(bool(run.autoaugment), run.random_erasing or 0.0)
    steps = _steps(
        source, plan, len(train), run.epoch_steps
    )  # a batch larger than the set is told before anything is written

    def stream(images: ImageSet, plan: BatchPlan, seed: int, place: Place, steps: int | None = None) -> StepLoader:
        loader: StepLoader
        if not made_one_by_one(images, run):
            assert isinstance(images, ArraySet)
            loader = TrainLoader(images, source, plan, seed, place, steps, distortion)
        else:
            loader = StreamLoader(
                images, source, plan, seed, place, run.workers, augmix=run.augmix, steps=steps, distortion=distortion
            )
        return ColorJitterLoader(loader, run.color_jitter, seed) if run.color_jitter else loader

    def labelled_loader(images: ImageSet, rank: int, processes: int, device: torch.device) -> StepLoader:
        return stream(images, plan, seed, Place(rank, processes, device), steps)

    def train_loader(rank: int, processes: int, device: torch.device) -> StepLoader:
        labelled = labelled_loader(train, rank, processes, device)
        if plan.unlabelled is None:
            return labelled
        assert unlabelled is not None
        apart = derive(seed, "unlabelled stream")
        place = Place(rank, processes, device)
        return TwoStreamLoader(labelled, stream(unlabelled, plan.unlabelled, apart, place, run.epoch_steps))

    def selection_loader(rank: int, processes: int, device: torch.device) -> Iterable[Batch]:
        assert selection is not None
        return evaluation_loader(source, selection, run, device, rank, processes)

    validation = None if selection is None else selection_loader
    length = plan.steps_per_epoch(len(train)) if steps is None else steps
    return Loaders(train_loader, validation, labelled_loader, replace(source, train=train), length), len(train)


def _steps(source: DataSource, plan: BatchPlan, labelled: int, asked: int | None) -> int | None:
    """Steps of an epoch where so many are ``asked`` for, or some images have no label; None: a pass over those that have one."""
    unlabelled = 0 if source.unlabelled is None else len(source.unlabelled)
    if plan.unlabelled is None:
        if unlabelled:
            return asked or plan.steps_per_epoch(labelled + unlabelled)
        plan.steps_per_epoch(labelled)
        return asked
    require(
        unlabelled > 0,
        f"{source.name} has no unlabelled images, which this method learns from: give fewer labels than there are images, or "
        "a folder with a subfolder 'unlabeled'",
    )
    size = plan.unlabelled.batch_size
    require(
        unlabelled >= size,
        f"unlabelled_batch is {size}, but there are {unlabelled} unlabelled images: choose {unlabelled} or less",
    )
    return asked or plan.unlabelled.steps_per_epoch(unlabelled)
