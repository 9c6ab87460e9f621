"""What a method of one's own gets wrong is one line, said before anything is kept."""

from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy

import contentmix as cm


@dataclass(frozen=True)
class Own(cm.Method):
    """``made`` of logits (b, k) and labels (b,)."""

    made: Any
    built: Any = cm.SingleInput

    def plan(self, batch_size):
        return cm.BatchPlan(batch_size=batch_size)

    def build(self, backbone, num_classes):
        return self.built(backbone)

    def loss(self, network, batch, step):
        return self.made(network(batch.images[:, 0])[:, 0], batch.labels[:, 0])


@pytest.fixture(scope="module")
def data():
    source = cm.load_data("digits")
    return cm.as_data((source.train.images[:60], source.train.labels[:60]))


def say(method, data, tmp_path):
    """The line, where training says one."""
    with pytest.raises(cm.ContentmixError) as error:
        cm.train(
            method,
            data=data,
            network="wrn-10-1",
            epochs=1,
            epoch_steps=2,
            progress=False,
            device="cpu",
            out=tmp_path / "run",
        )
    assert not list(tmp_path.iterdir()), "nothing is left"
    assert "\n" not in str(error.value)
    return str(error.value)


def each(logits, labels):
    return cross_entropy(logits, labels, reduction="none")


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (each, "the loss is a tensor (8,): it must be a scalar tensor, as losses.mean() makes one"),
        (lambda *_: 0.5, "the loss is float: it must be a scalar tensor"),
        (lambda *_: None, "the loss is NoneType: it must be"),
        (lambda logits, labels: {"a": cross_entropy(logits, labels)}, "the loss is dict: it must be"),
        (lambda logits, labels: cross_entropy(logits.detach(), labels), "the loss depends on no weight that is trained"),
        (lambda logits, labels: torch.nan * cross_entropy(logits, labels), "the loss is nan at step 0"),
        (lambda logits, labels: torch.inf * cross_entropy(logits, labels), "the loss is inf at step 0"),
        (lambda logits, labels: cm.Losses({"a": each(logits, labels)}), "loss a is a tensor (8,): it must be a scalar"),
        (lambda *_: cm.Losses({"a": 1.0}), "loss a is float: it must be a scalar tensor"),
        (lambda logits, labels: cm.Losses({"my loss": cross_entropy(logits, labels)}), "'my loss' among the losses: a name is one word"),
    ],
)  # fmt: skip
def test_a_loss_that_is_none(made, message, data, tmp_path):
    assert say(Own(made), data, tmp_path).startswith(message)


@pytest.mark.parametrize(
    ("built", "message"),
    [
        (
            lambda _: None,
            "method Own built NoneType: it must build a module with predict(images (b, c, h, w)) -> logits",
        ),
        (lambda backbone: backbone, "method Own built WideResNet: it must build a module with predict"),
    ],
)
def test_a_network_that_is_none(built, message, data, tmp_path):
    assert say(Own(each, built), data, tmp_path).startswith(message)


def test_a_mix_that_is_none(data, tmp_path):
    for mix in (3, cm.ImageMix):
        with pytest.raises(cm.UsageError, match="mix is .*: give one that is called with images and labels"):
            cm.Supervised(mix)
    assert say(cm.Supervised(cm.cutmix(12)), data, tmp_path) == "logits (8, 10) and targets (8, 12) differ in shape"
    alone = cm.Supervised(lambda images, labels, *, generator: images)
    assert say(alone, data, tmp_path) == "the mix returned Tensor: it must return images and soft targets"
