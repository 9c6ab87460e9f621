"""The callables a stranger uses in a loop of his own."""

import pytest
import torch

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
    if builder is cutmix_mixup:
        shape = Soft(Rectangle(), Dirichlet(0.8, per_batch=True))
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


def test_soft_labels_are_the_targets_of_a_mix_that_does_not_happen():
    labels = torch.tensor([[0.2, 0.8], [1.0, 0.0]])
    assert torch.equal(cutmix(2, prob=0.0, smoothing=0.1)(torch.rand(2, 1, 4, 4), labels)[1], labels)
