import math

import pytest
import torch

from contentmix import assign, member_loss, member_weights, soft_cross_entropy
from contentmix.errors import UsageError
from contentmix.losses import class_weights, known_label_loss, shown_ratios, weighted


def test_cross_entropy_of_soft_targets():
    # softmax of (ln 3, 0) is (3/4, 1/4): -(0.5 ln 3/4 + 0.5 ln 1/4)
    loss = soft_cross_entropy(torch.tensor([[math.log(3), 0.0]]), torch.tensor([[0.5, 0.5]]))
    assert loss.item() == pytest.approx(-0.5 * math.log(0.75) - 0.5 * math.log(0.25), abs=1e-6)


def test_cross_entropy_keeps_the_leading_dimensions_and_names_a_misfit():
    assert soft_cross_entropy(torch.zeros(4, 2, 5), torch.zeros(4, 2, 5)).shape == (4, 2)
    with pytest.raises(UsageError, match=r"\(4, 2, 5\) and targets \(4, 5\)"):
        soft_cross_entropy(torch.zeros(4, 2, 5), torch.zeros(4, 5))


def test_class_weights_are_inverse_to_frequency_with_mean_one_over_images():
    """6, 3 and 1 of 10 images of 3 classes: 10 / (3 * 6) = 5/9, 10 / (3 * 3) = 10/9, 10 / 3."""
    labels = torch.tensor([0] * 6 + [1] * 3 + [2])
    weights = class_weights(labels, 3)
    assert weights.tolist() == pytest.approx([5 / 9, 10 / 9, 10 / 3])
    assert weights[labels].mean() == pytest.approx(1)
    assert class_weights(torch.tensor([1, 0]), 2).tolist() == [1, 1]


def test_class_weights_weigh_each_class_of_a_target():
    """All probabilities 1/2: -log is log 2; the target (0.25, 0.75) weighs 0.25 * 4 + 0.75 * 2 = 2.5, a label its own weight."""
    weights, even = torch.tensor([4.0, 2.0]), torch.zeros(2, 2)
    targets = torch.tensor([[0.25, 0.75], [1.0, 0.0]])
    found = soft_cross_entropy(even, targets, weights)
    assert found.tolist() == pytest.approx([2.5 * math.log(2), 4 * math.log(2)])
    # A mean over images, not over their weights: (4 + 2) / 2 = 3.
    assert known_label_loss(even, torch.tensor([0, 1]), weights).item() == pytest.approx(3 * math.log(2))
    assert known_label_loss(even, torch.tensor([0, 1])).item() == pytest.approx(math.log(2))
    # Members of one sample with ratios (1/2, 1/2) weigh alike (r = 1): 2.5 + 4.
    ratios = torch.full((1, 2), 0.5)
    loss = member_loss(even[None], targets[None], ratios, 1.0, weighted(soft_cross_entropy, weights))
    assert loss.item() == pytest.approx(6.5 * math.log(2))


def test_half_precision_logits_meet_targets_in_the_targets_precision():
    # (1, 0) against (0.3, 0.7) in bfloat16 would be off by a thousandth; log softmax is (-0.31326, -1.31326).
    logits, targets = torch.tensor([[1.0, 0.0]], dtype=torch.bfloat16), torch.tensor([[0.3, 0.7]])
    loss = soft_cross_entropy(logits, targets)
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(math.log(1 + math.exp(-1)) + 0.7, abs=1e-6)
    assert soft_cross_entropy(targets.log(), targets.bfloat16()).dtype == torch.float32


@pytest.mark.parametrize(
    ("ratios", "r", "weights"),
    [
        ([0.5, 0.5], 3, [1, 1]),
        ([0.25, 0.75], 1, [0.5, 1.5]),
        # cube roots of 1/9 and 8/9 are in the ratio 1 : 2, so 2 * 1/3 and 2 * 2/3
        ([1 / 9, 8 / 9], 3, [2 / 3, 4 / 3]),
        ([0.0, 1.0], 3, [0, 2]),
        ([0.1, 0.9], math.inf, [1, 1]),
        # square roots 1 : 2 : 3 of 1/14, 4/14, 9/14, times three members over six
        ([1 / 14, 4 / 14, 9 / 14], 2, [0.5, 1, 1.5]),
    ],
)
def test_member_weights(ratios, r, weights):
    torch.testing.assert_close(member_weights(torch.tensor([ratios]), r), torch.tensor([weights], dtype=torch.float))


