"""Methods of one's own, and the package's with pieces of one's own, in a run like any other."""

import csv
from dataclasses import dataclass

import pytest
import torch
from torch.nn.functional import cross_entropy

import contentmix as cm
from contentmix.given import label_of
from contentmix.networks import give_network, own
from contentmix.runs.own_method import GIVEN, give_method
from tests.cli.helpers import contentmix, one_line

QUICK = {"network": "wrn-10-1", "epochs": 2, "progress": False, "device": "cpu", "select": "last", "batch_size": 128}


@dataclass(frozen=True)
class Noisy(cm.Method):
    """Cross-entropy on images with noise, and a term that is the weight itself."""

    weight: float = 1.0

    def plan(self, batch_size):
        return cm.BatchPlan(batch_size=batch_size)

    def build(self, backbone, num_classes):
        return cm.SingleInput(backbone)

    def loss(self, network, batch, step):
        images = batch.images[:, 0]
        noise = torch.randn(images.shape, generator=step.generator("noise"))
        logits = network(images + 0.1 * noise)[:, 0]
        return cm.Losses({"labels": cross_entropy(logits, batch.labels[:, 0]), "weight": torch.tensor(self.weight)})


@pytest.fixture(scope="module")
def data():
    source = cm.load_data("digits")
    return source.train.images[:300], source.train.labels[:300]


@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    return cm.train(Noisy(0.25), data=data, out=tmp_path_factory.mktemp("runs") / "noisy", **QUICK)


def test_the_folder_says_what_the_method_was(run):
    assert (run.folder / "config.yaml").read_text().startswith("# method: Noisy(weight=0.25)\n# data: ")
    assert label_of(run.config.method) == "Noisy"
    assert run.record.method == run.config.method
    assert run.record.command.startswith("contentmix.train('object:Noisy@")
    (row, *_) = cm.list_runs(run.folder)
    assert (row["finished"], row["top1"]) == (True, run.record.final.top1)


def test_its_terms_are_figures_of_every_epoch(run):
    rows = list(csv.DictReader((run.folder / "metrics.csv").read_text().splitlines()))
    assert [float(row["loss_weight"]) for row in rows] == [0.25, 0.25]
    assert all(float(row["loss_labels"]) > 0 for row in rows)


def test_a_run_that_stopped_goes_on_as_if_it_had_not(run, data, tmp_path):
    part = cm.train(Noisy(0.25), data=data, out=tmp_path / "part", **QUICK).folder
    for name in ("results.json", "model.safetensors", "predictions.safetensors"):
        (part / name).unlink()
    max((part / "checkpoints").iterdir(), key=lambda path: path.stat().st_mtime).unlink()
    with pytest.raises(cm.UsageError, match=r"method of run .* is object:Noisy@.*, and object:Noisy@.* is given"):
        cm.resume(part, method=Noisy(0.5), data=data)
    resumed = cm.resume(part, method=Noisy(0.25), data=data)
    first, second = (cm.load(each).state_dict() for each in (run, resumed))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_process_without_the_method_is_told_what_to_do(run, monkeypatch, capsys):
    monkeypatch.setattr("contentmix.runs.own_method.GIVEN._held", {})
    line = r"method object:Noisy@\w+ was given as an object in Python, and is not here: give the same one again"
    with pytest.raises(cm.UsageError, match=line):
        cm.load(run.folder)
    assert contentmix("evaluate", run.folder) == 2
    assert "give the same one again, as in run = contentmix.open_run(RUN, method=...)" in one_line(capsys)
    images = cm.load_data("digits").test.images[:3]
    assert cm.load(run.folder, method=Noisy(0.25)).predict(images).probabilities.shape == (3, 10)


def test_options_of_a_method_of_ones_own_are_its_fields():
    with pytest.raises(cm.UsageError, match=r"unknown option 'weight' of object:Noisy@\w+ \(valid: data, "):
        cm.train(Noisy(), weight=0.5)


def test_what_is_no_method_is_an_error():
    with pytest.raises(cm.UsageError, match="method is int: give a name"):
        cm.train(3)
    with pytest.raises(cm.UsageError, match="method is the class Noisy and no object of it: give a name"):
        cm.train(Noisy)


def test_the_name_is_of_what_the_method_is():
    """A function among its fields has another address in each process, and the same name."""

    def other(logits, targets):
        return (logits - targets).square().sum(-1)

    def named(criterion):
        return give_method(cm.Supervised(criterion=criterion))

    def again():
        def other(logits, targets):
            return (logits - targets).square().sum(-1)

        other.__qualname__ = qualified
        return other

    qualified = other.__qualname__
    assert named(other) == named(again())
    assert named(other) != named(cm.soft_cross_entropy)
    assert give_method(Noisy(1.0)) != give_method(Noisy(2.0))


def doubled(logits, targets):
    return 2 * cm.soft_cross_entropy(logits, targets)


@pytest.mark.parametrize("members", [1, 2])
def test_a_criterion_of_ones_own_is_what_is_minimised(members):
    """Twice the losses, twice the loss, with the mixture's weights and the targets that mixing made."""
    torch.manual_seed(0)
    images, labels = torch.randn(4, members, 1, 8, 8), torch.arange(4 * members).view(4, members) % 3
    step, batch = cm.Step(0, 0, 0.0, 0.0, 3), cm.Batch(images, labels)
    plain, own = (
        (cm.Supervised(cm.mixup(3), criterion=criterion) if members == 1 else cm.MultiInput(criterion=criterion))
        for criterion in (cm.soft_cross_entropy, doubled)
    )
    network = plain.build(cm.WideResNet(10, 1, num_classes=3, in_channels=1), 3).eval()
    assert torch.allclose(own.loss(network, batch, step), 2 * plain.loss(network, batch, step))


def test_what_is_given_last_is_what_is_found():
    """A class that is written anew in a notebook, while an object of the old one lives, has the same name and other code."""

    def again(loss):
        return dataclass(frozen=True)(
            type("Noisy", (Noisy,), {"loss": loss, "__module__": __name__, "__qualname__": "Noisy"})
        )

    old, new = again(lambda *_: 1.0)(), again(lambda *_: 2.0)()
    name = give_method(old)
    assert give_method(new) == name
    assert GIVEN.find(name) is new
    assert give_method(old) == name
    assert GIVEN.find(name) is old
    network, pretrained = (cm.OwnNetwork(torch.nn.Linear(2, 3)) for _ in range(2))
    assert give_network(network) == give_network(pretrained), "of the layers, not of the weights"
    assert own.GIVEN.find(give_network(pretrained)) is pretrained
