"""Random colours."""

import torch

from contentmix.batch import Batch, Partners
from contentmix.data import ColorJitterLoader, jitter_colors
from contentmix.data.color_jitter import draw_colors


def generator():
    return torch.Generator().manual_seed(3)


def test_each_channel_of_each_image_is_scaled_and_shifted():
    images = torch.randn(4, 3, 5, 5, requires_grad=True)
    found = jitter_colors(images, 0.5, generator())
    draws = 0.5 * (2 * torch.rand(2, 4, 3, 1, 1, generator=generator()) - 1)
    torch.testing.assert_close(found, (1 + draws[0]) * images + draws[1])
    assert draws.abs().max() <= 0.5
    (slope,) = torch.autograd.grad(found.sum(), images)
    torch.testing.assert_close(slope, (1 + draws[0]).expand_as(slope))


def test_nothing_is_changed_without_strength():
    images = torch.randn(2, 3, 4, 4)
    assert jitter_colors(images, 0.0, generator()) is images


def test_processes_draw_what_one_alone_would():
    images = torch.randn(6, 2, 3, 4, 4)
    whole = draw_colors(images, 0.5, generator()).images
    torch.testing.assert_close(draw_colors(images[2:4], 0.5, generator(), slice(2, 4), 6).images, whole[2:4])


class _Loader:
    start_step = 0

    def __len__(self):
        return 2

    def __iter__(self):
        for step in range(self.start_step, 2):
            images = torch.ones(4, 2, 3, 2, 2)
            partners = Partners(torch.tensor([1]), torch.ones(1, 3, 2, 2), torch.tensor([0]))
            yield Batch(
                images, torch.zeros(4, 2), step, partners=partners, unlabelled=Batch(images, torch.zeros(4, 2), step)
            )


def test_a_loader_colours_everything_and_every_step_anew():
    first, second = ColorJitterLoader(_Loader(), 0.5, 0)
    assert first.images[0, 0, 0, 0, 0] != second.images[0, 0, 0, 0, 0]
    assert first.partners.images.std() > 0
    assert first.images[0, 0, 0, 0, 0] != first.images[0, 1, 0, 0, 0]  # each view by itself
    assert first.colors.plain.eq(1).all()
    torch.testing.assert_close(first.images, 1 + first.colors.gain + first.colors.shift + torch.zeros(4, 2, 3, 2, 2))


def test_a_loader_that_begins_later_gives_the_same_batches():
    loader = ColorJitterLoader(_Loader(), 0.5, 0)
    _, second = loader
    loader.start_step = 1
    (again,) = loader
    torch.testing.assert_close(again.images, second.images)
