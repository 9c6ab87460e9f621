"""Random colours of whole batches, on the device where they are, with gradients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from contentmix.batch import Batch, Colors
from contentmix.data.visits import StepLoader
from contentmix.devices import sent
from contentmix.keys import keyed_generator


def draw_colors(
    images: Tensor, strength: float, generator: torch.Generator, rows: slice = slice(None), size: int | None = None
) -> Colors:
    """``(1 + s u) x + s v``, with u and v uniform in [-1, 1], drawn for each image and channel.

    Args:
        images: (b, c, h, w) or, with several views, (b, v, c, h, w) float, normalised: s is in deviations of the data set.
        strength: s.
        generator: on the CPU.
        rows: which of the ``size`` images that draws are made for these are (default: all).
        size: of the global batch.
    """
    draws = torch.rand(2, size or len(images), *images.shape[1:-2], 1, 1, generator=generator)[:, rows]
    gain, shift = sent(strength * (2 * draws - 1), images.device)
    return Colors(images, gain, shift)


def jitter_colors(images: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """Images in the colours of ``draw_colors``; a strength of 0 changes nothing."""
    return draw_colors(images, strength, generator).images if strength else images


class ColorJitterLoader:
    """A loader whose training images, partners included, have random colours; its batches keep the plain ones in ``colors``.

    Args:
        loader: of the images.
        strength: of ``draw_colors``.
        seed: of the draws.
    """

    def __init__(self, loader: StepLoader, strength: float, seed: int) -> None:
        self.loader, self._strength, self._seed, self.start_step = loader, strength, seed, 0

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[Batch]:
        self.loader.start_step = self.start_step
        for batch in self.loader:
            draws = keyed_generator(self._seed, "color jitter", batch.step)
            colors = draw_colors(batch.images, self._strength, draws, batch.rows, batch.global_size)
            partners = batch.partners
            if partners is not None:
                draws = keyed_generator(self._seed, "color jitter", "partners", batch.step, batch.rows.start or 0)
                partners = replace(partners, images=jitter_colors(partners.images, self._strength, draws))
            yield replace(batch, images=colors.images, partners=partners, colors=colors)
