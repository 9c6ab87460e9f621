"""Feature usage, by values worked out by hand."""

import pytest
import torch

from contentmix.errors import UsageError
from contentmix.metrics import (
    ConditionalVariance,
    filter_activity,
    input_influence,
    output_influence,
    sharing_rate,
)


@pytest.mark.parametrize(
    ("first", "second", "rate"),
    [
        ([3.0, 2, 0, 0], [0.0, 0, 1, 5], 0.0),  # disjoint
        ([3.0, 2, 1, 4], [3.0, 2, 1, 4], 1.0),  # identical
        ([1.0, 1, 0], [0.0, 1, 1], 1 / 3),  # one of three channels in common
        ([2.0, 2], [1.0, 1], 0.5),  # half as strong everywhere
    ],
)
def test_sharing_is_the_overlap_of_histograms(first, second, rate):
    assert sharing_rate(torch.tensor([first, second])) == pytest.approx(rate)


def test_sharing_of_three_is_the_mean_over_pairs():
    influence = torch.tensor([[1.0, 0], [1, 0], [0, 1]])
    assert sharing_rate(influence) == pytest.approx(1 / 3)
    with pytest.raises(UsageError, match="1 rows"):
        sharing_rate(influence[:1])


def test_influence_is_the_l1_norm_of_kernels_and_columns():
    kernel = torch.tensor([[[[1.0, -2], [0, 1]]], [[[0.0, 0], [0, 0.5]]]])  # (2, 1, 2, 2)
    torch.testing.assert_close(input_influence([kernel, -3 * kernel]), torch.tensor([[4.0, 0.5], [12.0, 1.5]]))
    weight = torch.tensor([[1.0, -1, 0], [2.0, 0, 0]])  # two classes, three features
    torch.testing.assert_close(output_influence([weight]), torch.tensor([[3.0, 1.0, 0.0]]))


def test_filters_are_active_relative_to_the_strongest_of_their_layer():
    """Layer 1: norms 10, 4, 3, 0 -> 1, 0.4, 0.3, 0. Layer 2: norms 2, 0.4 -> 1, 0.2."""
    first = torch.tensor([10.0, -4, 3, 0]).view(4, 1, 1, 1)
    second = torch.tensor([2.0, 0.4]).view(2, 1, 1, 1)
    activity = filter_activity([first, second])
    assert activity == pytest.approx({0.2: 5 / 6, 0.3: 4 / 6, 0.4: 3 / 6, 0.5: 2 / 6})
    assert filter_activity([first]) == pytest.approx({0.2: 0.75, 0.3: 0.75, 0.4: 0.5, 0.5: 0.25})
    with pytest.raises(UsageError, match="^there is no convolution"):
        filter_activity([])


def test_conditional_variance_is_that_of_all_images_at_once():
    features = torch.randn(37, 5, 4, 3) * 0.1 + 100  # a large mean, where naive sums of squares would cancel
    variance = ConditionalVariance()
    for batch in features.split(8):
        variance.update(batch)
    torch.testing.assert_close(
        variance.influence(), features.double().var(0, correction=0).mean((-2, -1)).float(), rtol=1e-3, atol=1e-6
    )


def test_conditional_variance_by_hand():
    """Images of one channel, two positions: 1 3 8 has mean 4 and variance (9 + 1 + 16) / 3, the other position none."""
    variance = ConditionalVariance()
    variance.update(torch.tensor([1.0, 3.0]).view(2, 1, 1, 1) * torch.tensor([1.0, 0.0]))
    variance.update(torch.tensor([8.0]).view(1, 1, 1, 1) * torch.tensor([1.0, 0.0]))
    torch.testing.assert_close(variance.influence(), torch.tensor([26 / 3 / 2]))


def test_one_image_has_no_variance():
    variance = ConditionalVariance()
    variance.update(torch.ones(1, 2, 3, 3))
    assert variance.influence().tolist() == [0, 0]


def test_a_constant_feature_has_no_influence():
    variance = ConditionalVariance()
    variance.update(torch.full((4, 2, 3, 3), 7.0))
    assert not variance.influence().any()
    with pytest.raises(UsageError, match="^no batch"):
        ConditionalVariance().influence()
