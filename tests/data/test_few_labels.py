"""Labelled subsets, the second stream, and its views."""

from pathlib import Path

import pytest
import torch
from torchvision.transforms.v2.functional import to_pil_image

from contentmix.data import (
    BatchPlan,
    Place,
    StreamLoader,
    TrainLoader,
    TwoStreamLoader,
    balanced_subset,
    few_labels,
    load_data,
    read_indices,
    write_indices,
)
from contentmix.data.visits import visits
from contentmix.errors import DataError, UsageError

LABELS = torch.arange(100) % 4


def plan(**options):
    return BatchPlan(6, unlabelled=BatchPlan(8, **{"views": ("weak", "weak"), **options}))


def two_streams(source, composition, place=None, labelled_steps=None):
    place = place or Place()
    second = TrainLoader(source.unlabelled, source, composition.unlabelled, 1, place)
    return TwoStreamLoader(TrainLoader(source.train, source, composition, 0, place, len(second)), second)


@pytest.fixture(scope="module")
def digits():
    source, _ = few_labels(load_data("digits"), 20, 0)
    return source


@pytest.mark.parametrize(("count", "most", "least"), [(4, 1, 1), (40, 10, 10), (42, 11, 10), (100, 25, 25)])
def test_subsets_are_balanced_and_keyed_by_the_seed(count, most, least):
    subset = balanced_subset(LABELS, count, 4, 0)
    each = torch.bincount(LABELS[subset])
    assert len(subset.unique()) == count
    assert (int(each.max()), int(each.min())) == (most, least)
    assert torch.equal(subset, balanced_subset(LABELS, count, 4, 0))
    assert count == 100 or not torch.equal(subset, balanced_subset(LABELS, count, 4, 1))


@pytest.mark.parametrize(
    ("count", "message"), [(3, "labels is 3, but there are 4 classes"), (101, "there are 100 training")]
)
def test_impossible_counts(count, message):
    with pytest.raises(UsageError, match=message):
        balanced_subset(LABELS, count, 4, 0)


def test_a_class_with_too_few_images():
    with pytest.raises(UsageError, match="20 of class number 1, which has 5 images"):
        balanced_subset(torch.tensor([0] * 60 + [1] * 5), 40, 2, 0)


def test_index_files(tmp_path):
    file = tmp_path / "labelled.txt"
    write_indices(torch.tensor([7, 2]), file)
    assert read_indices(file, 8).tolist() == [2, 7]
    for text, message in (("1\n9\n", "image 9"), ("1\n1\n", "twice"), ("1\ncat\n", "numbers"), ("-1\n", "image -1")):
        file.write_text(text)
        with pytest.raises(DataError, match=message):
            read_indices(file, 8)
    file.write_text("")
    with pytest.raises(UsageError, match="empty"):
        read_indices(file, 8)
    with pytest.raises(DataError, match=r"nowhere\.txt cannot be read"):
        read_indices(Path("nowhere.txt"), 8)


def test_labelled_and_unlabelled_images_are_all_images_once():
    source = load_data("digits")
    few, index = few_labels(source, 50, 3)
    assert len(few.train) == 50
    assert len(few.train) + len(few.unlabelled) == len(source.train)
    assert torch.equal(few.train.images, source.train.images[index])
    both = torch.cat([few.train.images, few.unlabelled.images]).flatten(1).double()
    assert both.sum() == source.train.images.double().sum()
    assert few.mean == source.mean


def test_all_labels_leave_nothing_unlabelled(tmp_path):
    source = load_data("digits")
    write_indices(torch.arange(len(source.train)), tmp_path / "all.txt")
    few, _ = few_labels(source, tmp_path / "all.txt", 0)
    assert few.unlabelled is None


def test_a_file_without_an_image_of_a_class(tmp_path):
    source = load_data("digits")
    file = tmp_path / "some.txt"
    write_indices((source.train.labels < 9).nonzero()[:20, 0], file)
    with pytest.raises(DataError, match="has no image of"):
        few_labels(source, file, 0)


