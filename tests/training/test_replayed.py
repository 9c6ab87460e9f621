"""Passes that are replayed, here by a stand-in for CUDA graphs that keeps their rules."""

from contextlib import nullcontext
from dataclasses import replace

import pytest
import torch

from contentmix import ArraySet, Dirichlet, Mixer, Place, Rectangle, TrainLoader, Unmixing, cutmix, load_data
from contentmix.api import train
from contentmix.errors import UsageError
from contentmix.mixing import ManifoldMixUp
from contentmix.networks import build_network
from contentmix.training import Hardware, MixViT, MultiInput, Supervised, check_hardware
from contentmix.training.method import Step
from contentmix.training.replayed import replayed

BATCH = 4
ALWAYS = Mixer(Dirichlet(2.0), Rectangle())


class Recorder:
    """Records as CUDA graphs do: inputs have a place of their own, and all that is no tensor stays as it was."""

    def __init__(self):
        self.replays = []

    def __call__(self, module, tensors):
        still = [tensor.detach().clone() for tensor in tensors]
        number = len(self.replays)
        self.replays.append(0)

        def replay(*given):
            self.replays[number] += 1
            for place, tensor in zip(still, given, strict=True):
                place.copy_(tensor)
            return module(*still)

        return replay


def losses(method, network="wrn-10-1", record=None, steps=8, length=8.0):
    """Those of the first steps of training, of an epoch ``length`` steps long."""
    data = load_data("digits-m")
    data = replace(data, train=ArraySet(data.train.images[:64], data.train.labels[:64]))
    torch.manual_seed(0)
    built = method.build(build_network(network, 10), 10)
    optimizer = torch.optim.SGD(built.parameters(), 0.1, momentum=0.9)
    found = []

    def train():
        for batch in [*TrainLoader(data.train, data, method.plan(BATCH), 0, Place(), steps)]:
            loss = method.loss(built, batch, Step(0, batch.step, 0.0, batch.step / length, 10))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            found.append(loss.item())

    if record is None:
        train()
    else:
        with replayed(built, record):
            train()
    return found, built


@pytest.mark.parametrize(
    ("method", "network", "kinds"),
    [
        (Supervised(), "wrn-10-1", 1),
        (Supervised(mix=cutmix(10)), "wrn-10-1", 1),
        (MultiInput(Mixer(Dirichlet(2.0))), "wrn-10-1", 1),
        # A batch is mixed by masks or linearly.
        (MultiInput(Mixer(Dirichlet(2.0), Rectangle(), prob=0.5), cutmix_prob=0.5), "wrn-10-1", 2),
        (MultiInput(ALWAYS, unmixing=Unmixing()), "wrn-10-1", 1),
        (MultiInput(ALWAYS, attribution="embedding"), "wrn-10-1", 1),
        (MixViT(), "convit-48-2-4", 1),
    ],
)
def test_what_is_replayed_learns_what_it_learns_without(method, network, kinds):
    assert method.replayable
    plain, one = losses(method, network)
    record = Recorder()
    again, other = losses(method, network, record)
    assert again == plain
    assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))
    # All but the first of each kind.
    assert len(record.replays) == kinds
    assert sum(record.replays) == 8 - kinds


def test_unmixing_that_fades_is_of_three_kinds():
    method = MultiInput(ALWAYS, unmixing=Unmixing(fade_epochs=1))
    record = Recorder()
    assert losses(method, record=record, length=5)[0] == losses(method, length=5)[0]
    # Step 0 unmixes. From 1 to 4 it fades, and from 5 to 7 it has: of each the first is seen, and the others are replayed.
    assert record.replays == [3, 2]


