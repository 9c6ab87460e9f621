"""Laws and shapes of one's own that draw what is no ratio or no mask are told what to draw."""

import numpy as np
import pytest
import torch

from contentmix.errors import UsageError
from contentmix.mixing import Collage, Dirichlet, Mixer, Rectangle


class Drawing:
    """A law, or a shape, of whatever it is given."""

    def __init__(self, drawn):
        self.drawn = drawn

    def draw(self, *_):
        return self.drawn


def generator():
    return torch.Generator().manual_seed(0)


def by_shape(drawn):
    return Mixer(Dirichlet(1.0), Drawing(drawn)).draw(3, 2, (4, 6), generator())


def by_law(drawn):
    return Mixer(Drawing(drawn)).draw(3, 2, (4, 6), generator())


@pytest.mark.parametrize(
    ("drawn", "message"),
    [
        (None, r"Drawing drew NoneType: its draw must return a tensor \(3, 4, 6\)"),
        (np.ones((3, 4, 6)), "Drawing drew ndarray"),
        (torch.ones(4, 6), r"Drawing drew \(4, 6\)"),
        (torch.ones(3, 1, 4, 6), r"Drawing drew \(3, 1, 4, 6\)"),
        (torch.ones(3, 2, 2), r"Drawing drew \(3, 2, 2\)"),
        (torch.full((3, 4, 6), 1.5), "Drawing drew values from 1.5 to 1.5: a mask is bool, or from 0 to 1"),
        (torch.full((3, 4, 6), -1), "Drawing drew values from -1 to -1"),
        (torch.full((3, 4, 6), float("nan")), "Drawing drew values from nan to nan"),
    ],
)
def test_a_mask_that_is_none(drawn, message):
    for draw in (by_shape, lambda drawn: Collage(Dirichlet(1.0), Drawing(drawn)).draw(3, 2, (4, 6), generator())):
        with pytest.raises(UsageError, match=message):
            draw(drawn)


@pytest.mark.parametrize("kind", [torch.bool, torch.uint8, torch.int64, torch.float16, torch.float64])
def test_zeros_and_ones_of_any_type_are_a_mask(kind):
    half = torch.zeros(3, 4, 6)
    half[..., :3] = 1
    mixture = by_shape(half.to(kind))
    assert mixture.masks.dtype == torch.float32
    assert mixture.ratios.tolist() == [[0.5, 0.5]] * 3


def test_floats_between_are_a_mask_that_mixes_pixels():
    """A quarter everywhere: the ratios are the masks' means, 1/4 and 3/4."""
    assert sorted(by_shape(torch.full((3, 4, 6), 0.25)).ratios[0].tolist()) == [0.25, 0.75]


@pytest.mark.parametrize(
    ("drawn", "message"),
    [
        (
            torch.ones(3, 2),
            "Drawing drew ratios from 1 on, with sums from 2 to 2: they must be 0 or more, and sum to 1",
        ),
        (torch.tensor([[1.5, -0.5]] * 3), "ratios from -0.5 on, with sums from 1 to 1"),
        (torch.full((3, 2), float("nan")), "ratios from nan on"),
        (torch.full((3,), 0.5), r"Drawing drew \(3,\): its draw must return a tensor \(3, 2\)"),
        (0.5, "Drawing drew float"),
    ],
)
def test_ratios_that_are_none(drawn, message):
    with pytest.raises(UsageError, match=message):
        by_law(drawn)


def test_ratios_that_sum_to_one_but_for_rounding_are_taken():
    assert by_law(torch.full((3, 2), 0.5 + 1e-5)).ratios.shape == (3, 2)


@pytest.mark.parametrize("piece", [None, 3, object(), Rectangle])
def test_what_draws_nothing_is_refused_at_once(piece):
    with pytest.raises(UsageError, match="law is .*: give an object that has a draw"):
        Mixer(piece)
    with pytest.raises(UsageError, match="shape is .*: give an object that has a draw"):
        Collage(Dirichlet(1.0), piece)
    if piece is not None:
        with pytest.raises(UsageError, match="shape is .*: give an object that has a draw"):
            Mixer(Dirichlet(1.0), piece)
