"""MIMO and MixMo: the loss of equation 3.1 put together by hand."""

import math
from dataclasses import replace

import pytest
import torch

from contentmix import Dirichlet, Equal, Mixer, Rectangle, UsageError, cutmix_members
from contentmix.batch import Batch, Partners
from contentmix.mixing import binary_probability, soft_targets
from contentmix.networks import WideResNet
from contentmix.runs.methods import build_method
from contentmix.subnetworks import Unmixing
from contentmix.training import MultiInput, Step

STEP = Step(seed=3, index=7, progress=23 / 24, epoch=25.0, classes=3, rank=1)
CUT = Mixer(Dirichlet(2.0), Rectangle(), prob=0.5)


def batch(size=4, members=2):
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(3, (size, members), generator=generator)
    return Batch(torch.randn(size, members, 3, 8, 8, generator=generator), labels)


def built(**options):
    torch.manual_seed(0)
    method = MultiInput(**options)
    return method, method.build(WideResNet(10, 1, 3), 3).eval()


def weighted(logits, targets, ratios, r):
    """Equation 3.1 member by member and sample by sample."""
    logits = logits.detach()
    total = 0.0
    for b in range(len(logits)):
        powers = [float(kappa) ** (1 / r) for kappa in ratios[b]]
        for i, power in enumerate(powers):
            log_probs = logits[b, i].log_softmax(-1)
            total -= len(powers) * power / sum(powers) * float((targets[b, i] * log_probs).sum())
    return total / len(logits)


@pytest.mark.parametrize("linear_end", [True, False])
@pytest.mark.parametrize("index", range(4))
def test_cut_mixmo_weighs_members_by_what_they_show(linear_end, index):
    """Near the end a quarter of batches has binary masks, half without the linear end."""
    method, network = built(mixer=CUT, linear_end=linear_end, label_smoothing=0.1)
    given, step = batch(), replace(STEP, index=index)
    prob = binary_probability(0.5, 23 / 24) if linear_end else 0.5
    mixture = CUT.draw(4, 2, (8, 8), step.generator("mixture"), prob=prob)
    targets = soft_targets(given.labels, 3, 0.1)
    expected = weighted(network(given.images, mixture), targets, mixture.ratios, 3.0)
    assert method.loss(network, given, step).item() == pytest.approx(expected, rel=1e-5)


def test_the_linear_end_makes_binary_masks_rarer():
    def binary(linear_end):
        method, network = built(mixer=CUT, linear_end=linear_end)
        seen = []
        network.forward = lambda images, mixture, fade: (seen.append(mixture.masks.shape[-1]), torch.zeros(4, 2, 3))[1]
        for index in range(200):
            method.loss(network, batch(), replace(STEP, index=index))
        return seen.count(8) / 200

    assert binary(True) == pytest.approx(0.25, abs=0.1)
    assert binary(False) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("assignment", ["own", "random", "predominant"])
def test_heads_predict_the_inputs_that_are_assigned_to_them(assignment):
    mixer = Mixer(Dirichlet(1.0))
    method, network = built(mixer=mixer, encoders=1, assignment=assignment, r=math.inf)
    given = batch(members=2)
    mixture = mixer.draw(4, 2, (8, 8), STEP.generator("mixture"))
    order = {
        "own": torch.tensor([[0, 1]]).expand(4, -1),
        "random": torch.rand(4, 2, generator=STEP.generator("assignment", per_rank=True)).argsort(1),
        "predominant": mixture.ratios.argsort(1, descending=True),
    }[assignment]
    logits = network(given.images, mixture).log_softmax(-1)
    expected = -logits.gather(-1, given.labels.gather(1, order)[..., None]).sum(1).mean()
    torch.testing.assert_close(method.loss(network, given, STEP), expected)


def test_one_classifier_predicts_the_mixed_target():
    mixer = Mixer(Dirichlet(1.0))
    method, network = built(mixer=mixer, classifiers=1)
    given = batch()
    mixture = mixer.draw(4, 2, (8, 8), STEP.generator("mixture"))
    logits = network(given.images, mixture)
    targets = (mixture.ratios[:, :, None] * soft_targets(given.labels, 3)).sum(1)
    expected = -(targets * logits[:, 0].log_softmax(-1)).sum(-1).mean()
    torch.testing.assert_close(method.loss(network, given, STEP), expected)