@pytest.mark.parametrize("r", [0, -2])
def test_member_weights_need_a_positive_root(r):
    with pytest.raises(UsageError, match=f"r is {r}"):
        member_weights(torch.ones(1, 2) / 2, r)


def test_member_loss_is_the_mean_over_samples_of_the_weighted_sum_over_members():
    # Uniform logits of 4 classes: every cross-entropy is ln 4; weights sum to 2.
    targets = torch.eye(4)[torch.tensor([[0, 1], [2, 3], [1, 1]])]
    ratios = torch.tensor([[0.2, 0.8], [0.5, 0.5], [1.0, 0.0]])
    assert member_loss(torch.zeros(3, 2, 4), targets, ratios, 3).item() == pytest.approx(2 * math.log(4), abs=1e-6)


TARGETS = torch.eye(3)[torch.tensor([[0, 1], [2, 0]])]
RATIOS = torch.tensor([[0.3, 0.7], [0.9, 0.1]])


def test_own_heads_predict_their_inputs():
    targets, ratios = assign(TARGETS, RATIOS, "own", torch.Generator())
    assert targets is TARGETS
    assert ratios is RATIOS


def test_the_first_head_predicts_the_predominant_input():
    targets, ratios = assign(TARGETS, RATIOS, "predominant", torch.Generator())
    assert targets.argmax(2).tolist() == [[1, 0], [2, 0]]
    torch.testing.assert_close(ratios, torch.tensor([[0.7, 0.3], [0.9, 0.1]]))


def test_equal_ratios_keep_the_order_of_the_inputs():
    members = 40
    targets = torch.eye(members)[None]
    found, _ = assign(targets, torch.full((1, members), 1 / members), "predominant", torch.Generator())
    assert torch.equal(found, targets)


def test_random_assignment_is_the_generators():
    many, ratios = TARGETS[:1].expand(50, -1, -1), RATIOS[:1].expand(50, -1)
    first, again, other = (assign(many, ratios, "random", torch.Generator().manual_seed(seed))[1] for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_random_orders_are_drawn_where_the_ratios_are_whatever_the_default_device():
    generator = torch.Generator().manual_seed(0)
    with torch.device("meta"):
        assert assign(TARGETS, RATIOS, "random", generator)[0].device == TARGETS.device


def test_random_assignment_moves_targets_with_their_ratios():
    many, ratios = TARGETS[:1].expand(400, -1, -1), RATIOS[:1].expand(400, -1)
    targets, moved = assign(many, ratios, "random", torch.Generator().manual_seed(0))
    first = targets.argmax(2)[:, 0]
    assert 140 < int((first == 0).sum()) < 260
    assert torch.equal(moved[:, 0], torch.where(first == 0, 0.3, 0.7))


def test_one_head_predicts_the_mixed_target():
    targets, ratios = assign(TARGETS, RATIOS, "mixed", torch.Generator())
    torch.testing.assert_close(targets[:, 0], torch.tensor([[0.3, 0.7, 0], [0.1, 0, 0.9]]))
    assert ratios.tolist() == [[1], [1]]


def test_an_unknown_rule_lists_the_valid_ones():
    with pytest.raises(UsageError, match=r"unknown assignment 'first' .*mixed, own, predominant, random"):
        assign(TARGETS, RATIOS, "first", torch.Generator())


def test_ratios_of_what_is_shown_count_reserved_channels_as_whole():
    """Half reserved: 0.5 * 0.8 + 0.5 / 2 = 0.65 and 0.5 * 0.2 + 0.25 = 0.35."""
    ratios = torch.tensor([[0.8, 0.2]])
    assert shown_ratios(ratios, 0.0) is ratios
    torch.testing.assert_close(shown_ratios(ratios, 0.5), torch.tensor([[0.65, 0.35]]))
    torch.testing.assert_close(shown_ratios(ratios, 1.0), torch.tensor([[0.5, 0.5]]))
