"""What is measured: real images of 32 px in the number of CIFAR's, a WRN-28-2, the methods, and one bare training step."""

from collections.abc import Callable
from dataclasses import replace
from itertools import cycle, islice

import torch
from torch import nn

from contentmix import (
    ArraySet,
    Batch,
    DataSource,
    Dirichlet,
    Mixer,
    Place,
    Rectangle,
    TrainLoader,
    Unmixing,
    WideResNet,
    load_data,
)
from contentmix.data import TwoStreamLoader, few_labels
from contentmix.training import Losses, Method, MovingAverage, MultiInput, Supervised
from contentmix.training.method import Step

BATCH = 64
METHODS: dict[str, Method] = {
    "vanilla": Supervised(),
    "Linear-MixMo": MultiInput(Mixer(Dirichlet(2.0))),
    # Every batch by binary masks: the schedule of p would only make it cheaper.
    "Cut-MixMo": MultiInput(Mixer(Dirichlet(2.0), Rectangle())),
    "MixShare": MultiInput(
        Mixer(Dirichlet(2.0), Rectangle()),
        linear_end=False,
        r=1.0,
        alignment="same",
        unmixing=Unmixing(fade_epochs=100),
    ),
}


def images(count: int = 50_000) -> DataSource:
    """digits-m, repeated to ``count`` images, flipped and shifted as CIFAR is."""
    source = load_data("digits-m")
    train = source.train
    rows = torch.arange(count) % len(train)
    return replace(
        source, train=ArraySet(train.images[rows], train.labels[rows]), shift_px=4, padding="zeros", flip=True
    )


def network(method: Method, *, channels_last: bool = True) -> nn.Module:
    """A WRN-28-2 as ``method`` uses it, in the layout that a run on the CPU has by default."""
    torch.manual_seed(0)
    built = method.build(WideResNet(28, 2, 10), 10)
    return built.to(memory_format=torch.channels_last if channels_last else torch.contiguous_format)


def training_update(
    method: Method, built: nn.Module, average: MovingAverage | None = None, progress: float = 0.0
) -> Callable[[Batch], None]:
    """One step of a bare loop: draws, forward and backward pass, update, that of the moving average included."""
    optimizer = torch.optim.SGD(built.parameters(), 0.01, momentum=0.9, weight_decay=6e-4, nesterov=True, fused=True)

    def update(batch: Batch) -> None:
        teacher = None if average is None else average.module
        loss = method.loss(built, batch, Step(0, batch.step, progress, 0.0, 10, 0, teacher))
        loss = loss.total if isinstance(loss, Losses) else loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if average is not None:
            average.update(batch.step + 1)

    return update


def few_label_step(method: Method, source: DataSource, labelled: int, progress: float = 0.0) -> Callable[[], None]:
    """The same of a method with two streams and a teacher, with 1000 labels, ``labelled`` of them in a batch."""
    few, _ = few_labels(source, 1000, 0)
    assert isinstance(few.train, ArraySet)
    assert isinstance(few.unlabelled, ArraySet)
    plan = method.plan(labelled)
    assert plan.unlabelled is not None
    second = TrainLoader(few.unlabelled, few, plan.unlabelled, 1, Place())
    both = TwoStreamLoader(TrainLoader(few.train, few, plan, 0, Place(), len(second)), second)
    student = network(method)
    average = MovingAverage(student, 0.97)
    average.follow(student)
    batches, update = cycle(list(islice(both, 4))), training_update(method, student, average, progress)
    return lambda: update(next(batches))


def training_step(method: Method, built: nn.Module, source: DataSource) -> Callable[[], None]:
    """``training_update`` on batches that were prepared before, in turn."""
    loader = TrainLoader(source.train, source, method.plan(BATCH), 0, Place())
    batches, update = cycle(list(islice(loader, 8))), training_update(method, built)
    return lambda: update(next(batches))
