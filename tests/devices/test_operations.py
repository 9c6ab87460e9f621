"""How many operations a step is made of: no loop over images, nor one over parameters, may return."""

from dataclasses import replace

import pytest
import pytorch_lightning as pl
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from contentmix.data import (
    BatchPlan,
    Distortion,
    EvalLoader,
    FileSet,
    Place,
    StreamEvalLoader,
    StreamLoader,
    TrainLoader,
)
from contentmix.networks import build_network
from contentmix.runs.methods import build_method
from contentmix.training import Hardware, LearningRate, Loaders, Losses, MovingAverage, Optimisation, Supervised, fit
from contentmix.training.method import Step
from contentmix.training.module import Training
from contentmix.training.optimisation import make_optimizer
from tests.data.photo_files import make
from tests.devices.stand_in import META, stand_in
from tests.devices.test_steps import SOURCE, build
from tests.training.runs import watch_as_on_a_device


def operations_of(case, options, images, monkeypatch):
    """On the device, of a batch and its loss, forwards and backwards."""
    with monkeypatch.context() as patches, stand_in(patches) as operations:
        method, network, average, loader = build(case, options, images)
        batches = iter(loader)
        next(batches)
        begun = operations.count
        found = method.loss(network, next(batches), Step(0, 16, 0.3, 5.0, 10, average=average.module))
        (found.total if isinstance(found, Losses) else found).backward()
        return operations.count - begun


@pytest.mark.parametrize(
    ("case", "options"),
    [
        ("cut-mixmo", {"cutmix_prob": 0.5}),
        ("fixmatch", {}),
        ("fixmatch", {"members": 2}),
        ("mean-teacher", {"members": 2}),
        ("mixvit", {"attribution": "encoding", "mix": "cutmix-mixup"}),
        ("scimix-generator", {"warmup": 0.0}),
    ],
)
def test_a_step_has_as_many_operations_for_twice_the_images(case, options, monkeypatch):
    few, many = (operations_of(case, options, images, monkeypatch) for images in (4, 8))
    assert many == few


def computing(name, options, backbone, monkeypatch):
    """Operations that compute, of a batch and its loss, forwards and backwards, of a bare training loop."""
    method = build_method(name, options, 10)
    network = method.build(build_network(backbone, 10), 10).to(META)
    loader = TrainLoader(SOURCE.train, SOURCE, method.plan(4), 0, Place(device=META))
    with monkeypatch.context() as patches, stand_in(patches) as operations:
        batches = iter(loader)
        for index in range(2):
            begun = operations.computing
            method.loss(network, next(batches), Step(0, index, 0.3, 0.0, 10)).backward()
            network.zero_grad()
        return operations.computing - begun


