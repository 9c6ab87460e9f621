"""SciMix's classifier by hand: what hybrids are held against, when, and what learns from them."""

from dataclasses import replace

import pytest
import torch

from contentmix import UsageError
from contentmix.batch import Batch
from contentmix.hybrids import HybridAugmentation
from contentmix.losses import contradict_loss
from contentmix.networks import build_network
from contentmix.training import FixMatch, MeanTeacher, MovingAverage, SciMixClassifier, Step, Supervised
from tests.hybrids.halves import Halves

MEAN_TEACHER = MeanTeacher(unlabelled_batch=6)


def step(network, progress=0.3, index=0):
    return Step(0, index, progress, 1.0, 3, average=MovingAverage(network, 0.9).module)


def batch():
    draw = torch.Generator().manual_seed(0)
    images, others = torch.randn(4, 1, 1, 16, 16, generator=draw), torch.randn(6, 2, 1, 16, 16, generator=draw)
    return Batch(images, torch.arange(4)[:, None] % 3, unlabelled=Batch(others, torch.full((6, 1), -1)))


def built(base=MEAN_TEACHER, **options):
    torch.manual_seed(0)
    generator = Halves()
    method = SciMixClassifier(base, None if "hybrids" in options else HybridAugmentation(generator), **options)
    return method, method.build(build_network("wrn-10-1", 3, 1, image_size=16), 3), generator


def test_contradict_is_the_equation():
    """alpha 0.9: targets 0.9 (2, 0) + 0.1 (0, 4) = (1.8, 0.4); (0.8^2 + 0.6^2) / 2 = 0.5."""
    logits, content, context = (torch.tensor([values]) for values in ([1.0, 1.0], [2.0, 0.0], [0.0, 4.0]))
    torch.testing.assert_close(contradict_loss(logits, content, context), torch.tensor([0.5]))
    shares = torch.tensor([0.5])  # targets (1, 2): (0 + 1) / 2
    torch.testing.assert_close(contradict_loss(logits, content, context, shares), torch.tensor([0.5]))


def test_hybrids_match_the_teacher_on_both_parents():
    """With one batch of hybrids: the loss is that of the equation, from the teacher's logits of the parents."""
    method, network, _ = built(hybrid_batches=1, alpha=0.8)
    at = step(network)
    parents = method._parents(network, batch(), at)
    found = method._on_hybrids(network, parents, at)
    order = torch.randperm(4, generator=at.generator("hybrids", per_rank=True))
    hybrids = torch.cat([parents.images[:, :, :8], parents.images[order, :, 8:]], 2)
    with torch.no_grad():
        targets = at.average(parents.images)[:, 0]
        torch.testing.assert_close(parents.targets, targets)
        logits = network(hybrids)[:, 0]
        expected = (logits - 0.8 * targets - 0.2 * targets[order]).square().mean()
    torch.testing.assert_close(found, expected)


def test_gradients_reach_the_network_and_no_teacher_and_no_generator():
    method, network, _ = built()
    at = step(network)
    for parameter in at.average.parameters():
        parameter.requires_grad_(True)
    method.loss(network, batch(), at).terms["hybrids"].backward()
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in network.backbone.parameters())
    assert all(p.grad is None for p in at.average.parameters())


def test_hybrids_are_used_within_the_window_only():
    for base, first, last in ((MEAN_TEACHER, 50 / 300, 150 / 300), (FixMatch(unlabelled_batch=6), 0.1, 0.2)):
        method, network, _ = built(base)
        for progress, used in ((first - 0.01, False), (first, True), (last - 0.01, True), (last, False)):
            terms = method.loss(network, batch(), step(network, progress)).terms
            assert ("hybrids" in terms) == used, (base, progress)


def test_exploitations_of_table_a15():
    losses = {}
    for exploitation in ("contradict", "consistency", "pseudo-label", "labeled"):
        method, network, _ = built(exploitation=exploitation)
        losses[exploitation] = method.loss(network, batch(), step(network)).terms["hybrids"].item()
    assert len(set(losses.values())) == 4


def test_labelled_hybrids_are_those_of_labelled_images():
    method, network, _ = built(exploitation="labeled", hybrid_batches=2)
    seen = []
    network.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    at = step(network)
    parents = method._parents(network, batch(), at)
    seen.clear()
    method._on_hybrids(network, parents, at)
    known = parents.images[parents.labels >= 0]
    torch.testing.assert_close(seen[0][:, :, :8], torch.cat([known, known])[:, :, :8])


def test_mixtures_are_held_against_both_parents_by_their_shares():
    method, network, _ = built(hybrids="mixup")
    terms = method.loss(network, batch(), step(network)).terms
    assert terms["hybrids"] > 0
    with pytest.raises(UsageError, match="mixtures show both parents"):
        built(hybrids="cutmix", exploitation="consistency")


def test_supervised_bases_and_all_images_of_the_batch():
    method, network, generator = built(Supervised(), hybrid_batch=3, window=(0.0, 1.0))
    given = replace(batch(), unlabelled=None)
    terms = method.loss(network, given, replace(step(network), average=None)).terms
    assert set(terms) == {"supervised", "hybrids"}
    assert generator.encoded == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alpha": 0.5}, "alpha is 0.5"),
        ({"weight": -1.0}, "weight is -1.0"),
        ({"hybrid_batches": 0}, "hybrid_batches is 0"),
        ({"hybrid_batch": 1}, "hybrid_batch is 1"),
        ({"window": (0.5, 0.2)}, "the window is 0.5 to 0.2"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(UsageError, match=message):
        built(**options)
