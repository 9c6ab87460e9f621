"""SciMix's classifier by hand: what hybrids are held against, when, and what learns from them."""

import copy
from dataclasses import replace

import pytest
import torch
from torch import nn

from contentmix.data.color_jitter import draw_colors
from contentmix.hybrids import HybridAugmentation
from contentmix.losses import contradict_loss
from contentmix.mixing import cutmix
from contentmix.training import FixMatch, Supervised
from tests.training.scimix_cases import MEAN_TEACHER, batch, built, shown_to, step


def colored():
    """The batch in random colours, which knows the plain images too."""
    plain, draw = batch(), torch.Generator().manual_seed(1)
    given, others = draw_colors(plain.images, 0.5, draw), draw_colors(plain.unlabelled.images, 0.5, draw)
    unlabelled = replace(plain.unlabelled, images=others.images, colors=others)
    return replace(plain, images=given.images, colors=given, unlabelled=unlabelled)


def parents_of(hybrids, images):
    """Which of ``images`` the upper and the lower halves of hybrids are of."""
    return tuple(
        torch.cdist(mine.flatten(1), theirs.flatten(1)).argmin(1)
        for mine, theirs in ((hybrids[:, :, :8], images[:, :, :8]), (hybrids[:, :, 8:], images[:, :, 8:]))
    )


def test_contradict_is_the_equation():
    """alpha 0.9: targets 0.9 (2, 0) + 0.1 (0, 4) = (1.8, 0.4); (0.8^2 + 0.6^2) / 2 = 0.5."""
    logits, content, context = (torch.tensor([values]) for values in ([1.0, 1.0], [2.0, 0.0], [0.0, 4.0]))
    torch.testing.assert_close(contradict_loss(logits, content, context), torch.tensor([0.5]))
    shares = torch.tensor([0.5])  # targets (1, 2): (0 + 1) / 2
    torch.testing.assert_close(contradict_loss(logits, content, context, shares), torch.tensor([0.5]))


def test_hybrids_of_the_whole_batch_match_the_teacher_on_both_parents():
    """Eq. 2.13 over B and a permutation of it, labelled and unlabelled images, from the teacher's logits of each."""
    method, network, _ = built(hybrid_batches=1, alpha=0.8)
    at, given, shown = step(network), batch(), shown_to(network)
    found = method.loss(network, given, at).terms["hybrids"]
    view = given.unlabelled.images[:, 1]  # the teacher's
    images, hybrids = torch.cat([given.images[:, 0], view]), shown[-1]
    content, context = parents_of(hybrids, images)
    assert content.sort().values.tolist() == context.sort().values.tolist() == list(range(10))
    assert (content != context).any()
    with torch.no_grad():
        targets = torch.cat([at.average(given.images[:, 0])[:, 0], at.average(view)[:, 0]])
        expected = (network(hybrids)[:, 0] - 0.8 * targets[content] - 0.2 * targets[context]).square().mean()
    torch.testing.assert_close(found.detach(), expected)


@pytest.mark.parametrize(
    ("base", "taught", "learnt"),
    [
        (MEAN_TEACHER, [6, 4], [10, 30]),  # the teacher's view, then the labelled images that it has not seen
        (FixMatch(unlabelled_batch=6), [], [16, 30]),
        (Supervised(), [], [4, 12]),
    ],
)
def test_no_image_is_predicted_or_encoded_twice(base, taught, learnt):
    method, network, generator = built(base, window=(0.0, 1.0))
    at, given = step(network), batch()
    given = replace(given, unlabelled=None) if isinstance(base, Supervised) else given
    teacher, student = shown_to(at.average), shown_to(network)
    method.loss(network, given, at)
    assert [len(images) for images in teacher] == taught
    assert [len(images) for images in student] == learnt
    assert len(generator.encoded) == learnt[1] / 3


@pytest.mark.parametrize("base", [FixMatch(unlabelled_batch=6), Supervised()])
def test_without_a_teacher_targets_are_the_networks_own_of_the_pass_that_it_learnt_from(base):
    method, network, _ = built(base, window=(0.0, 1.0), hybrid_batches=1, exploitation="consistency")
    given = batch() if isinstance(base, FixMatch) else replace(batch(), unlabelled=None)
    shown, at = shown_to(network), step(network)
    found = method.loss(network, given, at).terms["hybrids"]
    with torch.no_grad():
        content, _ = parents_of(shown[1], shown[0])
        targets, logits = network(shown[0])[:, 0], network(shown[1])[:, 0]
    torch.testing.assert_close(found.detach(), (logits - targets[content]).square().mean())


def test_fewer_hybrids_where_asked_are_of_some_images_of_the_batch():
    method, network, generator = built(hybrid_batch=3)
    shown = shown_to(network)
    method.loss(network, batch(), step(network))
    assert len(generator.encoded) == 3
    assert len(shown[-1]) == 9


