"""AutoAugment and random erasing of whole batches."""

import pytest
import torch
from torch.overrides import TorchFunctionMode
from torchvision.transforms.v2 import functional

from contentmix import BatchPlan, Place, TrainLoader, UsageError, load_data
from contentmix.data import Distortion, StreamLoader
from contentmix.data.auto_augment import BatchAutoAugment, operation
from contentmix.data.erasing import erase

SOURCE = load_data("digits")


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def photos(count, side=16):
    return torch.randint(256, (count, 3, side, side), dtype=torch.uint8, generator=generator(9))


def distorted(policies, images, seed=0):
    images = images.clone()
    BatchAutoAugment(16, policies).distort(images, torch.arange(len(images)), len(images), generator(seed))
    return images


def test_both_operations_of_a_sub_policy_are_made_one_after_the_other():
    """Magnitude 7 of 9 leaves 8 - 4 * 7 / 9 = 4.9, 5 bits."""
    images = photos(4)
    expected = functional.invert(functional.posterize(images, 5))
    assert torch.equal(distorted("1.0 posterise 7 1.0 invert 3", images), expected)


def test_an_operation_is_made_as_often_as_its_probability_says():
    images = photos(2000)
    assert torch.equal(distorted("0.0 invert 0 0.0 solarise 3", images), images)
    made = (distorted("0.3 invert 0 0.0 solarise 3", images) != images).flatten(1).any(1).float().mean()
    assert abs(float(made) - 0.3) < 0.04


def test_signed_operations_go_both_ways_and_rotations_one():
    images = photos(32)
    lighter = (distorted("1.0 brightness 9 0.0 invert 0", images).float() - images.float()).mean((1, 2, 3)) > 0
    assert 0 < int(lighter.sum()) < 32
    same = images[:1].expand(32, -1, -1, -1)
    assert len(distorted("1.0 rotate 9 0.0 invert 0", same).unique(dim=0)) == 1
    assert len(distorted("1.0 shear_x 9 0.0 invert 0", same).unique(dim=0)) == 2


def test_what_comes_from_outside_is_grey():
    """Translated by 150/331 of 16 px, 7.25: a margin of 7 columns on one side, the nearest pixel elsewhere."""
    images = torch.full((40, 3, 16, 16), 9, dtype=torch.uint8)
    found = distorted("1.0 translate_x 9 0.0 invert 0", images)
    grey = found == 128
    assert (grey | (found == 9)).all()
    assert {tuple(row.tolist()) for row in grey[:, 0, 0].sum(-1)[:, None]} == {(7,)}
    assert 0 < int(grey[:, 0, 0, 0].sum()) < 40


@pytest.mark.parametrize(
    ("name", "magnitude", "sign", "strength"),
    [
        ("shear_y", 6, -1, -0.2),
        ("translate_y", 3, 1, 50 / 331 * 32),
        ("rotate", 6, -1, 20.0),
        ("colour", 0, 1, 1.0),
        ("contrast", 5, -1, 0.5),
        ("posterise", 8, 1, 4),
        ("posterise", 2, 1, 7),
        ("solarise", 9, 1, 0.0),
        ("solarise", 0, 1, 256.0),
        ("equalise", 5, 1, 0.0),
    ],
)
def test_magnitudes_are_those_of_deepvoltaire(name, magnitude, sign, strength):
    found = operation(name, magnitude, sign, 32)
    assert found.name == name
    assert found.strength == pytest.approx(strength)


@pytest.mark.parametrize("size", [32, 224])
def test_a_process_distorts_its_images_as_one_process_would(size):
    augment, everything = BatchAutoAugment(size), photos(24, size)
    some, rows = everything[[3, 17, 20]].clone(), torch.tensor([3, 17, 20])
    augment.distort(everything, torch.arange(24), 24, generator(4))
    augment.distort(some, rows, 24, generator(4))
    assert torch.equal(some, everything[rows])
    floats = everything.float()
    other = floats[rows].clone()
    erase(floats, torch.arange(24), 24, 0.5, generator(5))
    erase(other, rows, 24, 0.5, generator(5))
    assert torch.equal(other, floats[rows])


def test_erasing_fills_a_rectangle_of_2_to_33_percent_with_noise():
    images = torch.full((400, 1, 32, 32), 7.0)
    erase(images, torch.arange(400), 400, 0.25, generator(1))
    changed = images[:, 0] != 7.0
    erased = changed.any(2).any(1)
    assert 70 < int(erased.sum()) < 130
    for mask in changed[erased]:
        rows, columns = mask.any(1), mask.any(0)
        assert torch.equal(mask, rows[:, None] & columns[None])
        assert 0.02 * 1024 * 0.7 <= int(mask.sum()) <= 1024 / 3 * 1.15  # sides are whole pixels
    noise = images[:, 0][changed]
    assert abs(float(noise.mean())) < 0.05
    assert abs(float(noise.std()) - 1) < 0.05


class NoHostImages(TorchFunctionMode):
    """Fails where something of the size of an image is made without naming the images' device."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        made = function(*args, **(kwargs or {}))
        if isinstance(made, torch.Tensor) and made.device.type == "cpu":
            assert made.numel() < 32 * 32, function
        return made


def test_erasing_makes_nothing_of_the_size_of_an_image_on_the_host():
    """The meta device stands for an accelerator; its generators are the CPU's."""
    images, draws = torch.empty(64, 3, 32, 32, device="meta"), generator()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "Generator", lambda device, made=generator(1): made)
        with NoHostImages():
            erase(images, torch.arange(64), 64, 0.5, draws)


def test_without_erasing_nothing_changes():
    images = torch.full((5, 1, 8, 8), 7.0)
    erase(images, torch.arange(5), 5, 0.0, generator())
    assert images.eq(7).all()


@pytest.mark.parametrize("loader", [TrainLoader, StreamLoader])
def test_members_that_see_an_image_see_it_distorted_alike(loader):
    plan, distortion = BatchPlan(8, members=2), Distortion(autoaugment=True, random_erasing=1.0)
    extra = () if loader is TrainLoader else (0,)
    made = loader(SOURCE.train, SOURCE, plan, 0, Place(), *extra, distortion=distortion)
    batch, plain = next(iter(made)), next(iter(loader(SOURCE.train, SOURCE, plan, 0, Place(), *extra)))
    assert not torch.equal(batch.images, plain.images)
    assert torch.equal(batch.labels, plain.labels)
    first, second = (sorted(image.flatten().tolist() for image in batch.images[:, i]) for i in range(2))
    assert first == second


def test_two_processes_share_the_batch_of_one():
    plan, distortion = BatchPlan(8, members=2, partner_prob=0.5), Distortion(True, 0.5)
    whole, *parts = (
        next(iter(TrainLoader(SOURCE.train, SOURCE, plan, 3, place, distortion=distortion)))
        for place in (Place(), Place(0, 2), Place(1, 2))
    )
    assert torch.equal(torch.cat([part.images for part in parts]), whole.images)
    assert torch.equal(torch.cat([part.partners.images for part in parts]), whole.partners.images)


def test_strong_views_are_not_distorted_twice():
    with pytest.raises(UsageError, match="leave out autoaugment and random_erasing"):
        TrainLoader(
            SOURCE.train, SOURCE, BatchPlan(8, views=("weak", "strong")), 0, Place(), distortion=Distortion(True)
        )
