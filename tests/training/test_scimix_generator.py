"""What each term of SciMix's generator is, what it reaches, and what it must not."""

from dataclasses import replace

import pytest
import torch

from contentmix.data import jitter_colors, shift_images
from contentmix.training import MeanTeacher, MovingAverage, SciMixGenerator, Step
from contentmix.training.scimix_generator import _copies, _right
from tests.training.hybrid_cases import batch, first_views, reached
from tests.training.scimix_generator_cases import TERMS, built, losses, opinionated


def test_every_term_reaches_the_networks_that_it_trains():
    method, network = built()
    terms = losses(method, network).terms
    assert set(terms) == TERMS | {"supervised", "consistency", "head_distance"}
    wanted = {
        **{name: {"classifier", "residual", "generator"} for name in TERMS},
        "critic": {"critic"},
        "supervised": {"classifier"},
        "consistency": {"classifier"},
        "head_distance": {"classifier"},
    }
    for name, parts in wanted.items():
        assert reached(network, terms[name]) == parts, name


class _CutOff(SciMixGenerator):
    """Codes are cut off before hybrids are made: what is left of a gradient is the judges'."""

    def _judge(self, network, hybrids, content, context, partners, step):
        hybrids = network.decode(content.detach(), context.detach()[partners])
        return super()._judge(network, hybrids, content, context, partners, step)


@pytest.mark.parametrize(
    ("variant", "judges"), [("full", {}), ("unfrozen", {"hybrid_class": "classifier", "hybrid_context": "residual"})]
)
@pytest.mark.parametrize("name", ["hybrid_class", "hybrid_context"])
def test_hybrids_move_the_generator_and_not_the_judges(variant, judges, name):
    _, network = built(variant=variant)
    method = _CutOff(unlabelled_batch=6, context_start=0.0, variant=variant)
    assert reached(network, losses(method, network).terms[name]) == {"generator", judges.get(name, "generator")}


def test_judges_are_in_training_mode_and_keep_their_statistics():
    method, network = built()
    before = {name: value.clone() for name, value in network.named_buffers()}
    guide_alone = replace(method, variant="no-hybrids")
    losses(guide_alone, network)
    once = {name: value.clone() for name, value in network.named_buffers()}
    assert any(not torch.equal(before[name], once[name]) for name in once)
    network.load_state_dict({**network.state_dict(), **before})
    losses(method, network)  # hybrids are judged too
    for name, value in network.named_buffers():
        torch.testing.assert_close(value, once[name], msg=name)


WEIGHTS = {
    "reconstruction": 2.0, "adversarial": 3.0, "hybrid_class": 5.0, "hybrid_context": 7.0, "away_class": 11.0, "away_context": 13.0,
    "hybrid_adversarial": 17.0, "r1": 19.0,
}  # fmt: skip


def norms(values, targets):
    return (values - targets).flatten(1).square().sum(1).sqrt()


def softplus(values):
    return (1 + values.exp()).log()


@pytest.mark.parametrize("variant", ["full", "flipped", "basic"])
def test_every_term_by_hand(variant):
    """Equations 2.8 to 2.12 with all that moves and colours images, in evaluation mode; each weight is another one."""
    method, network = built(variant=variant, guide_jitter=0.3, judge_shift=0.125, critic_jitter=0.4, **WEIGHTS)
    network.eval()
    opinionated(network)
    given = batch()
    at = Step(0, 32, 0.5, 1.0, 3, rank=1, average=MovingAverage(network, 0.9).module.eval())
    losses = method.loss(network, given, at)

    colors = at.generator("guide colors", per_rank=True)
    labelled = jitter_colors(given.images, 0.3, colors)
    others = jitter_colors(given.unlabelled.images, 0.3, colors)
    seen = replace(given, images=labelled, unlabelled=replace(given.unlabelled, images=others))
    base = MeanTeacher(unlabelled_batch=6).loss(network.classifier, seen, replace(at, average=at.average.classifier))
    images = first_views(given)
    content = network.content(torch.cat([labelled[:, 0], others[:, 0]]))
    context = network.context(images)
    partners = torch.randperm(10, generator=at.generator("partners", per_rank=True))
    rebuilt, hybrids = network.decode(content, context), network.decode(content, context[partners])
    draws = at.generator("judge", per_rank=True)
    judged = shift_images(jitter_colors(hybrids, 0.3, draws), 2, draws)  # an eighth of 16 px
    logits, wanted = network.classify(network.content(judged)), network.classify(content)
    found = network.context(hybrids)
    colors = at.generator("critic", per_rank=True)
    shown = [jitter_colors(each, 0.4, colors).detach() for each in (images, rebuilt, hybrids)]
    real, first, second = (network.critic(each) for each in shown)
    leaf = shown[0].clone().requires_grad_()
    (slope,) = torch.autograd.grad(network.critic(leaf).sum(), leaf)
    expected = {
        "reconstruction": 2 * norms(rebuilt, images).mean(),
        "hybrid_class": 5 * norms(logits, wanted).mean(),
        "hybrid_context": 7 * norms(found, context[partners]).mean(),
        "adversarial": 3 * softplus(-first).mean(),
        "hybrid_adversarial": 17 * softplus(-second).mean(),
        "critic": softplus(-real).mean() + softplus(torch.cat([first, second])).mean(),
        "r1": 16 * 19 / 2 * slope.square().sum((1, 2, 3)).mean(),
        **base.terms,
    }
    if variant != "basic":
        expected["away_class"] = -11 * norms(logits, wanted[partners]).mean()
        expected["away_context"] = -13 * norms(found, context).mean()
    assert losses.terms.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(losses.terms[name].detach(), value.detach(), atol=1e-5, rtol=1e-4, msg=name)
    shares = {name: [int(each) for each in pair] for name, pair in losses.shares.items()}
    made = torch.cat([first, second])
    assert shares["critic_right"] == [int((real > 0).sum() + (made < 0).sum()), 30]
    assert shares["accepted"] == [int((logits.argmax(1) == wanted.argmax(1)).sum()), 10]
    assert shares["copies"][1] == int((norms(images, images[partners]) > 0).sum())
    assert shares.keys() == {"critic_right", "accepted", "copies", *base.shares}


