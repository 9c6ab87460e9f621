"""FixMatch's strong views."""

import pytest
import torch

from contentmix.data import (
    StrongView,
)
from contentmix.data.strong import GREY, operation
from contentmix.keys import keyed_generator


def test_strong_views_are_distorted_and_cut():
    images = torch.randint(0, 100, (64, 3, 16, 16), dtype=torch.uint8)
    kept = images.clone()
    strong = StrongView().distorted(images, 64, slice(None), keyed_generator(0, "strong"))
    assert torch.equal(images, kept)
    assert strong.dtype == torch.uint8
    assert strong.shape == images.shape
    # A square of half the side, cut at the border: from a corner of it (4 x 4) to all of it (8 x 8).
    grey = (strong == GREY).all(1).sum((1, 2))
    assert 16 <= grey.min() <= grey.max() < 256
    assert (strong != images).flatten(1).any(1).all()


def test_operations_are_made_half_of_the_time():
    """An image stays in one of two draws if no operation is made, or one that changes nothing.

    Of the 14 these are the identity, autocontrast where 0 and 255 occur, and one ninth of two translations, whose lowest level is
    0.96 px: 1/2 + (2 + 2/9) / 28 = 0.579, and its square, 0.336, in both draws.
    """
    images = torch.randint(256, (2000, 3, 32, 32), generator=torch.Generator().manual_seed(0)).byte()
    strong = StrongView().distorted(images, 2000, slice(None), keyed_generator(0))
    same = ((strong == images) | (strong == GREY)).flatten(1).all(1).float().mean()
    assert abs(float(same) - 0.336) < 0.035


def test_images_of_a_batch_draw_strengths_of_their_own():
    """Of one grey level, 200, brightness makes 0.14, 0.23, ... 0.86 of it, and posterising 192; black comes from outside."""
    images = torch.full((3000, 1, 32, 32), 200, dtype=torch.uint8)
    strong = StrongView(num_ops=1).distorted(images, 3000, slice(None), keyed_generator(0))
    seen = set(strong.flatten().tolist())
    assert {0, 192, 200, GREY} <= seen
    assert all(seen & {level - 1, level} for level in range(28, 173, 18))


@pytest.mark.parametrize(
    ("name", "level", "strength"),
    [
        ("brightness", 1, 0.14), ("sharpness", 9, 0.86), ("posterise", 9, 7), ("posterise", 2, 4), ("solarise", 1, 231),
        ("rotate", 9, -27), ("shear_x", 5, -0.15), ("translate_y", 9, -8), ("translate_x", 1, 0), ("equalise", 5, 0),
    ],
)  # fmt: skip
def test_levels_are_fixmatchs(name, level, strength):
    """Tenths of the ranges, cut to whole bits, levels, degrees and pixels of 32: solarised from 256 - 25 on, 0.27 * 32 = 8.6 px."""
    assert operation(name, level, -1, 32).strength == pytest.approx(strength)


def test_cutout_alone_is_a_square_wherever_it_is():
    strong = StrongView(num_ops=0).distorted(
        torch.zeros(500, 1, 32, 32, dtype=torch.uint8), 500, slice(None), keyed_generator(0)
    )
    grey = strong[:, 0] == GREY
    rows, columns = grey.any(2).sum(1), grey.any(1).sum(1)
    assert torch.equal(grey.sum((1, 2)), rows * columns)
    assert (int(rows.min()), int(rows.max())) == (8, 16)
    assert (int(columns.min()), int(columns.max())) == (8, 16)
