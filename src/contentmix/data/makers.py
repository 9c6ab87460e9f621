"""Processes that make images one by one: photos that are decoded, and augmentations that take one image at a time.

The images of a batch are shared out among all processes, and each is decoded once, whatever the number of its views.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any
from weakref import WeakSet

import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, default_collate
from torchvision.transforms.v2 import functional

from contentmix.choices import Padding
from contentmix.data.augment import surrounded
from contentmix.data.augmix import ThesisAugMix
from contentmix.data.photos import fit_square, read_photo
from contentmix.data.random_crop import random_crop
from contentmix.data.source import ArraySet, DataSource, ImageSet
from contentmix.errors import ContentmixError
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


class _Made(Dataset[Any]):
    """What is wished for; in place of what cannot be made its error, which is raised where the batch arrives."""

    def __init__(self, maker: Maker) -> None:
        self.maker = maker

    def __getitem__(self, wish: Wish) -> list[Tensor] | ContentmixError:
        try:
            return self.maker.views(wish)
        except ContentmixError as error:
            # Raised in a worker it would come with that process's traceback as its message.
            return error


def _collate(made: list[list[Tensor] | ContentmixError]) -> Any:
    """Views (v, c, h, w) of some images, or the first thing that went wrong with them."""
    views: list[Tensor] = []
    for each in made:
        if isinstance(each, ContentmixError):
            return each
        views += each
    return default_collate(views)


class _Agenda:
    """The parts of batches that are still to be asked for; a loader of torch's takes them from here whenever it begins."""

    def __init__(self) -> None:
        self.parts: Iterator[Sequence[Wish]] = iter(())

    def __iter__(self) -> Iterator[Sequence[Wish]]:
        return self.parts


# Those that there are: nothing else would end their processes before a collector finds their loaders.
_ALL: WeakSet[Makers] = WeakSet()


def dismiss() -> int:
    """Let all processes go that make no image now, as after a training: how many pools had any.

    Who needs some again starts others.
    """
    return sum(makers.dismiss() for makers in list(_ALL))


class Makers:
    """Processes that make images; those of a pass that ran to its end serve the next one.

    Args:
        maker: what they do.
        workers: their number; 0: this process does it.
        device: where images are wanted; on CUDA they get there from pinned memory, while nobody waits.
    """

    def __init__(self, maker: Maker, workers: int, device: torch.device) -> None:
        self.maker, self.workers, self.device = maker, workers, device
        self._free: list[tuple[_Agenda, DataLoader[Any]]] = []
        _ALL.add(self)

    def dismiss(self) -> bool:
        """Let those go that wait for another pass; whether there were any."""
        waiting, self._free = self._free, []
        return bool(waiting) and self.workers > 0

    def batches(self, wishes: Iterable[Sequence[Wish]]) -> Iterator[Tensor]:
        """The views (v, c, h, w) uint8 of each list of wishes, in its order; lists are asked for a little ahead.

        Raises:
            DataError: a photo cannot be read.
            ContentmixError: a process died.
        """
        agenda, loader = self._free.pop() if self._free else self._start()
        counts: deque[int] = deque()
        asked = False

        def parts() -> Iterator[Sequence[Wish]]:
            nonlocal asked
            for wished in wishes:
                share = -(-len(wished) // max(1, self.workers))
                some = [wished[first : first + share] for first in range(0, len(wished), share)]
                counts.append(len(some))
                yield from some
            asked = True

        agenda.parts = parts()
        arriving = _arriving(loader)
        for first in arriving:
            views = [first, *islice(arriving, counts.popleft() - 1)]
            views = [view.to(self.device, non_blocking=True) for view in views]
            last = asked and not counts
            if last:
                self._free.append((agenda, loader))  # now: after the last batch nobody may come back
            yield views[0] if len(views) == 1 else torch.cat(views)
            if last:
                return

    def _start(self) -> tuple[_Agenda, DataLoader[Any]]:
        agenda = _Agenda()
        loader = DataLoader(
            _Made(self.maker),
            batch_sampler=agenda,  # type: ignore[arg-type]
            num_workers=self.workers,
            collate_fn=_collate,
            multiprocessing_context=_server() if self.workers else None,
            persistent_workers=self.workers > 0,
            pin_memory=self.device.type == "cuda",
            # Workers draw nothing from their own state; this keeps the loader from touching the global one.
            generator=torch.Generator().manual_seed(0),
        )
        return agenda, loader


def _arriving(loader: DataLoader[Any]) -> Iterator[Tensor]:
    """What workers have made; what went wrong in one is raised as it would be in this process."""
    try:
        for part in loader:
            if isinstance(part, ContentmixError):
                raise part
            yield part
    except RuntimeError as error:
        if "DataLoader worker" not in str(error):
            raise
        raise ContentmixError(
            f"a process that makes images died ({str(error).partition('.')[0]}): memory may have run out; give fewer workers"
        ) from error


def _server() -> BaseContext:
    """Workers are forked from a server that has imported what they need: importing it takes seconds.

    Where the system has no such server, they import it themselves.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", __name__])
    return context
