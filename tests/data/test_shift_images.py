"""Shifts of whole batches, with gradients."""

import torch
from torch.nn import functional

from contentmix.data import shift_images


def generator():
    return torch.Generator().manual_seed(1)


def test_every_image_is_a_crop_of_itself_padded_by_reflection():
    images = torch.randn(5, 3, 6, 7)
    found = shift_images(images, 2, generator())
    top, left = torch.randint(5, (2, 5, 1, 1), generator=generator()).flatten(1)
    assert len(set(zip(top.tolist(), left.tolist(), strict=True))) > 2
    padded = functional.pad(images, [2] * 4, "reflect")
    for image, whole, y, x in zip(found, padded, top, left, strict=True):
        assert torch.equal(image, whole[:, y : y + 6, x : x + 7])


def test_images_of_levels_can_have_black_around_them():
    images = torch.ones(20, 1, 4, 4)
    found = shift_images(images, 3, generator(), "zeros")
    top, left = (torch.randint(7, (2, 20, 1, 1), generator=generator()).flatten(1) - 3).abs()
    assert torch.equal(found.sum((1, 2, 3)), ((4 - top) * (4 - left)).float())


def test_gradients_go_to_the_pixels_that_are_seen():
    images = torch.zeros(64, 1, 8, 8, requires_grad=True)
    shift_images(images, 1, generator()).sum().backward()
    # As many pixels are seen as there are; those in the middle of every image once and no more.
    assert images.grad.sum() == images.numel()
    assert (images.grad[:, :, 3:5, 3:5] == 1).all()


def test_no_shift_changes_nothing():
    images = torch.randn(2, 1, 4, 4)
    assert shift_images(images, 0, generator()) is images
