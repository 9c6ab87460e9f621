"""Telling images of other classes, by hand."""

import pytest
import torch

from contentmix import UsageError
from contentmix.metrics import Detection, detection


def certain(*probabilities):
    """Log-probabilities (n, 2) whose greatest are these."""
    p = torch.tensor(probabilities)
    return torch.stack([p, 1 - p], 1).log()


def test_figures_by_hand():
    """Of 2 x 4 pairs, 0.9 is above all four and 0.7 above two of them and level with one: (4 + 2.5) / 8. To accept 95 % of two
    known images is to accept both, at 0.7: two of the four others pass."""
    found = detection(certain(0.9, 0.7), certain(0.6, 0.55, 0.7, 0.8))
    assert found == Detection(pytest.approx(81.25), pytest.approx(50.0))


def test_one_of_twenty_known_images_may_be_lost():
    known, others = [0.9] * 19 + [0.5], [0.6] * 3 + [0.95]
    assert detection(certain(*known), certain(*others)).fpr95 == pytest.approx(25.0)
    assert detection(certain(*known[1:]), certain(*others)).fpr95 == pytest.approx(100.0)


def test_the_class_does_not_matter():
    log_probs = torch.tensor([[0.9, 0.1], [0.1, 0.9]]).log()
    assert detection(log_probs, log_probs) == Detection(50.0, 100.0)


def test_none_of_either_is_refused():
    with pytest.raises(UsageError, match="2 images of known classes, 0 of others"):
        detection(certain(0.9, 0.8), certain())
