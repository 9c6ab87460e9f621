"""AutoAugment and random erasing of whole batches."""

import pytest
import torch
from torchvision.transforms.v2 import functional

from contentmix import BatchPlan, Place, TrainLoader, UsageError, load_data
from contentmix.data import Distortion, StreamLoader
from contentmix.data.auto_augment import BatchAutoAugment
from contentmix.data.erasing import erase

SOURCE = load_data("digits")


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def photos(count):
    return torch.randint(256, (count, 3, 16, 16), dtype=torch.uint8, generator=generator(9))


def test_an_operation_is_torchvisions_at_the_policys_strength():
    augment = BatchAutoAugment(32)
    # One sub-policy, whose operations are certain: posterise to level 7 of 10, then invert.
    augment._policies = [(("Posterize", 1.0, 7), ("Invert", 1.0, None))]
    images = photos(4)
    expected = functional.invert(functional.posterize(images, 8 - round(7 / ((10 - 1) / 4))))
    augment.distort(images, torch.arange(4), 4, generator())
    assert torch.equal(images, expected)


def test_an_operation_of_probability_0_leaves_images_alone():
    augment = BatchAutoAugment(32)
    augment._policies = [(("Invert", 0.0, None), ("Solarize", 0.0, 3))]
    images, before = photos(6), photos(6)
    augment.distort(images, torch.arange(6), 6, generator())
    assert torch.equal(images, before)


def test_signed_operations_go_both_ways():
    augment = BatchAutoAugment(32)
    augment._policies = [(("Brightness", 1.0, 9), ("Invert", 0.0, None))]
    images, before = photos(32), photos(32)
    augment.distort(images, torch.arange(32), 32, generator())
    change = (images.float().mean((1, 2, 3)) - before.float().mean((1, 2, 3))).sign()
    assert set(change.tolist()) == {-1.0, 1.0}


@pytest.mark.parametrize("size", [32, 224])
def test_a_process_distorts_its_images_as_one_process_would(size):
    augment, everything = BatchAutoAugment(size), photos(24)
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
