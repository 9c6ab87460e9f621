"""What each term of SciMix's generator reaches, and what it must not."""

import math
from dataclasses import replace

import pytest
import torch

from contentmix import UsageError
from contentmix.batch import Batch
from contentmix.data import jitter_colors, shift_images
from contentmix.hybrids import frozen
from contentmix.networks import build_network
from contentmix.training import LearningRate, MeanTeacher, MovingAverage, Optimisation, SciMixGenerator, Step
from contentmix.training.optimisation import make_optimizer
from contentmix.training.scimix_generator import _copies, _right

TERMS = {
    "reconstruction", "hybrid_class", "hybrid_context", "away_class", "away_context", "adversarial", "hybrid_adversarial", "critic",
}  # fmt: skip


def built(**options):
    torch.manual_seed(0)
    few = {} if options.get("guide") == "supervised" else {"unlabelled_batch": 6}
    method = SciMixGenerator(context_start=0.0, **few, **options)
    network = method.build(build_network("wrn-10-1", 3, image_size=16), 3)
    return method, network


def batch(step=0):
    draw = torch.Generator().manual_seed(step)
    labelled, unlabelled = torch.randn(4, 1, 3, 16, 16, generator=draw), torch.randn(6, 2, 3, 16, 16, generator=draw)
    labels = torch.arange(4)[:, None] % 3
    return Batch(labelled, labels, step, unlabelled=Batch(unlabelled, torch.zeros(6, 1, dtype=torch.int64), step))


def losses(method, network, *, index=0, progress=0.5):
    average = MovingAverage(network, 0.9).module
    return method.loss(network, batch(), Step(0, index, progress, 1.0, 3, average=average))


def reached(network, loss):
    """Names of the networks whose parameters get a gradient."""
    network.zero_grad()
    loss.backward()
    return {
        name
        for name, part in network.named_children()
        if any(p.grad is not None and p.grad.abs().sum() > 0 for p in part.parameters())
    }


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
        method, network = built()
        assert reached(network, losses(method, network).terms[name]) == parts, name


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
    given = batch()
    at = Step(0, 32, 0.5, 1.0, 3, rank=1, average=MovingAverage(network, 0.9).module.eval())
    losses = method.loss(network, given, at)

    colors = at.generator("guide colors", per_rank=True)
    labelled = jitter_colors(given.images, 0.3, colors)
    others = jitter_colors(given.unlabelled.images, 0.3, colors)
    seen = replace(given, images=labelled, unlabelled=replace(given.unlabelled, images=others))
    base = MeanTeacher(unlabelled_batch=6).loss(network.classifier, seen, replace(at, average=at.average.classifier))
    images = torch.cat([given.images[:, 0], given.unlabelled.images[:, 0]])
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
        torch.testing.assert_close(losses.terms[name].detach(), value.detach(), atol=1e-4, rtol=1e-3, msg=name)
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


def test_parts_have_optimisers_of_their_own():
    method, _ = built()
    assert [(part.modules, part.lr, part.optimizer, part.clip) for part in method.parts] == [
        (("generator", "residual"), None, None, True),
        (("critic",), None, None, True),
    ]
    for options, rates in (({}, (0.002, 0.001)), ({"generator_lr": 0.5, "critic_lr": 0.25}, (0.5, 0.25))):
        method, _ = built(generator_optimizer="adam", **options)
        assert [part.lr for part in method.parts] == list(rates)
        assert [part.modules for part in method.parts] == [("generator", "residual"), ("critic",)]
        for part in method.parts:
            assert (part.optimizer, part.weight_decay, part.cosine, part.clip) == ("adam", 0.0, math.inf, False)
    method, _ = built(warmup=0.5, freeze_guide=True, generator_optimizer="adam")
    guide = method.parts[0]
    assert (guide.modules, guide.cosine, guide.optimizer, guide.clip) == (("classifier",), 0.5, None, True)
    assert len(method.parts) == 3
    assert len(built(warmup=0.5)[0].parts) == 2
    assert [method.needs_init, built()[0].needs_init, built(warmup=0.5)[0].needs_init] == [False] * 3


def test_networks_have_the_sizes_of_their_options():
    torch.manual_seed(0)
    for size, given, channels in ((16, None, 2), (32, None, 8), (16, 5, 5)):
        network = SciMixGenerator(context_channels=given).build(build_network("wrn-10-1", 3, 1, image_size=size), 3)
        assert network.context(torch.zeros(1, 1, size, size)).shape == (1, channels, size // 4, size // 4)
        assert network.hybridise(*torch.zeros(2, 1, 1, size, size)).shape == (1, 1, size, size)
    assert built(variant="flipped")[1].flipped
    assert not built()[1].flipped


def test_plans_are_those_of_the_guide():
    assert SciMixGenerator(unlabelled_batch=7).plan(2) == MeanTeacher(unlabelled_batch=7).plan(2)
    alarms = {alarm.figure: (alarm.side, alarm.limit) for alarm in SciMixGenerator.alarms}
    assert alarms == {"loss_critic": ("below", 0.01), "copies": ("above", 0.9)}


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
    given = batch()
    images = torch.cat([given.images[:, 0], given.unlabelled.images[:, 0]]).requires_grad_()
    (slope,) = torch.autograd.grad(network.critic(images).sum(), images)
    expected = 16 * slope.square().sum((1, 2, 3)).mean()
    torch.testing.assert_close(losses(method, network, index=0).terms["r1"].detach(), expected)


def test_images_are_reconstructed_from_the_pass_that_the_guide_made():
    """Student views are encoded once: the residual encoder sees the labelled and the student's images, in that order."""
    method, network = built(variant="no-hybrids")
    seen = []
    network.residual.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    losses(method, network)
    given = batch()
    torch.testing.assert_close(seen[0], torch.cat([given.images[:, 0], given.unlabelled.images[:, 0]]))
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
    torch.testing.assert_close(seen[0], torch.cat([given.images[:, 0], given.unlabelled.images[:, 0]]))
    assert method.plan(8).unlabelled.views == ("weak", "strong")


def test_frozen_gives_weights_back():
    layer = torch.nn.Linear(2, 2)
    layer.bias.requires_grad_(False)
    with frozen(layer):
        assert not layer.weight.requires_grad
    assert layer.weight.requires_grad
    assert not layer.bias.requires_grad


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reconstruction": -1.0}, "reconstruction is -1.0"),
        ({"warmup": 1.5}, "warmup is 1.5"),
        ({"variant": "unfrozen", "freeze_guide": True}, "give freeze_guide False"),
        ({"consistency": -1.0}, "consistency is -1.0"),
        ({"critic_lr": 0.1}, "critic_lr is an option of generator_optimizer adam"),
        ({"generator_lr": -1.0, "generator_optimizer": "adam"}, "generator_lr is -1.0"),
        ({"context_channels": 0}, "context_channels is 0"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(UsageError, match=message):
        built(**options)


def test_a_batch_of_one_image_has_no_hybrids():
    with pytest.raises(UsageError, match="choose 2 or more"):
        SciMixGenerator().plan(1)


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


def test_a_frozen_guide_leaves_a_share_of_training_to_the_generator():
    with pytest.raises(UsageError, match="warmup is 1.0: of a guide that is frozen after it"):
        SciMixGenerator(freeze_guide=True, warmup=1.0)


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
