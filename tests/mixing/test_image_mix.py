"""The callables a stranger uses in a loop of his own."""

import pytest
import torch

import contentmix
from contentmix.batch import Partners
from contentmix.errors import UsageError
from contentmix.mixing import (
    CowMix,
    Dirichlet,
    FMix,
    HorizontalConcat,
    ImageMix,
    Mixer,
    PatchUp,
    Rectangle,
    Soft,
    VerticalConcat,
    cowmix,
    cutmix,
    cutmix_mixup,
    fmix,
    horizontal_concat,
    mixup,
    patchup,
    resizemix,
    vertical_concat,
)

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


@pytest.mark.parametrize(
    ("builder", "shape", "alpha", "prob"),
    [
        (mixup, None, 1.0, 1.0),
        (cutmix, Rectangle(), 1.0, 0.5),
        (cutmix_mixup, Soft(Rectangle(), Dirichlet(0.8)), 1.0, 1.0),
        (horizontal_concat, HorizontalConcat(), 1.0, 1.0),
        (vertical_concat, VerticalConcat(), 1.0, 1.0),
        (patchup, PatchUp(7), 2.0, 0.7),
        (fmix, FMix(3.0), 1.0, 1.0),
        (cowmix, CowMix(4.0, 16.0), 1.0, 1.0),
    ],
)
def test_every_method_has_the_settings_of_its_paper(builder, shape, alpha, prob):
    assert builder(7) == ImageMix(Mixer(Dirichlet(alpha), shape, patched="partner"), 7, prob, 0.0)
    own = builder(7, alpha=3.0, prob=0.2, per_batch=True, smoothing=0.1)
    assert own == ImageMix(Mixer(Dirichlet(3.0, per_batch=True), shape, patched="partner"), 7, 0.2, 0.1)


def test_global_seeds_hardly_ever_lead_to_the_same_mix():
    images, labels = batch()
    found = set()
    for seed in range(60):
        torch.manual_seed(seed)
        found.add(mixup(4)(images, labels)[0].sum().item())
    assert len(found) == 60


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


def pasted(mixed, images):
    """Rows and columns (first, last) of the patch in each image, which differs from its image everywhere."""
    changed = (mixed != images).any(1)
    return [[(int(axis.nonzero()[0]), int(axis.nonzero()[-1])) for axis in (one.any(1), one.any(0))] for one in changed]


