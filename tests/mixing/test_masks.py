"""Properties that every mask must have, whatever its shape."""

import math

import pytest
import torch

from contentmix.errors import UsageError
from contentmix.mixing import SHAPES, Dirichlet, Mixer
from contentmix.mixing.shapes import FMix, PatchUp, Rectangle

SIZES = [(32, 32), (7, 11), (28, 13)]
# Shapes that no border clips: their area is exact.
WHOLE = ["horizontal-concat", "vertical-concat", "fmix", "cowmix"]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("members", [2, 3, 5])
@pytest.mark.parametrize("shape", [None, *SHAPES])
def test_masks_are_a_partition_of_unity_and_ratios_their_means(shape, members, size):
    mixer = Mixer(Dirichlet(1.0), SHAPES[shape]() if shape else None)
    mixture = mixer.draw(9, members, size, generator())
    assert mixture.masks.shape == (9, members, *((1, 1) if shape is None else size))
    assert (mixture.masks >= 0).all()
    torch.testing.assert_close(mixture.masks.sum(1), torch.ones_like(mixture.masks[:, 0]))
    torch.testing.assert_close(mixture.ratios, mixture.masks.mean((-2, -1)))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", SIZES)
def test_patches_are_binary_and_ends_are_identities(shape, size):
    for share, value in ((0.0, 0.0), (1.0, 1.0)):
        patch = SHAPES[shape]().draw(torch.full((5,), share), size, generator())
        if value == 1 and shape == "rectangle":
            continue  # a rectangle as large as the image is clipped unless it is centred
        assert (patch == value).all()
    patch = SHAPES[shape]().draw(torch.rand(50, generator=generator()), size, generator(1))
    assert set(patch.unique().tolist()) == {0.0, 1.0}


@pytest.mark.parametrize("shape", WHOLE)
@pytest.mark.parametrize("size", SIZES)
def test_area_is_the_asked_share_to_within_half_a_row(shape, size):
    share = torch.linspace(0, 1, 101)
    area = SHAPES[shape]().draw(share, size, generator()).mean((-2, -1))
    assert (area - share).abs().max() <= 0.5 / min(size) + 1e-6


@pytest.mark.parametrize("size", SIZES)
def test_an_unclipped_rectangle_has_the_asked_share_and_the_proportions_of_the_image(size):
    height, width = size
    share = torch.full((400,), 0.3)
    patch = Rectangle().draw(share, size, generator())
    inside = (patch[:, 0] + patch[:, -1]).sum(-1) + (patch[:, :, 0] + patch[:, :, -1]).sum(-1) == 0
    whole = patch[inside]
    assert len(whole) > 20
    assert (whole.amax(2).sum(1) == round(height * math.sqrt(0.3))).all()
    assert (whole.amax(1).sum(1) == round(width * math.sqrt(0.3))).all()
    assert (whole.mean((-2, -1)) - 0.3).abs().max() <= 1 / min(size)


def test_a_clipped_rectangle_loses_what_lies_outside_and_the_ratio_says_so():
    mixture = Mixer(Dirichlet(1.0), Rectangle()).draw(300, 2, (32, 32), generator())
    drawn = Dirichlet(1.0).draw(300, 2, generator())
    smaller = mixture.ratios.min(1).values < drawn.min(1).values - 1e-3
    assert smaller.any()
    torch.testing.assert_close(mixture.ratios, mixture.masks.mean((-2, -1)))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_patchup_covers_the_asked_share_on_average_and_at_every_pixel(share):
    patch = PatchUp().draw(torch.full((4000,), share), (16, 12), generator())
    # 4000 draws of a fraction in [0, 1]: three standard errors of a pixel are below 0.025.
    assert (patch.mean(0) - share).abs().max() < 0.03
    assert patch.mean().item() == pytest.approx(share, abs=0.01)


def test_patchup_consists_of_blocks_of_seven():
    patch = PatchUp().draw(torch.full((64,), 0.01), (40, 40), generator())
    one = patch[patch.sum((1, 2)) == 49][0]
    rows, columns = one.nonzero().unbind(1)
    assert rows.max() - rows.min() == 6
    assert columns.max() - columns.min() == 6


