"""The moving average: its linear start, its buffers, its memory."""

import copy

import pytest
import torch
from torch import nn

from contentmix.errors import UsageError
from contentmix.networks import WideResNet
from contentmix.training import MovingAverage
from contentmix.training.moving_average import flatten_


class Scalar(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(100.0))
        self.register_buffer("running", torch.tensor(100.0))
        self.register_buffer("count", torch.tensor(0))


def test_updates_by_hand():
    network = Scalar()
    average = MovingAverage(network, 0.75)
    average.follow(network)
    seen = []
    for n, value in enumerate((1.0, 2.0, 6.0, 3.0, 11.0), 1):
        with torch.no_grad():
            network.weight.fill_(value)
            network.running.fill_(-value)
            network.count.fill_(n)
        average.update(n)
        seen.append(average.module.weight.item())
        assert average.module.running.item() == pytest.approx(-seen[-1])
        assert average.module.count == n
    # Means of the first four (decays 0, 1/2, 2/3, 3/4 = min(3/4, 3/4)), then 0.75 * 3 + 0.25 * 11.
    assert seen == pytest.approx([1.0, 1.5, 3.0, 3.0, 5.0])


def test_the_average_is_not_trained_and_not_the_network():
    network = WideResNet(10, 1, 3)
    average = MovingAverage(network, 0.9)
    average.follow(network)
    assert not any(parameter.requires_grad for parameter in average.parameters())
    before = average.module.conv1.weight.clone()
    with torch.no_grad():
        network.conv1.weight.zero_()
    assert torch.equal(average.module.conv1.weight, before)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_flat_networks_compute_what_they_did(layout):
    network = WideResNet(10, 1, 3).to(memory_format=layout)
    plain, images = copy.deepcopy(network), torch.randn(4, 3, 8, 8)
    flats = flatten_(network)
    assert [flat.dtype for flat in flats] == [torch.float32, torch.int64]
    for (name, mine), (_, theirs) in zip(network.state_dict().items(), plain.state_dict().items(), strict=True):
        assert torch.equal(mine, theirs), name
        assert mine.stride() == theirs.stride(), name
    for each in (network, plain):
        optimizer = torch.optim.SGD(each.parameters(), 0.1, momentum=0.9, fused=True)
        each(images).square().mean().backward()
        optimizer.step()
    for (name, mine), (_, theirs) in zip(network.state_dict().items(), plain.state_dict().items(), strict=True):
        torch.testing.assert_close(mine, theirs, msg=name)
    # What the flat tensors hold is the network.
    flats[0].zero_()
    assert all(not parameter.any() for parameter in network.parameters())


def test_shared_weights_stay_shared():
    layer = nn.Linear(2, 2)
    both = nn.Sequential(layer, layer)
    flatten_(both)
    assert both[0].weight is both[1].weight


def test_flat_tensors_begin_each_weight_at_a_multiple_of_sixteen():
    network = nn.ModuleList([nn.Linear(3, 1, bias=False), nn.Linear(17, 1, bias=False), nn.Linear(16, 1, bias=False)])
    (flat,) = flatten_(network)
    starts = [(layer.weight.data_ptr() - flat.data_ptr()) // 4 for layer in network]
    assert starts == [0, 16, 48]
    assert len(flat) == 64


def test_a_plain_mean_of_the_last_updates_by_hand():
    """Stochastic weight averaging: the first two updates are left out, then 6, (6 + 3) / 2, (6 + 3 + 12) / 3."""
    network, seen = Scalar(), []
    average = MovingAverage(network, 1.0)
    average.follow(network, begins=2)
    for n, value in enumerate((1.0, 2.0, 6.0, 3.0, 12.0), 1):
        with torch.no_grad():
            network.weight.fill_(value)
        average.update(n)
        seen.append(average.module.weight.item())
    assert seen == pytest.approx([1.0, 2.0, 6.0, 4.5, 7.0])


def test_decay_is_a_share():
    assert MovingAverage(Scalar(), 0.0).decay == 0
    with pytest.raises(UsageError, match="ema_decay is -0.5"):
        MovingAverage(Scalar(), -0.5)
    with pytest.raises(UsageError, match="ema_decay is 1.5"):
        MovingAverage(Scalar(), 1.5)
