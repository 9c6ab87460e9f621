"""ResizeMix: the whole partner, made smaller, somewhere in the image."""

import pytest
import torch

import contentmix
from contentmix.errors import UsageError
from contentmix.mixing import (
    resizemix,
)
from tests.mixing.test_image_mix import batch


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
