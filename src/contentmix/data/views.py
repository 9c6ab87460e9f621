"""How one image becomes what training sees of it: read, cropped, flipped, augmented, each view by a key of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms.v2 import functional

from contentmix.choices import Padding
from contentmix.data.augment import surrounded
from contentmix.data.augmix import ThesisAugMix
from contentmix.data.photos import fit_square, read_photo
from contentmix.data.random_crop import random_crop
from contentmix.data.source import ArraySet, DataSource, ImageSet
from contentmix.keys import derive


@dataclass(frozen=True)
class Wish:
    """Views of one image.

    Attributes:
        image: its file, or its row in memory
        keys: of each view's augmentation; none: the plain photo, once
    """

    image: Path | int
    keys: tuple[int, ...] = ()


@dataclass(frozen=True)
class Maker:
    """Makes one view of an image after the other.

    Attributes:
        size: side in pixels
        channels: 1 (grey) or 3 (RGB)
        flip: flip at random
        shift_px: images in memory are shifted by up to so many pixels
        padding: what they are surrounded with for that
        augmix: add AugMix; None: do not
        images: (n, c, h, w) uint8, those in memory; None: all are files
    """

    size: int
    channels: int
    flip: bool
    shift_px: int
    padding: Padding
    augmix: ThesisAugMix | None = None
    images: Tensor | None = None

    def views(self, wish: Wish) -> list[Tensor]:
        """What is wished for, each (c, size, size) uint8.

        Raises:
            DataError: the photo cannot be read.
        """
        image: Image.Image | Tensor
        if isinstance(wish.image, Path):
            image = read_photo(wish.image, self.channels)
            if not wish.keys:
                return [fit_square(image, self.size)]
        else:
            assert self.images is not None
            image = surrounded(self.images[wish.image], self.shift_px, self.padding)
        return [self._view(image, key) for key in wish.keys]

    def _view(self, image: Image.Image | Tensor, key: int) -> Tensor:
        generator = torch.Generator().manual_seed(key)
        view = self._crop(image, generator)
        if self.flip and torch.rand((), generator=generator) < 0.5:
            view = functional.horizontal_flip(view)
        if self.augmix is None:
            return view
        with torch.random.fork_rng(devices=[]):
            # torchvision draws from the global state: it is seeded here and given back untouched.
            torch.manual_seed(derive(key, "augmix"))
            augmented: Tensor = self.augmix(view)
        return augmented

    def _crop(self, image: Image.Image | Tensor, generator: torch.Generator) -> Tensor:
        if isinstance(image, Tensor):
            top, left = torch.randint(2 * self.shift_px + 1, (2,), generator=generator).tolist()
            return image[..., top : top + self.size, left : left + self.size]
        top, left, height, width = random_crop(image.height, image.width, generator)
        crop = functional.resized_crop(image, top, left, height, width, [self.size, self.size], antialias=True)
        return functional.pil_to_tensor(crop)


def maker_of(images: ImageSet, source: DataSource, *, augmix: bool = False) -> Maker:
    """What makes ``images`` as ``source`` says, with AugMix where asked."""
    return Maker(
        source.image_size,
        source.channels,
        source.flip,
        source.shift_px,
        source.padding,
        ThesisAugMix() if augmix else None,
        images.images if isinstance(images, ArraySet) else None,
    )
