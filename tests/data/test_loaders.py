"""Batches: composition, augmentation, and their dependence on seed and step only."""

import pytest
import torch

from contentmix.data import (
    ArraySet,
    BatchPlan,
    EvalLoader,
    Normalise,
    Place,
    ShiftedPool,
    Shifts,
    StreamLoader,
    TrainLoader,
    array_source,
    member_order,
)
from contentmix.data.augment import surrounded
from contentmix.errors import UsageError


def source(images=40, shift_px=1, flip=True):
    """Images whose every pixel is their number: augmentation cannot hide which is which."""
    values = torch.arange(images, dtype=torch.uint8)[:, None, None, None].expand(-1, 1, 6, 5).contiguous()
    labels = torch.arange(images) % 4
    return array_source(
        "numbers",
        "abcd",
        ArraySet(values, labels),
        ArraySet(values, labels),
        shift_px=shift_px,
        padding="reflect",
        flip=flip,
    )


def numbers(data, batch):
    """Which image stands at each position and member."""
    pixels = batch.images * data.std[0] + data.mean[0]
    return (pixels.mean((-3, -2, -1)) * 255).round().long()


def loader(data, plan, place=None, seed=0):
    return TrainLoader(data.train, data, plan, seed, place or Place())


def test_every_image_comes_once_an_epoch_and_in_another_order_in_the_next():
    data = source()
    batches = loader(data, BatchPlan(8))
    assert len(batches) == 5
    first = torch.cat([numbers(data, batch).flatten() for batch in batches])
    assert sorted(first.tolist()) == list(range(40))
    batches.start_step = 5
    second = torch.cat([numbers(data, batch).flatten() for batch in batches])
    assert sorted(second.tolist()) == list(range(40))
    assert not torch.equal(first, second)


def test_labels_follow_their_images_through_members_and_partners():
    data = source()
    for batch in loader(data, BatchPlan(8, members=3, repetition=2, partner_prob=0.5)):
        assert torch.equal(numbers(data, batch) % 4, batch.labels)
        assert batch.partners is not None
        pixels = batch.partners.images * data.std[0] + data.mean[0]
        assert torch.equal((pixels.mean((1, 2, 3)) * 255).round().long() % 4, batch.partners.labels)


def test_batch_repetition_repeats_images_for_every_member_and_lengthens_the_epoch():
    data = source()
    batches = loader(data, BatchPlan(8, members=2, repetition=4))
    assert len(batches) == 20
    for batch in batches:
        for member in numbers(data, batch).T:
            assert sorted(torch.bincount(member, minlength=40).unique().tolist()) == [0, 4]


def test_members_see_their_own_permutation_but_for_the_repeated_inputs():
    order = member_order(BatchPlan(200, members=2, input_repetition=0.25), torch.Generator().manual_seed(0))
    assert sorted(order[:, 0].tolist()) == sorted(order[:, 1].tolist()) == list(range(200))
    same = order[:, 0] == order[:, 1]
    assert same[150:].all()
    assert same[:150].sum() < 8


def test_members_that_share_an_input_see_the_same_pixels():
    data = source(shift_px=2)
    noise = torch.randint(256, (40, 1, 6, 5), dtype=torch.uint8)
    data = array_source("noise", "abcd", ArraySet(noise, data.train.labels), data.test)
    batch = next(iter(loader(data, BatchPlan(8, members=2, input_repetition=1.0))))
    assert torch.equal(batch.images[:, 0], batch.images[:, 1])


def test_batch_augmentation_grows_the_batch():
    data = source()
    batch = next(iter(loader(data, BatchPlan(8, augmentations=3))))
    assert len(batch.images) == 24
    assert sorted(torch.bincount(numbers(data, batch)[:, 0], minlength=40).unique().tolist()) == [0, 3]


@pytest.mark.parametrize("start", [1, 4, 7])
def test_a_loader_continues_in_the_middle_of_an_epoch_bit_for_bit(start):
    data, plan = source(), BatchPlan(8, members=2, partner_prob=0.5)
    whole, later = loader(data, plan), loader(data, plan)
    whole.start_step, later.start_step = start // 5 * 5, start
    expected = list(whole)[start % 5 :]
    for batch, other in zip(expected, later, strict=True):
        assert batch.step == other.step
        assert torch.equal(batch.images, other.images)
        assert torch.equal(batch.partners.images, other.partners.images)


def test_processes_share_the_batch_of_one():
    data, plan = source(), BatchPlan(8, members=2, repetition=2, partner_prob=0.5)
    whole = next(iter(loader(data, plan)))
    parts = [next(iter(loader(data, plan, Place(rank, 2)))) for rank in range(2)]
    assert torch.equal(torch.cat([part.images for part in parts]), whole.images)
    assert torch.equal(torch.cat([part.labels for part in parts]), whole.labels)
    assert torch.equal(torch.cat([part.partners.images for part in parts]), whole.partners.images)
    assert [part.rows for part in parts] == [slice(0, 4), slice(4, 8)]
    evaluated = [batch.labels for rank in range(3) for batch in EvalLoader(data.test, data, Place(rank, 3))]
    assert torch.equal(torch.cat(evaluated)[:, 0], data.test.labels)


