"""The guide of SciMix's generator: what it learns from, what it encodes, and when it learns no more."""

import math
from dataclasses import replace

import torch

from contentmix.hybrids import frozen
from contentmix.training import LearningRate, Optimisation, Step
from contentmix.training.optimisation import make_optimizer
from tests.training.hybrid_cases import batch, first_views, reached
from tests.training.scimix_generator_cases import TERMS, built, losses


def test_images_are_reconstructed_from_the_pass_that_the_guide_made():
    """Student views are encoded once: the residual encoder sees the labelled and the student's images, in that order."""
    method, network = built(variant="no-hybrids")
    seen = []
    network.residual.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    losses(method, network)
    given = batch()
    torch.testing.assert_close(seen[0], first_views(given))
    assert len(seen) == 1


def test_supervised_guides_need_no_unlabelled_images():
    method, network = built(guide="supervised")
    found = method.loss(network, replace(batch(), unlabelled=None), Step(0, 0, 0.5, 1.0, 3))
    assert set(found.terms) == TERMS | {"supervised"}
    assert method.plan(8).unlabelled is None


def test_a_guide_that_learns_by_fixmatch_encodes_weak_views():
    """It sees labelled images, weak and strong views at once; the residual encoder sees the first two."""
    method, network = built(guide="fixmatch")
    seen, given = [], batch()
    network.residual.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    found = losses(method, network)
    assert {"supervised", "pseudo_label"} < set(found.terms)
    torch.testing.assert_close(seen[0], first_views(given))
    assert method.plan(8).unlabelled.views == ("weak", "strong")


def test_the_guide_sees_other_colours_than_are_rebuilt():
    method, network = built(guide_jitter=0.5, variant="no-hybrids")
    guided, encoded = [], []
    network.classifier.register_forward_pre_hook(lambda _, inputs: guided.append(inputs[0]))
    network.residual.register_forward_pre_hook(lambda _, inputs: encoded.append(inputs[0]))
    losses(method, network)
    student = guided[-1]  # the teacher, a copy, comes first
    assert student.shape == encoded[0].shape
    assert not torch.allclose(student, encoded[0])
    # A gain and an offset for each channel: the colours of an image are all that differs.
    mine, other = (image.flatten(2) - image.flatten(2).mean(-1, keepdim=True) for image in (student, encoded[0]))
    torch.testing.assert_close((mine * other).sum(-1) / (mine.norm(dim=-1) * other.norm(dim=-1)), torch.ones(10, 3))


def test_a_guide_that_is_frozen_learns_in_the_warm_up_and_then_no_more():
    method, network = built(warmup=0.5, freeze_guide=True)
    assert set(losses(method, network, progress=0.4).terms) == {"supervised", "consistency", "head_distance"}
    statistics = {name: value.clone() for name, value in network.classifier.named_buffers()}
    found = losses(method, network, progress=0.6)
    assert set(found.terms) == TERMS
    assert reached(network, found.total) == {"residual", "generator", "critic"}
    for name, value in network.classifier.named_buffers():
        assert torch.equal(value, statistics[name]), name
    assert network.classifier.training


def test_the_rate_of_a_frozen_guide_falls_within_the_warm_up():
    method, network = built(warmup=0.5, freeze_guide=True)
    run = Optimisation(lr=0.1, schedule=LearningRate("cosine", 10))
    optimizer, factors = make_optimizer(network, run, method.parts, 4, fused=False)
    assert [len(group["params"]) for group in optimizer.param_groups] == [
        len(list(network.classifier.parameters())),
        len(list(network.generator.parameters())) + len(list(network.residual.parameters())),
        len(list(network.critic.parameters())),
    ]
    # A cosine over half of ten epochs: half way down after 2.5 of them, at 0 after 5; the others are at half after 5.
    assert [round(factor(10), 6) for factor in factors] == [0.5, *[round(0.5 * (1 + math.cos(math.pi / 4)), 6)] * 2]
    assert [round(factor(20), 6) for factor in factors] == [0.0, 0.5, 0.5]


def test_a_guide_that_has_learnt_elsewhere_stays_as_it_is():
    method, network = built(freeze_guide=True)
    assert method.needs_init
    assert "classifier" not in {name for part in method.parts for name in part.modules}
    before = {name: each.clone() for name, each in network.classifier.state_dict().items()}
    run = Optimisation(lr=0.1, weight_decay=0.1, schedule=LearningRate("cosine", 10))
    optimizer, _ = make_optimizer(network, run, method.parts, 4, fused=False)
    losses(method, network).total.backward()
    optimizer.step()
    for name, each in network.classifier.state_dict().items():
        assert torch.equal(each, before[name]), name


def test_frozen_gives_weights_back():
    layer = torch.nn.Linear(2, 2)
    layer.bias.requires_grad_(False)
    with frozen(layer):
        assert not layer.weight.requires_grad
    assert layer.weight.requires_grad
    assert not layer.bias.requires_grad