def test_visits_follow_one_another_without_a_gap():
    composition, steps = BatchPlan(6), 5
    every = [list(visits(torch.zeros(10), composition, 0, start, steps)) for start in range(0, 10, steps)]
    seen = torch.cat([chosen for epoch in every for chosen in epoch])
    assert len(seen) == 60  # six passes over ten images
    assert all(sorted(seen[i : i + 10].tolist()) == list(range(10)) for i in range(0, 60, 10))
    # Begun anywhere, the rest is the same.
    assert all(
        torch.equal(a, b) for a, b in zip(visits(torch.zeros(10), composition, 0, 3, steps), every[0][3:], strict=True)
    )


def test_a_batch_may_hold_an_image_several_times():
    chosen = next(visits(torch.zeros(4), BatchPlan(10), 0, 0, 1))
    assert sorted(torch.bincount(chosen).tolist()) == [2, 2, 3, 3]


def test_the_epoch_is_the_unlabelled_streams(digits):
    loader = two_streams(digits, plan())
    batches = list(loader)
    assert len(loader) == len(batches) == len(digits.unlabelled) // 8
    assert batches[0].images.shape[:2] == (6, 1)
    assert batches[0].unlabelled.images.shape[:2] == (8, 2)
    assert (
        [batch.step for batch in batches] == [batch.unlabelled.step for batch in batches] == list(range(len(batches)))
    )


def test_streams_resume_at_any_step(digits):
    loader = two_streams(digits, plan())
    expected = list(loader)[7]
    loader.start_step = 7
    found = next(iter(loader))
    assert torch.equal(found.images, expected.images)
    assert torch.equal(found.unlabelled.images, expected.unlabelled.images)


def test_views_are_augmentations_of_the_same_image(digits):
    batch = next(iter(two_streams(digits, plan()))).unlabelled
    first, second = batch.images.unbind(1)
    assert torch.equal(batch.labels[:, 0], batch.labels[:, 1])
    assert not torch.equal(first, second)
    still = TrainLoader(
        digits.unlabelled, type(digits)(**{**vars(digits), "shift_px": 0}), plan().unlabelled, 1, Place()
    )
    same = next(iter(still)).images
    assert torch.equal(same[:, 0], same[:, 1])


def test_processes_share_both_streams(digits):
    whole = next(iter(two_streams(digits, plan(views=("weak", "strong")))))
    parts = [next(iter(two_streams(digits, plan(views=("weak", "strong")), Place(rank, 2)))) for rank in (0, 1)]
    assert torch.equal(torch.cat([part.images for part in parts]), whole.images)
    assert torch.equal(torch.cat([part.unlabelled.images for part in parts]), whole.unlabelled.images)


def test_members_and_views_exclude_each_other():
    with pytest.raises(UsageError, match="several members or several views"):
        BatchPlan(4, members=2, views=("weak", "weak"))


@pytest.fixture
def photos(tmp_path):
    """Class folders with an ``unlabeled`` one beside them."""
    for name in ("cats", "dogs", "unlabeled"):
        for i in range(6):
            place = tmp_path / name / f"{i}.png"
            place.parent.mkdir(exist_ok=True)
            to_pil_image(torch.randint(0, 256, (3, 40, 40), dtype=torch.uint8)).save(place)
    return tmp_path


@pytest.mark.usefixtures("on_disk")
@pytest.mark.parametrize("size", [32, 96])
def test_folders_with_unlabelled_photos(photos, size):
    source = load_data(str(photos), image_size=size)
    assert source.classes == ("cats", "dogs")
    assert source.unlabelled.labels.tolist() == [-1] * 6
    more, _ = few_labels(source, 4, 0)
    assert len(more.unlabelled) == len(source.train) - 4 + 6
    assert (more.unlabelled.labels == -1).sum() == 6


@pytest.mark.usefixtures("on_disk")
def test_photos_stream_in_views(photos):
    source = load_data(str(photos), image_size=96)
    loader = StreamLoader(source.unlabelled, source, BatchPlan(3, views=("weak", "strong")), 0, Place(), 0)
    batches = list(loader)
    assert [batch.images.shape for batch in batches] == [(3, 2, 3, 96, 96)] * 2
    assert not torch.equal(batches[0].images[:, 0], batches[0].images[:, 1])


def test_an_empty_unlabelled_folder(photos):
    for file in (photos / "unlabeled").iterdir():
        file.unlink()
    with pytest.raises(DataError, match="unlabeled is empty"):
        load_data(str(photos))