def checkered(size, height, width):
    """Images of noise: each keeps what it is, its partner is another."""
    images = torch.rand(size, 1, height, width, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    return images, torch.arange(size)


def test_resizemix_pastes_the_mean_of_the_pixels_that_a_small_one_stands_for():
    # Half the side: bilinear sampling in the middle of 2 x 2 pixels is their mean.
    images, labels = checkered(6, 8, 12)
    mixed, targets = contentmix.ResizeMix(6, scale_min=0.5, scale_max=0.5)(
        images, labels, generator=torch.Generator().manual_seed(0)
    )
    partners = targets.clone().scatter_(1, labels[:, None], 0).argmax(1)
    seen = 0
    for image, before, partner, place, ratio in zip(
        mixed, images, partners, pasted(mixed, images), targets, strict=True
    ):
        if ratio.max() == 1:  # mixed with itself
            continue
        (top, bottom), (left, right) = place
        assert (bottom - top, right - left) == (3, 5)
        small = torch.nn.functional.avg_pool2d(images[partner], 2)
        torch.testing.assert_close(image[:, top : bottom + 1, left : right + 1], small)
        assert torch.equal(image[:, :top], before[:, :top])
        assert ratio[partner].item() == 0.25
        seen += 1
    assert seen >= 4


def test_resizemix_draws_all_scales_and_all_places():
    images, labels = torch.zeros(600, 1, 16, 16), torch.zeros(600, dtype=torch.long)
    images[::2] = 1.0  # an image of the other kind changes all pixels of the patch

    def places(low, high):
        mixed, _ = contentmix.ResizeMix(2, low, high)(images, labels, generator=torch.Generator().manual_seed(1))
        mixed = mixed.round()  # interpolation between ones is one but for rounding
        changed = (mixed != images).flatten(1).any(1)
        return [place for one in pasted(mixed[changed], images[changed]) for place in one]

    sides = {last - first + 1 for first, last in places(0.25, 0.75)}
    assert sides == set(range(4, 13))
    assert {first for first, _ in places(0.5, 0.5)} == set(range(9))
    assert {first for first, _ in places(0.02, 0.02)} == set(range(16))  # a third of a pixel: one is shown


def test_resizemix_smooths_labels_and_checks_its_options():
    images, labels = batch()
    assert resizemix(4, smoothing=0.2)(images, labels)[1].min().item() == pytest.approx(0.05)
    contentmix.ResizeMix(4, 0.5, 1.0)
    for low, high in ((0.0, 0.5), (0.6, 0.5), (0.5, 1.5)):
        with pytest.raises(UsageError, match=f"scale_min is {low} and scale_max {high}"):
            contentmix.ResizeMix(4, low, high)
    with pytest.raises(UsageError, match=r"prob is 1\.5"):
        resizemix(4, prob=1.5)


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


@pytest.mark.parametrize("builder", [mixup, cutmix, fmix])
def test_partners_are_mixed_into_their_images_only(builder):
    """Images painted with their class: those without a partner stay, the others show what their target says."""
    labels, others = torch.arange(6) % 4, torch.tensor([3, 3, 3])
    images, painted = (
        torch.nn.functional.one_hot(each, 4).float()[:, :, None, None].expand(-1, -1, 16, 20)
        for each in (labels, others)
    )
    partners = Partners(torch.tensor([0, 2, 5]), painted, others)
    mixed, targets = builder(4).with_partners(images, labels, partners, generator=torch.Generator().manual_seed(3))
    apart = [1, 3, 4]
    assert torch.equal(mixed[apart], images[apart])
    assert torch.equal(targets[apart], torch.nn.functional.one_hot(labels[apart], 4).float())
    torch.testing.assert_close(mixed.mean((-2, -1)), targets, atol=1e-5, rtol=0)
    assert ((targets[partners.rows, 3] > 0) & (targets[partners.rows, 3] < 1)).all()
    assert targets[partners.rows, 3].unique().numel() == 3, "each has a ratio of its own"


def test_a_partner_s_target_is_smoothed_like_the_image_s():
    """With smoothing 0.1 over 2 classes, classes 0 and 1 are (0.95, 0.05) and (0.05, 0.95): their mix sums to one."""
    partners = Partners(torch.tensor([0]), torch.ones(1, 1, 4, 4), torch.tensor([1]))
    mixed, targets = mixup(2, smoothing=0.1).with_partners(torch.zeros(1, 1, 4, 4), torch.tensor([0]), partners)
    share = mixed[0, 0, 0, 0].item()
    assert targets[0].tolist() == pytest.approx([0.95 - 0.9 * share, 0.05 + 0.9 * share], abs=1e-6)


class Half:
    """A shape of one's own: the left half, as bool."""

    def draw(self, share, size, generator):
        patch = torch.zeros(len(share), *size, dtype=torch.bool)
        patch[..., : size[1] // 2] = True
        return patch


def test_a_shape_of_one_s_own_may_return_bool():
    mixer = Mixer(Dirichlet(1.0), Half(), patched="partner")
    mixture = mixer.draw(3, 2, (4, 6), torch.Generator().manual_seed(0))
    assert mixture.masks.dtype == torch.float32
    assert torch.equal(mixture.masks[:, 1, :, :3], torch.ones(3, 4, 3))
    assert torch.equal(mixture.ratios, torch.full((3, 2), 0.5))
    soft = Mixer(Dirichlet(1.0), Soft(Half()), patched="partner").draw(3, 2, (4, 6), torch.Generator().manual_seed(0))
    assert torch.allclose(soft.ratios, torch.full((3, 2), 0.5)), "mu on one half, 1 - mu on the other"


def test_a_shape_that_draws_no_patches_is_told_what_to_draw():
    class Flat(Half):
        def draw(self, share, size, generator):
            return super().draw(share, size, generator)[0]

    with pytest.raises(UsageError, match=r"drew \(4, 6\) for 3 samples: it must draw \(b, h, w\)"):
        Mixer(Dirichlet(1.0), Flat()).draw(3, 2, (4, 6), torch.Generator().manual_seed(0))


def test_soft_labels_are_the_targets_of_a_mix_that_does_not_happen():
    labels = torch.tensor([[0.2, 0.8], [1.0, 0.0]])
    assert torch.equal(cutmix(2, prob=0.0, smoothing=0.1)(torch.rand(2, 1, 4, 4), labels)[1], labels)