@pytest.mark.parametrize(
    ("name", "options", "backbone", "most"),
    [
        ("linear-mixmo", {}, "wrn-10-1", 11),
        ("cut-mixmo", {"prob": 0.999}, "wrn-10-1", 17),
        ("mixshare", {}, "wrn-10-1", 24),
        ("mixvit", {"mix": "none"}, "convit-16-2-4", 20),
    ],
)
def test_what_several_inputs_add_to_a_step_is_two_dozen_operations_at_most(name, options, backbone, most, monkeypatch):
    """A card that waits for its host pays for each; the second encoder, the masks, the weights of losses, and their gradients."""
    vanilla = computing("supervised", {}, backbone, monkeypatch)
    assert vanilla < computing(name, options, backbone, monkeypatch) <= vanilla + most


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """A source of 24 photos on disk."""
    paths = sorted(make(tmp_path_factory.mktemp("photos"), count=12).rglob("*.png"))
    files = FileSet(tuple(paths), torch.arange(24) // 12)
    return replace(SOURCE, classes=("a", "b"), train=files, test=files, unlabelled=None)


def operations_of_batches(loader, monkeypatch):
    """On the device, of the second batch of ``loader``, for which the host may not wait."""
    with monkeypatch.context() as patches, stand_in(patches) as operations:
        batches = iter(loader)
        next(batches)
        begun, operations.steady = operations.count, True
        assert next(batches).images.device == META
        return operations.count - begun


@pytest.mark.parametrize(
    ("plan", "distortion"),
    [
        ({"members": 2, "repetition": 2, "partner_prob": 0.5}, Distortion()),
        ({"augmentations": 3}, Distortion(True, 0.5)),
        ({"views": ("weak", "strong", "strong")}, Distortion()),
    ],
    ids=["members", "distorted", "views"],
)
def test_a_streamed_batch_has_as_many_operations_for_twice_the_photos(plan, distortion, photos, monkeypatch):
    few, many = (
        operations_of_batches(
            StreamLoader(
                photos.train, photos, BatchPlan(size, **plan), 0, Place(device=META), 0, distortion=distortion
            ),
            monkeypatch,
        )
        for size in (4, 8)
    )
    assert many == few


def test_a_batch_to_evaluate_has_as_many_operations_for_twice_the_photos(photos, monkeypatch):
    few, many = (
        operations_of_batches(StreamEvalLoader(photos.test, photos, Place(device=META), 0, size), monkeypatch)
        for size in (4, 8)
    )
    assert many == few <= 8


@pytest.mark.parametrize("case", ["cut-mixmo", "mixvit"])
def test_validation_has_as_many_operations_for_twice_the_images_and_waits_for_nothing(case, monkeypatch):
    counts = []
    for images in (4, 8):
        method, network, _, _ = build(case, {})
        optimisation = Optimisation(0.1, LearningRate("constant", 1))
        module = Training(method, network.eval(), optimisation, Loaders(None, None), seed=0, classes=10)
        batches = iter(EvalLoader(SOURCE.train, SOURCE, Place(device=META), images))
        with monkeypatch.context() as patches, stand_in(patches) as operations, torch.inference_mode():
            module.validation_step(next(batches), 0)
            operations.steady, begun = True, operations.count
            module.validation_step(next(batches), 1)
            counts.append(operations.count - begun)
    assert counts[0] == counts[1]


class _Counter(TorchDispatchMode):
    count = 0

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        self.count += 1
        return operation(*args, **(kwargs or {}))


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_an_update_has_as_many_operations_for_a_deeper_network(name):
    counts = []
    for depth in (10, 16):
        network = build_network(f"wrn-{depth}-1", 10)
        run = Optimisation(0.1, LearningRate("constant", 1), optimizer=name)
        optimizer, _ = make_optimizer(network, run, (), 10, fused=True)
        average = MovingAverage(network, 0.9)
        average.follow(network)
        for parameter in network.parameters():
            parameter.grad = torch.ones_like(parameter)
        optimizer.step()  # makes its state
        with _Counter() as counter:
            optimizer.step()
            average.update(2)
        counts.append(counter.count)
    assert counts[0] == counts[1] <= 8


class _OneStep(pl.Callback):
    """Counts the operations of the fourth step, its batch included."""

    def on_train_batch_end(self, trainer, module, outputs, batch, index):
        if index == 2:
            self.counter = _Counter()
            self.counter.__enter__()
        elif index == 3:
            self.counter.__exit__(None, None, None)


def test_what_the_trainer_adds_to_a_step_is_a_dozen_operations(tmp_path, monkeypatch):
    """Watched as on a device, no gradient limited: what is left of the step is a bare loop's."""
    watch_as_on_a_device(monkeypatch)
    method = Supervised()
    network = method.build(build_network("wrn-10-1", 10), 10)
    loaders = [TrainLoader(SOURCE.train, SOURCE, method.plan(4), 0, Place(), 6) for _ in range(2)]
    run = Optimisation(0.01, LearningRate("constant", 1))
    module = Training(method, network, run, Loaders(lambda *_: loaders[0], None), seed=0, classes=10)
    in_trainer = _OneStep()
    fit(module, tmp_path, epochs=1, hardware=Hardware(device="cpu"), progress=False, callbacks=[in_trainer])

    optimizer, _ = make_optimizer(network, run, (), 6, fused=True)
    batches = iter(loaders[1])
    for index in range(4):
        with _Counter() as bare:
            batch = next(batches)
            method.loss(network, batch, Step(0, index, 0.0, 0.0, 10)).backward()
            optimizer.step()
            optimizer.zero_grad()
    assert 0 < in_trainer.counter.count - bare.count <= 14