def test_copies_are_hybrids_that_are_one_of_their_parents():
    """Parents are 10 apart: copies are nearer than half a unit; a pair of equal parents does not count."""
    content, context = torch.zeros(5, 1, 1, 1), torch.tensor([10.0, 10, 10, 10, 0]).view(5, 1, 1, 1)
    hybrids = torch.tensor([0.4, 0.6, 9.6, 9.4, 0.0]).view(5, 1, 1, 1)
    copies, pairs = _copies(hybrids, content, context)
    assert (int(copies), int(pairs)) == (2, 4)


def test_the_critic_is_right_where_its_sign_is():
    right, opinions = _right(torch.tensor([1.0, -1.0, 0.0]), torch.tensor([-2.0, 3.0, 0.0, -1.0]))
    assert (int(right), int(opinions)) == (3, 7)


def test_variants_have_the_terms_that_table_a14_says():
    for variant, without in {
        "basic": {"away_class", "away_context"},
        "no-hybrids": {"hybrid_class", "hybrid_context", "away_class", "away_context", "hybrid_adversarial"},
        "flipped": set(),
        "unfrozen": set(),
    }.items():
        method, network = built(variant=variant)
        found = losses(method, network).terms
        assert set(found) - {"supervised", "consistency", "head_distance"} == TERMS - without
        assert torch.isfinite(torch.stack(list(found.values()))).all()


def test_a_term_without_weight_is_left_out():
    method, network = built(away_context=0.0, adversarial=0.0)
    found = set(losses(method, network).terms) & TERMS
    assert found == TERMS - {"away_context", "adversarial"}


def test_terms_begin_when_they_are_said_to():
    method, network = built(warmup=0.25)
    method = replace(method, context_start=0.5)
    assert set(losses(method, network, progress=0.2).terms) == {"supervised", "consistency", "head_distance"}
    assert "hybrid_context" not in losses(method, network, progress=0.4).terms
    assert {"hybrid_context", "away_context"} <= set(losses(method, network, progress=0.5).terms)


def test_the_critic_is_penalised_every_sixteenth_step():
    method, network = built(r1=2.0)
    assert "r1" not in losses(method, network, index=15).terms
    loss = losses(method, network, index=16).terms["r1"]
    assert reached(network, loss) == {"critic"}


def test_the_penalty_stands_for_the_steps_without_one():
    """Made every sixteenth step, it weighs sixteen times: 16 * 2 / 2 |grad_x D(x)|^2, a mean over real images."""
    method, network = built(r1=2.0)
    opinionated(network)
    given = batch()
    images = first_views(given).requires_grad_()
    (slope,) = torch.autograd.grad(network.critic(images).sum(), images)
    expected = 16 * slope.square().sum((1, 2, 3)).mean()
    torch.testing.assert_close(losses(method, network, index=0).terms["r1"].detach(), expected)


def test_the_judge_sees_hybrids_moved_and_the_critic_sees_all_in_random_colours(monkeypatch):
    moved, colored = [], []

    def shift(images, shift_px, generator):
        moved.append(shift_px)
        return images

    def color(images, strength, generator):
        colored.append(strength)
        return images

    monkeypatch.setattr("contentmix.training.scimix_generator.shift_images", shift)
    monkeypatch.setattr("contentmix.training.scimix_generator.jitter_colors", color)
    method, network = built(judge_shift=0.125, critic_jitter=0.7)
    losses(method, network)
    assert moved == [2]  # an eighth of 16 px
    assert colored.count(0.7) == 3  # real images, reconstructions and hybrids