@pytest.mark.parametrize(("shape", "axis"), [("vertical-concat", 1), ("horizontal-concat", 2)])
def test_strips_are_at_either_end(shape, axis):
    patch = SHAPES[shape]().draw(torch.full((200,), 0.25), (12, 16), generator()).amax(3 - axis)
    first, last = patch[:, 0].bool(), patch[:, -1].bool()
    assert (first ^ last).all()
    assert 60 < int(first.sum()) < 140


def test_cowmix_shows_the_largest_values_of_noise_under_a_gaussian_of_its_own():
    """The draws are one uniform number for each sample and then the noise; the blur is worked out pixel by pixel."""
    height, width, share = 6, 10, torch.tensor([0.3, 0.5, 0.4, 0.6, 0.5, 0.5, 0.4, 0.3])
    found = SHAPES["cowmix"]().draw(share, (height, width), generator(7))
    draws = generator(7)
    uniform, noise = torch.rand(8, generator=draws), torch.randn(8, height, width, generator=draws)
    for one, place, values, part in zip(found, uniform, noise, share, strict=True):
        sigma = 4 * (16 / 4) ** place.item() * 10 / 32  # 4 to 16 pixels of 32, evenly in the logarithm
        blurred = torch.empty(height, width)
        for y in range(height):
            for x in range(width):
                rows = torch.tensor([math.exp(-((y - v) ** 2) / (2 * sigma**2)) for v in range(height)])
                columns = torch.tensor([math.exp(-((x - u) ** 2) / (2 * sigma**2)) for u in range(width)])
                weights = rows[:, None] * columns[None]
                blurred[y, x] = (weights * values).sum() / weights.sum()
        count = round(part.item() * height * width)
        expected = torch.zeros(height * width).index_fill(0, blurred.flatten().topk(count).indices, 1.0)
        assert torch.equal(one.flatten(), expected)


@pytest.mark.parametrize("options", [{}, {"decay": 1.5}])
def test_fmix_shows_the_largest_values_of_noise_that_decays_with_its_frequency(options):
    height, width, share = 6, 9, torch.tensor([0.3, 0.5])
    found = FMix(**options).draw(share, (height, width), generator(7))
    noise = torch.randn(2, height, width // 2 + 1, 2, generator=generator(7))
    vertical = [min(y, height - y) / height for y in range(height)]
    horizontal = [x / width for x in range(width // 2 + 1)]
    lowest, decay = 1 / 9, options.get("decay", 3.0)
    scale = torch.tensor([[max(math.hypot(v, h), lowest) ** -decay for h in horizontal] for v in vertical])
    filtered = torch.fft.irfft2(torch.complex(noise[..., 0], noise[..., 1]) * scale, s=(height, width))
    for one, values, part in zip(found, filtered, share, strict=True):
        count = round(part.item() * height * width)
        expected = torch.zeros(height * width).index_fill(0, values.flatten().topk(count).indices, 1.0)
        assert torch.equal(one.flatten(), expected)


def test_the_smallest_values_are_allowed():
    assert PatchUp(block=1).block == 1
    assert SHAPES["cowmix"](sigma_min=0.5, sigma_max=0.5).sigma_min == 0.5
    with pytest.raises(UsageError, match="sigma_min is 0"):
        SHAPES["cowmix"](sigma_min=0)


@pytest.mark.parametrize("shape", [None, *SHAPES])
def test_same_key_same_draw_and_another_key_another(shape):
    mixer = Mixer(Dirichlet(2.0), SHAPES[shape]() if shape else None)
    first, again, other = (mixer.draw(8, 2, (16, 16), generator(seed)) for seed in (3, 3, 4))
    assert torch.equal(first.masks, again.masks)
    assert not torch.equal(first.masks, other.masks)


@pytest.mark.parametrize("shape", SHAPES)
def test_masks_differ_between_the_samples_of_a_batch(shape):
    masks = Mixer(Dirichlet(1.0), SHAPES[shape]()).draw(16, 2, (32, 32), generator()).masks
    assert len({mask.numpy().tobytes() for mask in masks}) > 10


@pytest.mark.parametrize("shape", SHAPES)
def test_one_sample_and_one_pixel_are_enough(shape):
    for size in ((1, 1), (1, 9), (9, 1)):
        masks = Mixer(Dirichlet(1.0), SHAPES[shape]()).draw(1, 2, size, generator()).masks
        torch.testing.assert_close(masks.sum(1), torch.ones(1, *size))
