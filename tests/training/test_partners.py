"""Supervised training whose images are mixed with others of the whole training set."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from contentmix.batch import Batch
from contentmix.data import Place, TrainLoader, load_data
from contentmix.errors import UsageError
from contentmix.mixing import ManifoldMixUp, cutmix, mixup, resizemix
from contentmix.training import Supervised
from contentmix.training.method import Step

STEP = Step(seed=0, index=0, progress=0.0, epoch=0.0, classes=10)


class Constant(nn.Module):
    """Even predictions whatever the image, which it keeps."""

    def forward(self, images):
        self.seen = images
        return torch.zeros(len(images), 1, 10)


def test_of_the_whole_set_each_image_gets_a_partner_or_not_by_itself():
    """Of 64 images, each with probability 0.5: between 16 and 48 (a deviation is 4) have one, and they alone change."""
    source = load_data("digits")
    method = Supervised(mixup(10, prob=0.5), partners="set")
    (batch, *_) = TrainLoader(source.train, source, method.plan(64), 0, Place())
    network = Constant()
    method.loss(network, batch, STEP)
    changed = (network.seen != batch.images[:, 0]).flatten(1).any(1)
    assert 16 <= changed.sum() <= 48
    assert set(changed.nonzero()[:, 0].tolist()) <= set(batch.partners.rows.tolist())
    assert changed.sum() == len(batch.partners.rows)


def test_shares_of_the_whole_set_are_drawn_by_the_step_of_the_process():
    source = load_data("digits")
    method, at = Supervised(mixup(10), partners="set"), replace(STEP, rank=1)
    (batch, *_) = TrainLoader(source.train, source, method.plan(8), 0, Place())
    network, draws = Constant(), at.generator("mixture", per_rank=True)
    method.loss(network, batch, at)
    expected, _ = method.mix.with_partners(batch.images[:, 0], batch.labels[:, 0], batch.partners, generator=draws)
    assert torch.equal(network.seen, expected)


def test_of_its_batch_every_image_is_mixed_or_none():
    images = torch.rand(8, 1, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    batch, network = Batch(images, torch.zeros(8, 1, dtype=torch.long)), Constant()
    method = Supervised(cutmix(10, prob=0.5))
    assert method.plan(8).partner_prob == 0
    mixed = []
    for index in range(40):
        method.loss(network, batch, Step(seed=0, index=index, progress=0.0, epoch=0.0, classes=10))
        mixed.append(not torch.equal(network.seen, images[:, 0]))
    assert 8 <= sum(mixed) <= 32


def test_the_loss_is_the_cross_entropy_of_even_predictions():
    """log 10 whatever the targets, since they sum to one."""
    images = torch.rand(4, 1, 1, 4, 4)
    batch = Batch(images, torch.arange(4)[:, None])
    for mix in (None, mixup(10)):
        assert Supervised(mix).loss(Constant(), batch, STEP).item() == pytest.approx(2.302585, abs=1e-5)


@pytest.mark.parametrize("mix", [None, resizemix(10), ManifoldMixUp(10)])
def test_what_has_no_mask_has_no_partners_from_the_set(mix):
    with pytest.raises(UsageError, match="partners is set"):
        Supervised(mix, partners="set")
