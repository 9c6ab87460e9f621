"""Supervised training by hand: plain, smooth, mixed and mixed inside."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from contentmix import UsageError
from contentmix.batch import Batch
from contentmix.mixing import ManifoldMixUp, cutmix
from contentmix.networks import WideResNet
from contentmix.runs.methods import build_method
from contentmix.subnetworks import SingleInput
from contentmix.training import Step, Supervised

STEP = Step(seed=3, index=7, progress=0.5, epoch=1.0, classes=3, rank=1)


def given():
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    images = torch.randn(4, 1, 3, 8, 8, generator=generator)
    return Supervised().build(WideResNet(10, 1, 3), 3).eval(), Batch(images, torch.tensor([[0], [1], [2], [1]]))


def cross_entropy(logits, targets):
    return -(targets * logits.log_softmax(-1)).sum(-1).mean()


def test_the_loss_is_the_mean_cross_entropy():
    network, batch = given()
    expected = nn.functional.cross_entropy(network.backbone(batch.images[:, 0]), batch.labels[:, 0])
    torch.testing.assert_close(Supervised().loss(network, batch, STEP), expected)


def test_smooth_labels_spread_a_share_over_all_classes():
    network, batch = given()
    log_probs = network.backbone(batch.images[:, 0]).log_softmax(-1)
    own = -log_probs.gather(1, batch.labels).mean()
    expected = 0.7 * own - 0.3 * log_probs.mean()
    torch.testing.assert_close(Supervised(label_smoothing=0.3).loss(network, batch, STEP), expected)


def test_a_mix_is_drawn_for_the_step_and_the_rank():
    network, batch = given()
    mix = cutmix(3, prob=1.0)
    draws = STEP.generator("mixture", per_rank=True)
    images, targets = mix(batch.images[:, 0], batch.labels[:, 0], generator=draws)
    expected = cross_entropy(network.backbone(images), targets)
    torch.testing.assert_close(Supervised(mix).loss(network, batch, STEP), expected)
    assert Supervised(mix).loss(network, batch, replace(STEP, rank=0)) != expected


def test_manifold_mixup_mixes_inside_the_network():
    network, batch = given()
    mix = ManifoldMixUp(3)
    for index in range(4):
        step = replace(STEP, index=index)
        draws = step.generator("mixture", per_rank=True)
        logits, targets = mix(network, batch.images[:, 0], batch.labels[:, 0], generator=draws)
        torch.testing.assert_close(Supervised(mix).loss(network, batch, step), cross_entropy(logits[:, 0], targets))


def test_predictions_are_of_images_that_nothing_is_mixed_into():
    network, batch = given()
    losses = Supervised().learn(network, batch, STEP)
    assert torch.equal(losses.predictions.labelled, network.backbone(batch.images[:, 0]))
    assert not losses.predictions.labelled.requires_grad
    assert losses.predictions.unlabelled is None
    assert Supervised(cutmix(3)).learn(network, batch, STEP).predictions.labelled is None


def test_batches_and_networks_are_plain():
    plan = Supervised(augmentations=3).plan(16)
    assert (plan.batch_size, plan.augmentations, plan.positions, plan.members) == (16, 3, 48, 1)
    assert isinstance(given()[0], SingleInput)


@pytest.mark.parametrize("smoothing", [1.0, -0.1, 1.5])
def test_smoothing_is_a_share(smoothing):
    with pytest.raises(UsageError, match=f"label_smoothing is {smoothing}"):
        Supervised(label_smoothing=smoothing)
    assert Supervised().label_smoothing == 0


@pytest.mark.parametrize(("layers", "parts"), [("batch", 4), ("masked", 4), ("packed", 1), ("dropout", 1)])
def test_a_batch_has_an_image_for_every_member_that_sees_a_part_of_it(layers, parts):
    method = build_method("ensemble-layers", {"layers": layers, "members": 4}, 10)
    assert method.plan(2).parts == parts
