"""The callables a stranger uses in a loop of his own."""

import pytest
import torch

import contentmix
from contentmix.errors import UsageError
from contentmix.mixing import cowmix, cutmix, fmix, horizontal_concat, mixup, patchup, resizemix, vertical_concat

BUILDERS = [mixup, cutmix, horizontal_concat, vertical_concat, patchup, fmix, cowmix, resizemix]


def batch(size=6, height=12, width=9):
    generator = torch.Generator().manual_seed(0)
    return torch.rand(size, 3, height, width, generator=generator), torch.arange(size) % 4


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_mix_keeps_shapes_inputs_and_the_sum_of_targets(builder):
    images, labels = batch()
    before = images.clone()
    mixed, targets = builder(4, prob=1.0)(images, labels, generator=torch.Generator().manual_seed(1))
    assert mixed.shape == images.shape
    assert torch.equal(images, before)
    assert not torch.equal(mixed, images)
    torch.testing.assert_close(targets.sum(1), torch.ones(6))


@pytest.mark.parametrize("builder", BUILDERS)
def test_targets_say_what_is_in_the_image(builder):
    """Images painted with their class: the share of each colour is the target, to the bilinear border of ResizeMix."""
    labels = torch.arange(8) % 4
    images = torch.nn.functional.one_hot(labels, 4).float()[:, :, None, None].expand(-1, -1, 16, 20)
    mixed, targets = builder(4, prob=1.0)(images, labels, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(mixed.mean((-2, -1)), targets, atol=1e-5, rtol=0)


@pytest.mark.parametrize("builder", BUILDERS)
def test_never_applied_is_the_identity_and_a_single_image_is_mixed_with_itself(builder):
    images, labels = batch()
    plain, targets = builder(4, prob=0.0)(images, labels)
    assert torch.equal(plain, images)
    assert torch.equal(targets, torch.nn.functional.one_hot(labels, 4).float())
    mixed, targets = builder(4, prob=1.0)(images[:1], labels[:1])
    assert targets.tolist() == [[1, 0, 0, 0]]
    if builder is not resizemix:
        torch.testing.assert_close(mixed, images[:1])


def test_the_global_seed_rules_where_no_generator_is_given():
    images, labels = batch()
    results = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        results.append(mixup(4)(images, labels)[0])
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])


def test_the_given_generator_leaves_the_global_state_alone():
    images, labels = batch()
    state = torch.get_rng_state()
    for builder in BUILDERS:
        builder(4)(images, labels, generator=torch.Generator().manual_seed(0))
    assert torch.equal(torch.get_rng_state(), state)


def test_smoothing_is_applied_once_and_survives_the_mix():
    images, labels = batch()
    _, targets = cutmix(4, prob=1.0, smoothing=0.2)(images, labels)
    assert targets.min().item() == pytest.approx(0.05)  # 0.2 / 4 on every class


def test_resizemix_shows_the_whole_partner():
    images = torch.stack([torch.zeros(1, 32, 32), torch.ones(1, 32, 32)])
    mix = contentmix.ResizeMix(2, scale_min=0.5, scale_max=0.5)
    mixed, targets = mix(images, torch.tensor([0, 1]), generator=torch.Generator().manual_seed(3))
    if torch.equal(mixed, images):  # the permutation was the identity
        mixed, targets = mix(images, torch.tensor([0, 1]), generator=torch.Generator().manual_seed(4))
    rows, columns = mixed[0, 0].nonzero().unbind(1)
    assert (rows.max() - rows.min() + 1, columns.max() - columns.min() + 1) == (16, 16)
    assert targets[0].tolist() == [0.75, 0.25]


@pytest.mark.parametrize(
    ("images", "labels", "named"),
    [
        (torch.zeros(2, 3, 4, 4), torch.zeros(3).long(), r"labels \(3,\)"),
        (torch.zeros(2, 3, 4), torch.zeros(2).long(), r"images \(2, 3, 4\)"),
        (torch.zeros(2, 3, 4, 4), torch.zeros(2), "float32 labels"),
        (torch.zeros(2, 3, 4, 4), torch.tensor([0, 4]), "labels run from 0 to 4"),
    ],
)
def test_batches_that_do_not_fit_are_named(images, labels, named):
    with pytest.raises(UsageError, match=named):
        cutmix(4)(images, labels)


@pytest.mark.parametrize("wrong", [{"alpha": 0}, {"alpha": -1}, {"prob": 2}, {"smoothing": 1}])
def test_wrong_options_are_named(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(UsageError, match=f"{name} is {value}"):
        mixup(4, **wrong)


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


def test_manifold_mixup_needs_mixing_points():
    with pytest.raises(UsageError, match="Linear has no mixing_points"):
        contentmix.ManifoldMixUp(4)(torch.nn.Linear(2, 2), *batch())
