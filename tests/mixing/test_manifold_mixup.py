"""Manifold MixUp: features mixed at a depth that is drawn."""

import pytest
import torch

import contentmix
from contentmix.errors import UsageError
from tests.mixing.test_image_mix import batch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = torch.nn.Conv2d(3, 4, 1), torch.nn.Conv2d(4, 4, 1)

    def forward(self, x):
        return self.second(self.first(x)).mean((-2, -1))

    def mixing_points(self):
        return [self.first]


def test_manifold_mixup_of_a_linear_network_mixes_its_outputs_at_any_depth():
    images, labels = batch()
    net = Net()
    with torch.no_grad():
        plain = net(images)
        for seed in range(6):
            mixed, targets = contentmix.ManifoldMixUp(4)(
                net, images, labels, generator=torch.Generator().manual_seed(seed)
            )
            # The net is linear: its mixed output is the mix of its outputs, with the ratios that the targets show.
            ratio = targets.gather(1, labels[:, None])
            partner = targets.clone().scatter_(1, labels[:, None], 0).argmax(1)
            candidates = [
                ratio[i] * plain[i] + (1 - ratio[i]) * plain[j]
                for i in range(6)
                for j in range(6)
                if labels[j] == partner[i] and ratio[i] < 1
            ]
            for i in range(6):
                if ratio[i] < 1:
                    assert min((mixed[i] - candidate).abs().max() for candidate in candidates) < 1e-5
    assert not net.first._forward_hooks


class Spied(torch.nn.Module):
    """Two layers that pass on what they get, and remember it."""

    def __init__(self):
        super().__init__()
        self.layers, self.seen = torch.nn.ModuleList([torch.nn.Identity(), torch.nn.Identity()]), []

    def forward(self, x):
        self.seen = [x]
        for layer in self.layers:
            x = layer(x)
            self.seen.append(x)
        return x

    def mixing_points(self):
        return list(self.layers)


def test_manifold_mixup_mixes_at_the_depth_that_was_drawn():
    images, labels = batch()
    net, depths = Spied(), []
    for seed in range(12):
        contentmix.ManifoldMixUp(4)(net, images, labels, generator=torch.Generator().manual_seed(seed))
        mixed = [not torch.equal(seen, images) for seen in net.seen]
        depths.append(mixed.index(True))
        assert all(mixed[depths[-1] :])
        # The first draw: 0 is the input, i what the i-th point returns.
        assert depths[-1] == int(torch.randint(3, (), generator=torch.Generator().manual_seed(seed)))
    assert set(depths) == {0, 1, 2}


def test_manifold_mixup_takes_its_options():
    images, labels = batch()
    net = Spied()
    plain, targets = contentmix.ManifoldMixUp(4, prob=0.0, smoothing=0.2)(net, images, labels)
    assert torch.equal(plain, images)
    assert targets[0].tolist() == pytest.approx([0.85, 0.05, 0.05, 0.05])
    _, targets = contentmix.ManifoldMixUp(6, per_batch=True)(
        net, images, torch.arange(6), generator=torch.Generator().manual_seed(2)
    )
    others = targets.diagonal()[targets.diagonal() < 1]
    assert len(others) > 1
    assert len(others.unique()) == 1
    contentmix.ManifoldMixUp(4, alpha=0.5)
    for wrong, named in (({"alpha": 0}, "alpha is 0"), ({"prob": 1.5}, r"prob is 1\.5"), ({"prob": -1}, "prob is -1")):
        with pytest.raises(UsageError, match=named):
            contentmix.ManifoldMixUp(4, **wrong)


def test_manifold_mixup_needs_mixing_points():
    with pytest.raises(UsageError, match="Linear has no mixing_points"):
        contentmix.ManifoldMixUp(4)(torch.nn.Linear(2, 2), *batch())
