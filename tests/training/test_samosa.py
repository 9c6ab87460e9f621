"""SAMOSA: what each term is and reaches, and hybrids in batches of MixMatch."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from contentmix import UsageError
from contentmix.hybrids import Samosa
from contentmix.networks import build_network
from contentmix.training import (
    FixMatch,
    Losses,
    MeanTeacher,
    MixMatch,
    MovingAverage,
    SamosaTraining,
    Step,
)
from tests.training.hybrid_cases import batch, first_views, reached

BASES = {
    "mean-teacher": MeanTeacher(unlabelled_batch=6),
    "fixmatch": FixMatch(unlabelled_batch=6, threshold=0.0),
    "mixmatch": MixMatch(unlabelled_batch=6),
}


def made(base="mean-teacher", **options):
    if base == "mixmatch":
        options = {"cycles": 1, **options}
    return SamosaTraining(BASES[base], **options)


def built(base="mean-teacher", **options):
    torch.manual_seed(0)
    method = made(base, **options)
    return method, method.build(build_network("wrn-10-1-leaky", 3, image_size=16), 3)


def step(network, progress=0.5, index=0):
    return Step(0, index, progress, 1.0, 3, average=MovingAverage(network, 0.9).module)


@pytest.mark.parametrize("base", BASES)
def test_reconstruction_trains_the_decoder_and_regularisation_the_classifier(base):
    """Section 2.3.3: E_c is not optimised for reconstruction, and D is not for what E_c is pulled towards."""
    method, network = built(base)
    wanted = {"reconstruction": {"residual", "decoder"}, "regularisation": {"classifier"}, "supervised": {"classifier"}}
    terms = method.loss(network, batch(), step(network)).terms
    for name, parts in wanted.items():
        assert reached(network, terms[name]) == parts, name


def test_what_is_pulled_ends_before_the_last_convolution():
    method, network = built()
    loss = method.loss(network, batch(), step(network)).terms["regularisation"]
    network.zero_grad()
    loss.backward()
    last = network.backbone.stage3[-1]
    assert last.conv1.weight.grad.abs().sum() > 0
    assert last.conv2.weight.grad is None
    assert network.classifier.heads.linear.weight.grad is None


def test_a_network_with_its_last_stride_at_the_end_is_pulled_at_the_decoders_size():
    method = SamosaTraining(BASES["fixmatch"])
    network = method.build(build_network("wrn-10-1", 3, image_size=16), 3)
    assert reached(network, method.loss(network, batch(), step(network)).terms["regularisation"]) == {"classifier"}


def test_the_terms_are_means_over_entries():
    """One pass in evaluation mode, computed by hand."""
    method, network = built(reconstruction=2.0, regularisation=3.0)
    network.eval()
    given = batch()
    terms = method.loss(network, given, step(network)).terms
    images = first_views(given)
    with torch.no_grad():
        rebuilt = network.decode(*network.encode(images))
        torch.testing.assert_close(terms["reconstruction"].detach(), 2 * nn.functional.mse_loss(rebuilt, images))
        block = network.backbone.stage3[-1]
        seen = []
        handle = block.conv1.register_forward_hook(lambda _, __, output: seen.append(output))
        maps = network.content(images)
        handle.remove()
        expected = 3 * nn.functional.mse_loss(seen[0], network.decoder.maps(maps)[0])  # both 64 x 4 x 4
        torch.testing.assert_close(terms["regularisation"].detach(), expected)


def test_mixmatch_learns_from_hybrids_in_some_batches_of_the_window(monkeypatch):
    method, network = built("mixmatch", prob=1.0, reconstruction=0.0, regularisation=0.0, window=(0.25, 0.75))
    calls = []
    network.hybridise_in_class = lambda images, others, labels: (calls.append(len(images)), (images, labels >= 0))[1]
    at = step(network)
    for progress, used in ((0.2, 0), (0.25, 1), (0.7, 1), (0.75, 0)):
        calls.clear()
        method.loss(network, batch(), replace(at, progress=progress))
        assert len(calls) == used, progress
    assert "kept" not in method.loss(network, batch(), replace(at, progress=0.2)).shares
    kept, made = method.loss(network, batch(), at).shares["kept"]
    assert (kept.item(), made.item()) == (16, 16)  # four labelled images and two views of six others
    network.hybridise_in_class = lambda images, others, labels: (images, torch.arange(len(labels)) < 4)
    assert method.loss(network, batch(), at).shares["kept"][0].item() == 4
    # In the other batches MixUp is drawn: the base is given no mix.
    given = []

    def loss(self, network, batch, step, mix=None):
        given.append(mix is not None)
        if mix is not None:
            mix(torch.zeros(2, 3, 16, 16), torch.zeros(2, 3), torch.Generator())
        return Losses({})

    monkeypatch.setattr(MixMatch, "loss", loss)
    method = replace(method, prob=0.2)
    steps = [replace(at, index=index) for index in range(400)]
    for each in steps:
        method.loss(network, batch(), each)
    chances = [torch.rand((), generator=each.generator("hybrids instead of MixUp")).item() for each in steps]
    assert given == [chance < 0.2 for chance in chances]
    assert 0.14 < sum(given) / 400 < 0.26


def test_hybrids_stand_in_place_of_mixup():
    """All images, in other contexts of the batch, where they keep their class; their targets stay."""
    method, network = built("mixmatch", prob=1.0)
    network.eval()
    given, at = batch(), step(network)
    losses = method.loss(network, given, at)
    views = given.unlabelled.images.unbind(1)
    guess = method.base.guess(network.classifier, views)
    images = torch.cat([given.images[:, 0], *views])
    targets = torch.cat([nn.functional.one_hot(given.labels[:, 0], 3).float(), guess, guess])
    others = torch.randperm(16, generator=at.generator("mixture", per_rank=True))
    hybrids, kept = network.hybridise_in_class(images, images[others], targets.argmax(1))
    assert kept.any()
    log_probs = network.classifier(hybrids)[:, 0].log_softmax(-1)
    torch.testing.assert_close(losses.terms["supervised"], -(targets[:4] * log_probs[:4]).sum(1).mean())
    # The auto-encoder learns from what the classifier was shown: the hybrids.
    rebuilt = network.decode(network.content(hybrids), network.context(hybrids))
    expected = 0.25 * nn.functional.mse_loss(rebuilt, hybrids)
    torch.testing.assert_close(losses.terms["reconstruction"], expected, atol=1e-5, rtol=1e-4)


def test_contexts_in_place_of_mixup_are_the_batch_in_a_drawn_order():
    """Labelled images and both views of the others, contents in their own order."""
    method, network = built("mixmatch", prob=1.0, reconstruction=0.0, regularisation=0.0)
    parents, given, at = [], batch(), replace(step(network), rank=1)
    network.hybridise_in_class = lambda *both: (parents.extend(both[:2]), (both[0], both[2] >= 0))[1]
    method.loss(network, given, at)
    images = torch.cat([given.images[:, 0], *given.unlabelled.images.unbind(1)])
    order = torch.randperm(16, generator=at.generator("mixture", per_rank=True))
    assert torch.equal(parents[0], images)
    assert torch.equal(parents[1], images[order])


def test_without_terms_of_its_own_it_is_the_base():
    method, network = built(reconstruction=0.0, regularisation=0.0)
    network.eval()
    at = step(network)
    terms = method.loss(network, batch(), at).terms
    base = BASES["mean-teacher"].loss(network.classifier, batch(), replace(at, average=at.average.classifier)).terms
    assert terms.keys() == base.keys()
    for name, value in base.items():
        torch.testing.assert_close(terms[name], value, msg=name)
    for options in ({"reconstruction": 0.0}, {"regularisation": 0.0}):
        assert {"reconstruction", "regularisation"} <= built(**options)[0].loss(network, batch(), at).terms.keys()


def test_plans_and_networks():
    method, _ = built()
    assert method.training_cycles == 3
    assert method.plan(2) == BASES["mean-teacher"].plan(2)
    with pytest.raises(UsageError, match="batch_size is 1"):
        method.plan(1)
    grey = method.build(build_network("wrn-10-1", 3, 1, image_size=16), 3)
    assert grey.hybridise(*torch.zeros(2, 1, 1, 16, 16)).shape == (1, 1, 16, 16)
    assert not torch.equal(grey.residual.conv1.weight, grey.backbone.conv1.weight)


def test_the_secondary_optimiser_of_mixmatch_is_sgd_with_a_cosine():
    (part,) = made("mixmatch").parts
    assert (part.modules, part.lr, part.optimizer, part.weight_decay) == (("residual", "decoder"), 0.2, "sgd", 5e-4)
    assert part.cosine == 950 / 900
    (part,) = made("mixmatch", lr=0.5).parts
    assert part.lr == 0.5
    (part,) = made().parts
    assert (part.modules, part.lr, part.optimizer, part.cosine) == (("residual", "decoder"), None, None, None)
    assert made(lr=0.5).parts[0].lr == 0.5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"base": "mixmatch", "cycles": 2}, "choose 1"),
        ({"cycles": 0}, "cycles is 0"),
        ({"copies": 0}, "copies is 0"),
        ({"regularisation": -0.1}, "regularisation is -0.1"),
        ({"window": (0.9, 0.1)}, "the window is 0.9 to 0.1"),
        ({"prob": 2.0}, "prob is 2.0"),
        ({"prob": -1.0}, "prob is -1.0"),
        ({"reconstruction": -0.1}, "reconstruction is -0.1"),
        ({"window": (-0.1, 0.5)}, "the window is -0.1 to 0.5"),
        ({"window": (0.1, 1.5)}, "the window is 0.1 to 1.5"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(UsageError, match=message):
        made(**options)


def test_the_smallest_and_largest_values_are_allowed():
    for options in (
        {"window": (0.0, 1.0)},
        {"window": (0.5, 0.5)},
        {"prob": 0.0},
        {"prob": 1.0},
        {"cycles": 1, "copies": 1},
        {"reconstruction": 0.0, "regularisation": 0.0},
    ):
        method = made(**options)
        assert {name: getattr(method, name) for name in options} == options


def test_other_networks_are_refused():
    with pytest.raises(UsageError, match="made of wide ResNets"):
        SamosaTraining(BASES["fixmatch"]).build(build_network("preactresnet18-1", 3, image_size=16), 3)
    assert isinstance(built()[1], Samosa)
