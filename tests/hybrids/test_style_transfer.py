"""AdaIN and FDA."""

import pytest
import torch

from contentmix import UsageError
from contentmix.hybrids import adain, fda, moments


def images(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_adain_has_the_contents_pattern_and_the_styles_moments():
    content, style = images(0, 2, 3, 6, 6), 4 + 3 * images(1, 2, 3, 8, 8)
    mixed = adain(content, style)
    for axis in (torch.mean, torch.std):
        found, wanted = (axis(maps.flatten(2), 2) for maps in (mixed, style))
        # Deviations with the sample's correction differ by the numbers of pixels: 36 and 64.
        correction = 1.0 if axis is torch.mean else (36 / 35 * 63 / 64) ** 0.5
        torch.testing.assert_close(found, wanted * correction, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(adain(content, content), content, atol=1e-4, rtol=1e-4)


def test_adain_by_hand():
    # Mean 2 and deviation 1 of the content, mean 10 and deviation 4 of the style: (1, 3) becomes (6, 14).
    content, style = torch.tensor([[[[1.0, 3.0]]]]), torch.tensor([[[[6.0, 14.0]]]])
    torch.testing.assert_close(adain(content, style), torch.tensor([[[[6.0, 14.0]]]]), atol=1e-3, rtol=0)


def test_a_flat_map_has_a_deviation():
    mean, deviation = moments(torch.full((1, 1, 2, 2), 3.0))
    assert mean.item() == 3
    assert deviation.item() == pytest.approx(1e-5**0.5)
    assert moments(torch.full((1, 1, 2, 2), 3.0), 4.0)[1].item() == pytest.approx(2)
    # Of the style, 4 is added to the variance: its flat map has the deviation 2.
    mixed = adain(torch.tensor([[[[1.0, 3.0]]]]), torch.full((1, 1, 1, 2), 10.0), 4.0)
    torch.testing.assert_close(mixed, torch.tensor([[[[8.0, 12.0]]]]), atol=1e-3, rtol=0)


def test_fda_takes_shares_from_none_to_half_and_stays_on_the_images_device():
    content, context = images(0, 1, 1, 8, 8), images(1, 1, 1, 8, 8)
    mean_only = fda(content, context, 0.0)
    assert mean_only.mean().abs().item() == pytest.approx(context.mean().abs().item(), rel=1e-4)
    all_of_it = torch.fft.fft2(fda(content, context, 0.5))
    torch.testing.assert_close(all_of_it.abs(), torch.fft.fft2(context).abs(), atol=1e-4, rtol=1e-4)
    with torch.device("meta"):
        assert fda(content, context).device == content.device


@pytest.mark.parametrize("size", [(8, 8), (9, 7)])
def test_fda_keeps_phases_and_takes_low_amplitudes(size):
    content, context = images(0, 2, 3, *size), images(1, 2, 3, *size)
    mixed = torch.fft.fft2(fda(content, context, beta=0.25))
    own, other = torch.fft.fft2(content), torch.fft.fft2(context)
    rows, columns = (torch.fft.fftfreq(length).abs() * length <= int(0.25 * length) for length in size)
    low = rows[:, None] & columns[None]
    torch.testing.assert_close(mixed.abs()[..., low], other.abs()[..., low], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(mixed.abs()[..., ~low], own.abs()[..., ~low], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(mixed / mixed.abs(), own / own.abs(), atol=1e-3, rtol=1e-3)


def test_fda_of_an_image_with_itself_is_the_image():
    content = images(0, 1, 3, 16, 16)
    torch.testing.assert_close(fda(content, content), content, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fda(images(0, 1, 3, 8, 8), images(0, 1, 3, 9, 9)), "differ"),
        (lambda: fda(images(0, 1, 3, 8, 8), images(0, 1, 3, 8, 8), 0.6), "beta is 0.6"),
        (lambda: adain(images(0, 1, 3, 8, 8), images(0, 2, 3, 8, 8)), "as many images and channels"),
    ],
)
def test_what_does_not_fit_is_named(call, message):
    with pytest.raises(UsageError, match=message):
        call()
