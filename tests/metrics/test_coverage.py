"""Accuracy over coverage, and confusions, by hand."""

import pytest
import torch

from contentmix.errors import UsageError
from contentmix.metrics import accuracy_over_coverage, confusions

# Sure of 0.9 (right), 0.8 (wrong), 0.7 and 0.6 (right), in another order.
PROBS = torch.tensor([[0.3, 0.7], [0.9, 0.1], [0.4, 0.6], [0.8, 0.2]], dtype=torch.float64)
LABELS = torch.tensor([1, 0, 1, 1])


def test_accuracy_on_the_surest_images():
    found = accuracy_over_coverage(PROBS, LABELS, (0.25, 0.5, 0.6, 0.75, 1.0))
    # 1 of 1, 1 of 2, of 2.4 images 3: 2 of 3, the same, 3 of 4.
    assert found.accuracy == pytest.approx((100, 50, 200 / 3, 200 / 3, 75))
    assert found.confidence == pytest.approx((0.9, 0.8, 0.7, 0.7, 0.6))
    assert found.share == (0.25, 0.5, 0.6, 0.75, 1.0)


def test_a_share_of_a_whole_number_of_images_is_not_rounded_up():
    probs = torch.linspace(0.99, 0.51, 100, dtype=torch.float64)
    found = accuracy_over_coverage(torch.stack([probs, 1 - probs], 1), torch.zeros(100).long(), (0.07, 0.57))
    assert found.confidence == pytest.approx((probs[6].item(), probs[56].item()))  # 100 * 0.07 is above 7 in floats


@pytest.mark.parametrize("share", [0.0, 1.5, -0.1])
def test_shares_lie_between_nothing_and_all(share):
    with pytest.raises(UsageError, match="choose them in"):
        accuracy_over_coverage(PROBS, LABELS, [1.0, share])


def test_without_images_there_is_nothing_to_decide():
    with pytest.raises(UsageError, match="no image to decide on"):
        accuracy_over_coverage(torch.zeros(0, 2), torch.zeros(0).long(), [1.0])


def test_confusions_are_the_pairs_that_occur():
    assert confusions(PROBS, LABELS) == [(0, 0, 1), (1, 0, 1), (1, 1, 2)]
    assert confusions(torch.eye(3), torch.tensor([2, 1, 2])) == [(1, 1, 1), (2, 0, 1), (2, 2, 1)]
