"""Which images share statistics."""

import pytest
import torch
from torch import nn

from contentmix.networks import WideResNet, forward_groups, kept_statistics


class Average(nn.Module):
    """Takes the mean of the images it sees at once from each: batch normalisation, seen from outside."""

    def forward(self, images):
        return images - images.mean(0)


GROUPS = (torch.tensor([[0.0], [2.0]]), torch.tensor([[10.0], [10.0], [14.0], [14.0]]))


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        # One mean, 50/6.
        ("joint", ([-50 / 6, 2 - 50 / 6], [10 - 50 / 6, 10 - 50 / 6, 14 - 50 / 6, 14 - 50 / 6])),
        # Means of each: 1 and 12.
        ("separate", ([-1.0, 1.0], [-2.0, -2.0, 2.0, 2.0])),
        # Batches (0, 10, 14) and (2, 10, 14): means 8 and 26/3.
        ("interleaved", ([-8.0, 2 - 26 / 3], [2.0, 10 - 26 / 3, 6.0, 14 - 26 / 3])),
    ],
)
def test_statistics_by_hand(mode, expected):
    found = forward_groups(Average(), GROUPS, mode)
    for group, values in zip(found, expected, strict=True):
        assert group[:, 0].tolist() == pytest.approx(values, abs=1e-5)


def test_modes_agree_without_statistics():
    network = WideResNet(10, 1, 3, norm_layer=lambda c: nn.GroupNorm(4, c))
    groups = (torch.randn(3, 3, 8, 8), torch.randn(5, 3, 8, 8))
    joint, *others = (forward_groups(network, groups, mode) for mode in ("joint", "separate", "interleaved"))
    for other in others:
        for a, b in zip(joint, other, strict=True):
            torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)


def test_kept_statistics_are_those_of_the_batch_and_leave_no_trace():
    network, images = WideResNet(10, 1, 3).train(), torch.randn(4, 3, 8, 8)
    before = {name: buffer.clone() for name, buffer in network.named_buffers()}
    with kept_statistics(network):
        kept = network(images)
    assert all(torch.equal(buffer, before[name]) for name, buffer in network.named_buffers())
    torch.testing.assert_close(kept, network(images))
    assert not torch.equal(network.norm.running_mean, before["norm.running_mean"])