@pytest.mark.parametrize(("option", "value"), [("assignment", "random"), ("r", 1.0)])
def test_what_says_which_head_predicts_which_input_is_refused_where_there_is_one(option, value):
    with pytest.raises(
        UsageError, match=f"{option} is an option of classifiers above 1: leave it out with classifiers 1"
    ):
        build_method("cut-mixmo", {"classifiers": 1, option: value}, 10)
    for classifiers in ({}, {"classifiers": 2}):
        assert getattr(build_method("cut-mixmo", {**classifiers, option: value}, 10), option) == value
    with pytest.raises(UsageError, match="assignment is predominant and classifiers 1"):
        MultiInput(classifiers=1, assignment="predominant")


@pytest.mark.parametrize("alpha", [1.0, 3.0])
def test_some_inputs_are_cutmixed_with_their_partners(alpha):
    method, network = built(mixer=CUT, cutmix_prob=0.5, cutmix_alpha=alpha, label_smoothing=0.1, linear_end=False)
    draw = torch.Generator().manual_seed(1)
    partners = Partners(torch.tensor([1, 6]), torch.randn(2, 3, 8, 8, generator=draw), torch.tensor([2, 0]))
    given = replace(batch(), partners=partners)
    mixture = CUT.draw(4, 2, (8, 8), STEP.generator("mixture"))
    images, targets = cutmix_members(
        given.images, soft_targets(given.labels, 3, 0.1), partners, soft_targets(partners.labels, 3, 0.1), mixture,
        STEP.generator("cutmix", per_rank=True), alpha=alpha,
    )  # fmt: skip
    expected = weighted(network(images, mixture), targets, mixture.ratios, 3.0)
    assert method.loss(network, given, STEP).item() == pytest.approx(expected, rel=1e-5)


def test_a_process_takes_its_rows_of_the_global_mixture():
    mixer = Mixer(Dirichlet(1.0))
    method, network = built(mixer=mixer)
    given = replace(batch(), rows=slice(4, 8), global_size=8)
    mixture = mixer.draw(8, 2, (8, 8), STEP.generator("mixture"))[slice(4, 8)]
    expected = weighted(network(given.images, mixture), soft_targets(given.labels, 3), mixture.ratios, 3.0)
    assert method.loss(network, given, STEP).item() == pytest.approx(expected, rel=1e-5)


def test_unmixing_fades_by_the_epoch_of_the_step():
    unmixing = Unmixing(fade_epochs=100)
    always = Mixer(Dirichlet(2.0), Rectangle())
    method, network = built(mixer=always, unmixing=unmixing, linear_end=False)
    given = batch()
    mixture = always.draw(4, 2, (8, 8), STEP.generator("mixture"))
    faded = weighted(network(given.images, mixture, fade=0.25), soft_targets(given.labels, 3), mixture.ratios, 3.0)
    assert method.loss(network, given, STEP).item() == pytest.approx(faded, rel=1e-5)
    plain = weighted(network(given.images, mixture, fade=0.0), soft_targets(given.labels, 3), mixture.ratios, 3.0)
    assert faded != pytest.approx(plain, rel=1e-5)


def test_options_reach_the_batches_and_the_network():
    plan = MultiInput(repetition=4, augmentations=2, input_repetition=0.3, cutmix_prob=0.4, members=3).plan(16)
    assert (plan.batch_size, plan.members, plan.repetition, plan.augmentations) == (16, 3, 4, 2)
    assert (plan.input_repetition, plan.partner_prob) == (0.3, 0.4)
    unmixing = Unmixing(0.5)
    _, network = built(members=3, alignment="same", unmixing=unmixing, inference="separate")
    first, second, third = network.encoders.convolutions
    assert torch.equal(first.weight, third.weight)
    assert torch.equal(first.weight, second.weight)
    assert (network.members, network.heads.count, network.unmixing, network.inference) == (3, 3, unmixing, "separate")
    _, network = built(encoders=1, classifiers=1)
    assert (len(network.encoders.convolutions), network.heads.count) == (1, 1)
    assert MultiInput().mixer == Mixer(Equal())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"members": 1}, "members is 1"),
        ({"r": 0}, "r is 0"),
        ({"cutmix_prob": 1.5}, r"cutmix_prob is 1\.5"),
        ({"cutmix_prob": -0.5}, "cutmix_prob is -0.5"),
        ({"cutmix_alpha": 0}, "cutmix_alpha is 0"),
        ({"label_smoothing": 1.0}, r"label_smoothing is 1\.0"),
        ({"label_smoothing": -0.1}, "label_smoothing is -0.1"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(UsageError, match=message):
        MultiInput(**options)


def test_the_smallest_and_largest_values_are_allowed():
    for options in ({"r": 0.5}, {"cutmix_prob": 1.0}, {"cutmix_prob": 0.0}, {"cutmix_alpha": 0.5}, {"mix": "mixup"}):
        MultiInput(**options)
