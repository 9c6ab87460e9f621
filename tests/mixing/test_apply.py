import pytest
import torch

from contentmix import (
    Dirichlet,
    Mixture,
    Partners,
    Rectangle,
    cutmix_members,
    mix_images,
    mix_members,
    mix_targets,
    soft_targets,
)
from contentmix.errors import UsageError
from contentmix.mixing import binary_probability, keep_own_predominant, visible_ratio

HALVES = torch.tensor([[[[1.0, 0.0]], [[0.0, 1.0]]]])  # (1, 2, 1, 2): left from input 0, right from input 1


def test_images_are_mixed_with_their_partners():
    images = torch.tensor([[[[1.0, 2.0]]], [[[3.0, 4.0]]]])
    mixture = Mixture(HALVES.expand(2, -1, -1, -1), torch.full((2, 2), 0.5), torch.tensor([[0, 1], [1, 0]]))
    assert mix_images(images, mixture).flatten(1).tolist() == [[1, 4], [3, 2]]


def test_three_images_are_mixed_by_their_masks():
    # Pixel 0: 0.5 * 1 + 0.25 * 2 + 0.25 * 4 = 2; pixel 1: 0 * 10 + 1 * 20 + 0 * 40 = 20. Sample 0 is the first of its own.
    images = torch.tensor([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]]).view(3, 1, 1, 2)
    masks = torch.tensor([[0.5, 0.0], [0.25, 1.0], [0.25, 0.0]]).view(1, 3, 1, 2).expand(3, -1, -1, -1)
    partners = torch.tensor([[0, 1, 2], [1, 2, 0], [2, 0, 1]])
    mixed = mix_images(images, Mixture(masks, masks.mean((-2, -1)), partners))
    # Sample 1: 0.5 * 2 + 0.25 * 4 + 0.25 * 1 = 2.25 and 40; sample 2: 0.5 * 4 + 0.25 * 1 + 0.25 * 2 = 2.75 and 10.
    assert mixed.flatten(1).tolist() == [[2, 20], [2.25, 40], [2.75, 10]]


@pytest.mark.parametrize("precision", [torch.bfloat16, torch.float64])
def test_what_is_mixed_keeps_its_precision(precision):
    mixture = Mixture(HALVES.expand(2, -1, -1, -1), torch.full((2, 2), 0.5), torch.tensor([[0, 1], [1, 0]]))
    values = torch.ones(2, 1, 1, 2, dtype=precision)
    assert mix_images(values, mixture).dtype == precision
    assert mix_members([values, values], mixture).dtype == precision
    assert mix_targets(torch.ones(2, 3, dtype=precision), mixture).dtype == precision


@pytest.mark.parametrize("members", [2, 3])
def test_a_mask_of_one_is_the_identity_to_the_bit(members):
    images = torch.randn(4, 3, 5, 6)
    masks = torch.zeros(4, members, 1, 1)
    masks[:, 0] = 1
    partners = torch.stack([torch.arange(4), *[torch.randperm(4) for _ in range(members - 1)]], 1)
    before = images.clone()
    mixed = mix_images(images, Mixture(masks, masks[..., 0, 0], partners))
    assert torch.equal(mixed, images)
    assert torch.equal(images, before)
    assert mixed.data_ptr() != images.data_ptr()


def test_features_are_mixed_m_times_their_weighted_sum():
    # 2 (0.25 * 4 + 0.75 * 8) = 14
    mixture = Mixture(torch.tensor([[[[0.25]], [[0.75]]]]), torch.tensor([[0.25, 0.75]]))
    features = [torch.full((1, 1, 2, 2), value) for value in (4.0, 8.0)]
    assert mix_members(features, mixture).unique().item() == 14
    assert features[0].unique().item() == 4


def test_equal_masks_give_the_plain_sum_of_mimo():
    features = [torch.randn(2, 3, 4, 4) for _ in range(3)]
    third = torch.full((2, 3, 1, 1), 1 / 3)
    torch.testing.assert_close(mix_members(features, Mixture(third, third[..., 0, 0])), sum(features))


def test_masks_of_pixels_are_resized_to_the_features():
    mixture = Mixture(HALVES.repeat_interleave(4, -1).repeat_interleave(8, -2), torch.full((1, 2), 0.5))
    mixed = mix_members([torch.ones(1, 1, 2, 2), torch.zeros(1, 1, 2, 2)], mixture)
    assert mixed[0, 0].tolist() == [[2, 0], [2, 0]]


def test_targets_are_mixed_by_the_recomputed_ratios():
    mixture = Mixture(
        torch.ones(2, 2, 1, 1) / 2, torch.tensor([[0.7, 0.3], [0.4, 0.6]]), torch.tensor([[0, 1], [1, 0]])
    )
    targets = mix_targets(soft_targets(torch.tensor([0, 2]), 3), mixture)
    torch.testing.assert_close(targets, torch.tensor([[0.7, 0, 0.3], [0.6, 0, 0.4]]))


def test_label_smoothing_spreads_its_share_over_all_classes():
    # 1 - 0.1 + 0.1 / 4 = 0.925 and 0.1 / 4 = 0.025
    torch.testing.assert_close(soft_targets(torch.tensor([1]), 4, 0.1), torch.tensor([[0.025, 0.925, 0.025, 0.025]]))


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: soft_targets(torch.tensor([0, 5]), 5), "labels run from 0 to 5: with 5 classes"),
        (lambda: soft_targets(torch.tensor([-1]), 5), "labels run from -1"),
        (lambda: soft_targets(torch.tensor([1]), 5, 1.0), "smoothing is 1.0"),
        (lambda: mix_images(torch.zeros(2, 1, 2, 2), Mixture(HALVES, torch.ones(1, 2) / 2)), "no partners"),
        (
            lambda: mix_members([torch.zeros(3, 1, 1, 2)] * 2, Mixture(HALVES, torch.ones(1, 2) / 2)),
            "encodings of 3 samples",
        ),
        (
            lambda: mix_images(
                torch.zeros(8, 1, 1, 2), Mixture(HALVES, torch.ones(1, 2) / 2, torch.zeros(1, 2).long())
            ),
            r"images \(8, 1, 1, 2\) and a mixture of 1 samples",
        ),
    ],
)
def test_what_does_not_fit_is_named(make, named):
    with pytest.raises(UsageError, match=named):
        make()


