"""The order of visits that shows all classes equally often."""

import torch

from contentmix.data import BatchPlan
from contentmix.data.visits import class_order, visits

# 7 images of class 0, 2 of class 1, 1 of class 2
LABELS = torch.tensor([0, 0, 1, 0, 0, 2, 0, 1, 0, 0])


def test_classes_come_equally_often_and_their_images_take_turns():
    """10 visits of 3 classes are 3 each and one more of some class: of 7 images 3 or 4 come once, 2 come once or twice, 1 comes 3 or 4
    times."""
    extra = set()
    for epoch in range(20):
        order = class_order(LABELS, 5, epoch)
        assert len(order) == 10
        per_class = torch.bincount(LABELS[order], minlength=3)
        assert sorted(per_class.tolist()) == [3, 3, 4]
        extra.add(int(per_class.argmax()))
        times = torch.bincount(order, minlength=10)
        assert times[LABELS == 0].max() == 1
        assert {1, 2} >= set(times[LABELS == 1].tolist())
        assert times[5] == per_class[2]
    assert extra == {0, 1, 2}, "the visit that is left over goes to any class"


def test_equal_classes_are_all_visited_once():
    labels = torch.arange(12) % 3
    assert class_order(labels, 0, 0).sort().values.tolist() == list(range(12))


def test_over_epochs_every_image_of_a_large_class_comes_equally_often():
    """Of 7 images 3 or 4 come in an epoch, in 600 epochs each about 600 * (10/3) / 7 = 286 times (deviation 12)."""
    times = torch.zeros(10)
    for epoch in range(600):
        times += torch.bincount(class_order(LABELS, 1, epoch), minlength=10)
    assert (times[LABELS == 0] - 600 * 10 / 3 / 7).abs().max() < 5 * 12


def test_orders_are_keyed_by_seed_and_epoch_and_continue_in_the_middle():
    plan = BatchPlan(4, balanced=True)
    assert torch.equal(class_order(LABELS, 3, 1), class_order(LABELS, 3, 1))
    assert not torch.equal(class_order(LABELS, 3, 1), class_order(LABELS, 3, 2))
    assert not torch.equal(class_order(LABELS, 3, 1), class_order(LABELS, 4, 1))
    for steps in (None, 7):
        whole = list(visits(LABELS, plan, 0, 0, steps))
        assert len(whole) == (steps or 2)
        later = list(visits(LABELS, plan, 0, 1, steps))
        assert all(torch.equal(mine, other) for mine, other in zip(later, whole[1:], strict=True))
    # Passes that follow one another: the first 10 visits are the first epoch's.
    first = torch.cat(list(visits(LABELS, plan, 0, 0, 7)))[:10]
    assert torch.equal(first, class_order(LABELS, 0, 0))
