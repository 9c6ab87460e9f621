"""MixMatch: guesses, mixtures and terms by hand."""

import copy
import math

import pytest
import torch
from torch import nn

from contentmix.mixing import Dirichlet, LargestFirst, Mixer, permuted_partners
from contentmix.training import MixMatch, Step
from tests.training.few_labels_cases import Table, batch, built, numbered


def test_mixmatch_guesses_by_hand():
    # Views at (1/4, 3/4) and (3/4, 1/4): the mean is (1/2, 1/2). At (1/4, 3/4) twice, squares: (1/10, 9/10).
    table = Table([[[0.0, math.log(3)]], [[math.log(3), 0.0]]], 1)
    views = torch.tensor([[0.0, 0.0], [1.0, 0.0]])[:, :, None, None, None].unbind(0)
    guess = MixMatch().guess(table, views)
    assert guess[0].tolist() == pytest.approx([0.5, 0.5])
    assert guess[1].tolist() == pytest.approx([0.1, 0.9])


def test_mixmatch_keeps_the_larger_share():
    images = torch.eye(50)[:, :, None, None]
    targets = torch.eye(50)
    mixed, mixed_targets = MixMatch(alpha=0.75).mix(images, targets, torch.Generator().manual_seed(0))
    own = mixed_targets.diagonal()
    assert (own >= 0.5).all()
    assert (own < 0.999).any()
    torch.testing.assert_close(mixed[:, :, 0, 0], mixed_targets)


def test_mixmatch_ramps_its_weight():
    network, _ = built(MixMatch())
    # Step 5 of 10 with its own draws, and the same draws without a ramp: half.
    ramped, full = (
        MixMatch(ramp_steps=steps)
        .loss(copy.deepcopy(network), batch(), Step(0, 5, 0.0, 0.0, 3))
        .terms["unlabelled"]
        .item()
        for steps in (10, 0)
    )
    assert ramped == pytest.approx(full / 2)
    assert MixMatch().loss(network, batch(), Step(0, 0, 0.0, 0.0, 3)).terms["unlabelled"] == 0


def test_no_gradient_into_guessed_labels():
    network, _ = built(MixMatch())
    assert not MixMatch().guess(network, batch().unlabelled.images.unbind(1)).requires_grad


def test_mixmatch_by_hand():
    """Every image keeps itself: two labelled ones, and two views of one unlabelled image."""
    third = math.log(3)
    table = Table([[[0.0, third]], [[third, 0.0]], [[0.0, third]], [[0.0, 0.0]]], 1)
    given = numbered([0, 1], [1, 1], [2], [3])
    given.unlabelled.labels[:] = 1
    method = MixMatch(ramp_steps=10, weight=40.0, temperature=0.5)
    losses = method.loss(table, given, Step(0, 5, 0.0, 0.0, 2), lambda images, targets, _: (images, targets))
    # -ln 3/4 and -ln 1/4.
    assert losses.terms["supervised"].item() == pytest.approx(-(math.log(3 / 4) + math.log(1 / 4)) / 2)
    # Views at (1/4, 3/4) and (1/2, 1/2): their mean (3/8, 5/8), squared (9, 25) / 34. Squares of the distances of both views.
    guess = 9 / 34
    distance = ((1 / 4 - guess) ** 2 + (1 / 2 - guess) ** 2) / 2  # two classes, at the same distance each
    assert losses.terms["unlabelled"].item() == pytest.approx(40.0 * 0.5 * distance)
    assert [float(x) for x in losses.shares["pseudo_label_accuracy"]] == [1.0, 1.0]


@pytest.mark.parametrize(("index", "share"), [(0, 0.0), (5, 0.5), (10, 1.0), (15, 1.0)])
def test_the_weight_of_mixmatch_rises_and_stays(index, share):
    table = Table([[[0.0, 1.0]], [[1.0, 0.0]], [[2.0, 0.0]]], 1)
    given = numbered([0], [1], [1], [2])
    terms = [
        MixMatch(ramp_steps=steps).loss(table, given, Step(0, index, 0.0, 0.0, 2), lambda x, y, _: (x, y)).terms
        for steps in (10, 0)
    ]
    assert terms[0]["unlabelled"].item() == pytest.approx(share * terms[1]["unlabelled"].item())


def test_mixmatch_mixes_all_groups_with_one_another():
    network, step = built(MixMatch())
    network.eval()
    given, method = batch(), MixMatch(ramp_steps=0, weight=2.0)
    views = given.unlabelled.images.unbind(1)
    guess = method.guess(network, views)
    images = torch.cat([given.images[:, 0], *views])
    targets = torch.cat([nn.functional.one_hot(given.labels[:, 0], 3).float(), guess, guess])
    draws = step.generator("mixture", per_rank=True)
    mixture = Mixer(LargestFirst(Dirichlet(0.75))).draw(16, 2, (8, 8), draws)
    own, partner = mixture.ratios.unbind(1)
    order = permuted_partners(16, 2, draws)[:, 1]
    mixed = own[:, None, None, None] * images + partner[:, None, None, None] * images[order]
    wanted = own[:, None] * targets + partner[:, None] * targets[order]
    log_probs = network(mixed)[:, 0].log_softmax(-1)
    terms = method.loss(network, given, step).terms
    torch.testing.assert_close(terms["supervised"], -(wanted[:4] * log_probs[:4]).sum(1).mean())
    torch.testing.assert_close(terms["unlabelled"], 2 * (log_probs[4:].exp() - wanted[4:]).square().mean())


def test_guesses_leave_the_statistics_alone():
    network, _ = built(MixMatch())
    before = copy.deepcopy(network.state_dict())
    MixMatch().guess(network, batch().unlabelled.images.unbind(1))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
