"""Consistency, sharpening and pseudo-labels by hand-computed values."""

import math

import pytest
import torch

from contentmix.errors import UsageError
from contentmix.losses import logit_distance, probability_distance, pseudo_label_loss, sharpen


def test_sharpening_by_hand():
    # T = 0.5 squares: (0.36, 0.09, 0.01) / 0.46.
    found = sharpen(torch.tensor([[0.6, 0.3, 0.1]]), 0.5)
    assert found[0].tolist() == pytest.approx([0.36 / 0.46, 0.09 / 0.46, 0.01 / 0.46])
    assert sharpen(torch.tensor([0.25, 0.75]), 1.0).tolist() == pytest.approx([0.25, 0.75])


def test_sharpening_knows_certainty_and_needs_a_temperature():
    assert sharpen(torch.tensor([1.0, 0.0]), 0.5).tolist() == [1.0, 0.0]
    with pytest.raises(UsageError, match="temperature is 0"):
        sharpen(torch.tensor([0.5, 0.5]), 0.0)


def test_distances_by_hand():
    # softmax(0, ln 3) = (1/4, 3/4); against (1, 0): (9/16 + 9/16) / 2.
    logits = torch.tensor([[0.0, math.log(3)]])
    assert probability_distance(logits, torch.tensor([[1.0, 0.0]])).item() == pytest.approx(9 / 16)
    assert logit_distance(torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0, 4.0]])).item() == pytest.approx(2.5)


def test_distances_are_means_over_classes_whatever_stands_before():
    # One sample, two views, three classes: uniform probabilities against one class are (4/9 + 1/9 + 1/9) / 3 apart.
    logits, targets = torch.zeros(1, 2, 3), torch.tensor([[[1.0, 0, 0], [1 / 3, 1 / 3, 1 / 3]]])
    torch.testing.assert_close(probability_distance(logits, targets), torch.tensor([[2 / 9, 0.0]]))
    others = torch.tensor([[[3.0, 0, 0], [3.0, 3, 0]]])
    torch.testing.assert_close(logit_distance(logits, others), torch.tensor([[3.0, 6.0]]))


def test_half_precision_is_computed_in_single():
    # 1 / 3 in bfloat16 is 0.334: only single precision comes to (1/3, 1/3, 1/3).
    logits, even = torch.zeros(1, 3, dtype=torch.bfloat16), torch.full((1, 3), 1 / 3)
    assert probability_distance(logits, even).item() < 1e-14
    assert logit_distance(logits, logits).dtype == torch.float32
    losses, _, _ = pseudo_label_loss(logits, logits, 0.3)
    assert losses.dtype == torch.float32
    assert losses.item() == pytest.approx(math.log(3), abs=1e-6)


def test_each_pseudo_label_is_scored_by_its_own_strong_view():
    weak, strong = torch.tensor([[9.0, 0.0], [9.0, 0.0]]), torch.tensor([[math.log(3), 0.0], [0.0, math.log(3)]])
    losses, labels, _ = pseudo_label_loss(strong, weak, 0.5)
    assert labels.tolist() == [0, 0]
    torch.testing.assert_close(losses, torch.tensor([math.log(4 / 3), math.log(4)]))


def test_pseudo_labels_at_the_threshold():
    # Probabilities of the surer class: 3/4, 9/10, 1/2.
    weak = torch.tensor([[0.0, math.log(3)], [math.log(9), 0.0], [0.0, 0.0]], dtype=torch.float64)
    strong = torch.zeros(3, 2, dtype=torch.float64, requires_grad=True)
    losses, labels, sure = pseudo_label_loss(strong, weak, 0.75 - 1e-12)
    assert sure.tolist() == [True, True, False]
    assert labels[:2].tolist() == [1, 0]
    assert losses.tolist() == pytest.approx([math.log(2), math.log(2), 0.0])
    assert pseudo_label_loss(strong, weak, 0.75 + 1e-12)[2].tolist() == [False, True, False]


def test_exactly_the_threshold_is_sure():
    assert pseudo_label_loss(torch.zeros(1, 2), torch.zeros(1, 2), 0.5)[2].tolist() == [True]


def test_no_gradient_reaches_pseudo_labels():
    weak = torch.tensor([[0.0, 5.0]], requires_grad=True)
    strong = torch.zeros(1, 2, requires_grad=True)
    pseudo_label_loss(strong, weak, 0.5)[0].sum().backward()
    assert weak.grad is None
    assert strong.grad[0].tolist() == [0.5, -0.5]