def test_the_generator_sees_plain_images_and_the_classifier_coloured_hybrids():
    """Hybrids have the colours of their contexts; mixtures, which need no generator, are of coloured images."""
    method, network, generator = built(hybrid_batches=2)
    given, shown = colored(), shown_to(network)
    method.loss(network, given, step(network))
    plain, gain, shift = (
        torch.cat([getattr(given.colors, name)[:, 0], getattr(given.unlabelled.colors, name)[:, 1]])
        for name in ("plain", "gain", "shift")
    )
    rows, _ = parents_of(generator.encoded, plain)
    torch.testing.assert_close(generator.encoded, plain[rows], atol=0, rtol=0)
    made = HybridAugmentation(generator)
    orders = torch.stack([torch.randperm(10, generator=step(network).generator("hybrids", per_rank=True))])
    first = made.batches(plain[rows], orders)[0]
    _, context = parents_of(first, plain)
    torch.testing.assert_close(shown[-1][:10], (1 + gain[context]) * first + shift[context])
    assert not torch.allclose(shown[-1][:10], first, atol=0.1)
    method, network, _ = built(hybrids="cutmix", hybrid_batches=1)
    shown = shown_to(network)
    method.loss(network, given, step(network))
    colours = torch.cat([given.images[:, 0], given.unlabelled.images[:, 1]])
    assert torch.isin(shown[-1], colours).all()


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
    """All of them in each batch, in contexts of any image; their loss is the cross-entropy of their labels."""
    method, network, _ = built(exploitation="labeled", hybrid_batches=2)
    shown, given = shown_to(network), batch()
    found = method.loss(network, given, step(network)).terms["hybrids"]
    images = torch.cat([given.images[:, 0], given.unlabelled.images[:, 1]])
    content, context = parents_of(shown[-1], images)
    assert content.tolist() == [0, 1, 2, 3, 0, 1, 2, 3]
    assert context.max() >= 4
    with torch.no_grad():
        expected = nn.functional.cross_entropy(network(shown[-1])[:, 0], given.labels[content, 0])
    torch.testing.assert_close(found.detach(), expected)


def test_pseudo_labels_are_labels_where_they_are_known():
    """The teacher's classes of the unlabelled images, and the labels of the others, whatever it says of them."""
    method, network, _ = built(exploitation="pseudo-label", hybrid_batches=1)
    at, shown, given = step(network), shown_to(network), batch()
    found = method.loss(network, given, at).terms["hybrids"]
    view = given.unlabelled.images[:, 1]
    content, _ = parents_of(shown[-1], torch.cat([given.images[:, 0], view]))
    with torch.no_grad():
        labels = torch.cat([given.labels[:, 0], at.average(view)[:, 0].argmax(1)])[content]
        expected = nn.functional.cross_entropy(network(shown[-1])[:, 0], labels)
    torch.testing.assert_close(found.detach(), expected)


def test_supervised_bases_and_all_images_of_the_batch():
    method, network, generator = built(Supervised(), hybrid_batch=3, window=(0.0, 1.0))
    given = replace(batch(), unlabelled=None)
    terms = method.loss(network, given, replace(step(network), average=None)).terms
    assert set(terms) == {"supervised", "hybrids"}
    assert len(generator.encoded) == 3


def test_images_that_something_was_mixed_into_are_predicted_plain_by_the_network_itself():
    """Not by the moving average, which teaches with Mean Teacher only."""
    base = Supervised(cutmix(3, prob=1.0))
    method, network, _ = built(base, window=(0.0, 1.0), hybrid_batches=1, exploitation="consistency")
    network.eval()
    given, shown, at = replace(batch(), unlabelled=None), shown_to(network), step(network)
    with torch.no_grad():
        for parameter in at.average.parameters():
            parameter.zero_()
    found = method.loss(network, given, at).terms["hybrids"]
    with torch.no_grad():
        hybrids = shown[-1]
        content, _ = parents_of(hybrids, given.images[:, 0])
        targets, logits = network(given.images[:, 0])[:, 0], network(hybrids)[:, 0]
    torch.testing.assert_close(found.detach(), (logits - targets[content]).square().mean())


def test_hybrids_leave_the_statistics_alone():
    method, network, _ = built()
    at, other = step(network), copy.deepcopy(network)
    MEAN_TEACHER.loss(other, batch(), at)
    before = copy.deepcopy(at.average.state_dict())
    method.loss(network, batch(), at)
    for (name, mine), theirs in zip(network.named_buffers(), other.buffers(), strict=True):
        torch.testing.assert_close(mine, theirs, msg=name)
    assert all(torch.equal(value, before[name]) for name, value in at.average.state_dict().items())