def test_kinds_are_told_by_shapes_and_precision_and_few_are_kept():
    network, record = torch.nn.Linear(3, 2), Recorder()
    with replayed(network, record):
        for _ in range(3):
            for size in range(1, 12):
                network(torch.ones(size, 3)).sum().backward()
        # Four kinds are remembered: of eleven that take turns none comes back in time.
        assert record.replays == []
        for _ in range(3):
            network(torch.ones(20, 3)).sum().backward()
        assert record.replays == [2]
        with torch.autocast("cpu", torch.bfloat16):
            for _ in range(2):
                assert network(torch.ones(20, 3)).dtype == torch.bfloat16
        assert record.replays == [2, 1]
        for _ in range(2):
            for size in range(1, 12):
                network(torch.ones(size, 3)).sum().backward()
                network(torch.ones(size, 3)).sum().backward()
        assert len(record.replays) == 4  # and as many recorded


def test_prediction_and_what_follows_are_as_ever():
    network, record = torch.nn.Linear(3, 2), Recorder()
    images = torch.ones(4, 3)
    with replayed(network, record):
        for _ in range(3):
            with torch.no_grad():
                network(images)
            network.eval()
            network(images)
            network.train()
        assert record.replays == []
    assert "forward" not in vars(network)
    assert network(images).shape == (4, 2)


def test_other_methods_and_devices_are_told_so(tmp_path):
    assert not Supervised(mix=ManifoldMixUp(10)).replayable
    with pytest.raises(UsageError, match="cuda_graphs is given, device is cpu and processes 1"):
        check_hardware(Hardware("cpu", cuda_graphs=True))
    with pytest.raises(UsageError, match="cuda_graphs is given, device is cpu"):
        train("supervised", data="digits", out=tmp_path / "run", device="cpu", cuda_graphs=True)
    assert not (tmp_path / "run").exists()


def test_a_method_of_several_passes_is_named_before_it_begins(tmp_path, monkeypatch):
    monkeypatch.setattr("contentmix.runs.train.check_hardware", lambda hardware: None)
    with pytest.raises(UsageError, match="cuda_graphs is given, and fixmatch is trained by more than a pass"):
        train("fixmatch", data="digits", labels=40, out=tmp_path / "run", epochs=1, device="cpu", cuda_graphs=True)


def test_passes_are_made_in_their_precision_and_their_gradients_in_none():
    """As without graphs: a backward pass is made where the forward one's context has ended, and so it is recorded."""
    network, seen = torch.nn.Linear(3, 2), []

    def record(module, tensors):
        with torch.autocast("cpu", enabled=False):
            outputs = module(*tensors)
            seen.append((outputs.dtype, torch.is_autocast_enabled("cpu")))
        return lambda *given: outputs

    for half, dtype in ((True, torch.bfloat16), (False, torch.float32)):
        with replayed(network, record), torch.autocast("cpu", torch.bfloat16, enabled=half):
            network(torch.ones(4, 3))
            network(torch.ones(4, 3))
            assert torch.is_autocast_enabled("cpu") is half
        assert seen.pop() == (dtype, False)


def test_images_made_by_workers_are_told_of_before_it_begins(tmp_path, monkeypatch):
    monkeypatch.setattr("contentmix.runs.train.check_hardware", lambda hardware: None)
    options = {"data": "digits", "epochs": 1, "device": "cpu", "cuda_graphs": True, "augmix": True}
    with pytest.raises(UsageError, match="cuda_graphs is given, and 3 workers make the images"):
        train("supervised", out=tmp_path / "run", workers=3, **options)


def test_what_cannot_be_recorded_is_told_in_one_line(monkeypatch):
    def fails(*_, **__):
        raise RuntimeError("CUDA error: operation not permitted\nwhen stream is capturing")

    monkeypatch.setattr(torch.cuda, "make_graphed_callables", fails)
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: (0, 1))
    monkeypatch.setattr(torch.random, "fork_rng", lambda devices: nullcontext())
    network = torch.nn.Linear(3, 2)
    told = r"recorded: leave it out \(CUDA error: operation not permitted when stream"
    with replayed(network):
        network(torch.ones(4, 3))
        with pytest.raises(UsageError, match=told):
            network(torch.ones(4, 3))