def test_another_seed_is_another_run():
    data = source()
    first, other = (next(iter(loader(data, BatchPlan(8), seed=seed))) for seed in (0, 1))
    assert not torch.equal(first.labels, other.labels)


def test_the_pool_shifts_reflects_and_flips():
    image = torch.arange(6, dtype=torch.uint8).view(1, 1, 2, 3)
    pool = ShiftedPool(image, 1, flip=True, padding="reflect")
    index = torch.tensor([0, 0, 0])
    shifts = Shifts(torch.tensor([1, 0, 1]), torch.tensor([1, 1, 2]), torch.tensor([False, False, True]))
    plain, up, right_flipped = pool.take(index, shifts)[:, 0].tolist()
    assert plain == [[0, 1, 2], [3, 4, 5]]
    assert up == [[3, 4, 5], [0, 1, 2]]  # the row above the first is, by reflection, the second
    assert right_flipped == [[1, 2, 1], [4, 5, 4]]  # (1, 2, 1) read backwards


def test_the_pool_shifts_black_in():
    """Moved down and right, its first pixel stands where its last was, and black before it."""
    image = torch.tensor([[7, 1], [2, 3]], dtype=torch.uint8).view(1, 1, 2, 2)
    pool = ShiftedPool(image, 1, flip=True, padding="zeros")
    shifts = Shifts(torch.tensor([0, 1, 2]), torch.tensor([0, 2, 0]), torch.tensor([False, False, True]))
    down_right, left, up_right_flipped = pool.take(torch.tensor([0, 0, 0]), shifts)[:, 0].tolist()
    assert down_right == [[0, 0], [0, 7]]
    assert left == [[1, 0], [3, 0]]
    assert up_right_flipped == [[2, 0], [0, 0]]  # (0, 2) read backwards


@pytest.mark.parametrize(("padding", "corners"), [("zeros", {0, 1, 2, 4, 5}), ("reflect", {1, 2, 4, 5})])
def test_loaders_pad_as_their_source_says(padding, corners):
    """The first pixel of a shifted crop of 1 to 9, in rows of 3.

    Surrounded by black these are (0, 0, 0), (0, 1, 2), (0, 4, 5); by reflection (5, 4, 5), (2, 1, 2), (5, 4, 5).
    """
    pixels = torch.arange(1, 10, dtype=torch.uint8).view(1, 1, 3, 3).expand(80, -1, -1, -1).contiguous()
    images = ArraySet(pixels, torch.arange(80) % 4)
    data = array_source("nine", "abcd", images, images, shift_px=1, padding=padding, flip=False)
    for made in (loader(data, BatchPlan(80)), StreamLoader(images, data, BatchPlan(80), 0, Place(), 0)):
        first = next(iter(made)).images[:, 0, 0, 0, 0] * data.std[0] + data.mean[0]
        assert set((255 * first).round().int().tolist()) == corners


def test_reflections_reach_no_further_than_the_image():
    with pytest.raises(UsageError, match="crop_px is 6: images of 6 px reflect 5 at most"):
        surrounded(torch.zeros(1, 1, 6, 7), 6, "reflect")


def test_all_shifts_and_both_sides_occur():
    pool = ShiftedPool(torch.zeros(1, 1, 9, 9, dtype=torch.uint8), 4, flip=True, padding="zeros")
    shifts = pool.draw(500, torch.Generator().manual_seed(0))
    assert sorted(shifts.top.unique().tolist()) == sorted(shifts.left.unique().tolist()) == list(range(9))
    assert 200 < int(shifts.flip.sum()) < 300


def test_normalisation_standardises():
    pixels = torch.tensor([[[[0, 51]], [[255, 102]]]], dtype=torch.uint8)
    out = Normalise((0.2, 0.4), (0.5, 0.1), torch.device("cpu"))(pixels)
    torch.testing.assert_close(out, torch.tensor([[[[-0.4, 0.0]], [[6.0, 0.0]]]]), atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "batch_size is 0"),
        ({"batch_size": 9, "repetition": 2}, "batch_size is 9 and batch_repetition 2"),
        ({"batch_size": 8, "input_repetition": 1.5}, "input_repetition is 1.5"),
        ({"batch_size": 8, "partner_prob": -1}, "partner_prob is -1"),
        ({"batch_size": 8, "augmentations": 0}, "batch_augmentations is 0"),
        (
            {"batch_size": 64},
            r"batch_size is 64 \(64 different images\), but there are 40 training images: choose 40 or less",
        ),
    ],
)
def test_plans_that_cannot_be_are_named(options, message):
    with pytest.raises(UsageError, match=message):
        loader(source(), BatchPlan(**options))


def test_processes_must_be_able_to_share_a_batch():
    with pytest.raises(UsageError, match="8 positions, which 3 processes cannot share"):
        loader(source(), BatchPlan(8), Place(0, 3))
