"""How many operations a step is made of: no loop over images, nor one over parameters, may return."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from contentmix.networks import build_network
from contentmix.training import LearningRate, Losses, MovingAverage, Optimisation
from contentmix.training.loss_watch import LossWatch
from contentmix.training.method import Step
from contentmix.training.optimisation import make_optimizer
from contentmix.training.step_sums import StepSums
from tests.devices.stand_in import stand_in
from tests.devices.test_steps import build


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
        ("mixvit", {"attribution": "encoding", "mix": "cutmix-mixup"}),
        ("scimix-generator", {"warmup": 0.0}),
    ],
)
def test_a_step_has_as_many_operations_for_twice_the_images(case, options, monkeypatch):
    few, many = (operations_of(case, options, images, monkeypatch) for images in (4, 8))
    assert many == few


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


def test_what_the_trainer_adds_to_a_step_is_a_dozen_operations():
    watch, sums = LossWatch(torch.device("cpu")), StepSums()
    sums.add({"train_loss": torch.ones(2)})
    with _Counter() as counter:
        loss = torch.ones(())
        watch.see(loss)
        sums.add({"train_loss": torch.stack([loss, torch.ones_like(loss)])})
    assert counter.count <= 16