def test_visible_ratio_counts_what_the_member_mask_shows():
    # The member shows the left column. The CutMix keeps the upper row only: 1 of the 2 shown pixels.
    keep = torch.tensor([[[1.0, 1.0], [0.0, 0.0]]])
    left = torch.tensor([[[1.0, 0.0], [1.0, 0.0]]])
    assert visible_ratio(keep, left).item() == 0.5
    # With soft masks: (0.9 * 1 + 0.3 * 1) / (0.9 + 0.3 + 0.6 + 0.2) = 1.2 / 2.
    soft = torch.tensor([[[0.9, 0.3], [0.6, 0.2]]])
    assert visible_ratio(keep, soft).item() == pytest.approx(0.6)
    assert visible_ratio(keep, soft / 8).item() == pytest.approx(0.6)  # little shown is something
    # Nothing shown: the plain share, of each sample its own.
    keeps = torch.cat([keep, torch.ones(1, 2, 2)])
    assert visible_ratio(keeps, torch.zeros(2, 2, 2)).tolist() == [0.5, 1.0]


def test_the_image_itself_stays_predominant():
    keep, ratio = keep_own_predominant(torch.tensor([[[1.0, 0.0]], [[1.0, 0.0]]]), torch.tensor([0.3, 0.8]))
    assert keep.tolist() == [[[0, 1]], [[1, 0]]]
    torch.testing.assert_close(ratio, torch.tensor([0.7, 0.8]))
    keep, ratio = keep_own_predominant(torch.tensor([[[1.0, 0.0]]]), torch.tensor([0.5]))
    assert keep.tolist() == [[[1, 0]]]  # half is enough


def test_cutmix_under_a_mask_changes_the_chosen_members_only_and_keeps_targets_summing_to_one():
    generator = torch.Generator().manual_seed(0)
    images, labels = torch.zeros(4, 2, 1, 8, 8), torch.zeros(4, 2, dtype=torch.long)
    partners = Partners(torch.tensor([1, 6]), torch.ones(2, 1, 8, 8), torch.ones(2, dtype=torch.long))
    masks = torch.rand(4, 2, 8, 8, generator=generator)
    mixture = Mixture(masks, masks.mean((-2, -1)))
    targets = soft_targets(labels, 3)
    mixed, soft = cutmix_members(images, targets, partners, soft_targets(partners.labels, 3), mixture, generator)
    changed = mixed.flatten(0, 1).flatten(1).any(1)
    assert not images.any()
    assert not changed[[0, 2, 3, 4, 5, 7]].any()
    torch.testing.assert_close(soft.sum(-1), torch.ones(4, 2))
    for row in (1, 6):
        shown = masks.flatten(0, 1)[row]
        own = ((1 - mixed.flatten(0, 1)[row, 0]) * shown).sum() / shown.sum()
        assert own >= 0.5
        assert soft.flatten(0, 1)[row, 0].item() == pytest.approx(own.item(), abs=1e-6)


@pytest.mark.parametrize("alpha", [None, 3.0])
def test_cutmix_under_a_mask_pastes_a_rectangle_whose_area_is_drawn(alpha):
    # Two members of five samples; the rows 1, 6 and 9 get partners. Everything is shown: ratios are plain shares.
    images, others = torch.zeros(5, 2, 1, 8, 8, dtype=torch.float64), torch.ones(3, 1, 8, 8, dtype=torch.float64)
    partners = Partners(torch.tensor([1, 6, 9]), others, torch.ones(3, dtype=torch.long))
    ones, zeros = torch.tensor([0.0, 1.0], dtype=torch.float64), torch.tensor([1.0, 0.0], dtype=torch.float64)
    mixture = Mixture(torch.ones(5, 2, 1, 1), torch.ones(5, 2) / 2)
    options = {} if alpha is None else {"alpha": alpha}
    mixed, soft = cutmix_members(
        images, zeros.expand(5, 2, 2), partners, ones.expand(3, 2), mixture, torch.Generator().manual_seed(0), **options
    )
    # The draws: areas by Beta(alpha, alpha), alpha 1 by default, then a rectangle of each, which shows the partner.
    draws = torch.Generator().manual_seed(0)
    area = Dirichlet(alpha or 1.0).draw(3, 2, draws)[:, 0]
    patch = Rectangle().draw(area, (8, 8), draws).double()
    swapped = torch.where((patch.mean((1, 2)) > 0.5)[:, None, None], 1 - patch, patch)
    assert torch.equal(mixed.flatten(0, 1)[[1, 6, 9], 0], swapped)
    torch.testing.assert_close(soft.flatten(0, 1)[[1, 6, 9], 1], swapped.mean((1, 2)), atol=1e-6, rtol=0)


@pytest.mark.parametrize(("progress", "expected"), [(0, 0.5), (11 / 12, 0.5), (23 / 24, 0.25), (1, 0)])
def test_binary_masks_fade_over_the_last_twelfth(progress, expected):
    assert binary_probability(0.5, progress) == pytest.approx(expected)
