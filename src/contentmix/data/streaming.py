"""Loaders whose images are made one by one by worker processes, keyed like everything else: large photos, and AugMix."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, default_collate
from torchvision.transforms.v2 import functional

from contentmix.batch import Batch, Partners
from contentmix.data.augment import Normalise, surrounded
from contentmix.data.augmix import ThesisAugMix
from contentmix.data.distortion import NO_DISTORTION, Distortion, finisher
from contentmix.data.members import BatchPlan, member_order
from contentmix.data.photos import fit_square, read_photo
from contentmix.data.random_crop import random_crop
from contentmix.data.source import ArraySet, DataSource, FileSet, ImageSet
from contentmix.data.strong import StrongView
from contentmix.data.visits import Place, visits
from contentmix.devices import sent
from contentmix.errors import ContentmixError
from contentmix.keys import derive, keyed_generator


@dataclass(frozen=True)
class _Wish:
    """One image to decode: its number, and the key of its augmentation (None: plain)."""

    image: int
    key: int | None


class _Maker(Dataset[Any]):
    """Decodes, or takes from memory, crops and augments what is wished for; runs in worker processes.

    What cannot be made gives its error, which is raised where the batch arrives.
    """

    def __init__(self, images: ImageSet, source: DataSource, augmix: bool) -> None:
        self.images, self.source = images, source
        self.augmix = ThesisAugMix() if augmix else None

    def __getitem__(self, wish: _Wish) -> Tensor | ContentmixError:
        try:
            return self._make(wish)
        except ContentmixError as error:
            # Raised in a worker it would come with that process's traceback as its message.
            return error

    def _make(self, wish: _Wish) -> Tensor:
        if wish.key is None:
            assert isinstance(self.images, FileSet)
            return fit_square(read_photo(self.images.paths[wish.image], self.source.channels), self.source.image_size)
        generator = torch.Generator().manual_seed(wish.key)
        crop = self._crop(wish.image, generator)
        if self.source.flip and torch.rand((), generator=generator) < 0.5:
            crop = functional.horizontal_flip(crop)
        if self.augmix is None:
            return crop
        with torch.random.fork_rng(devices=[]):
            # torchvision draws from the global state: it is seeded here and given back untouched.
            torch.manual_seed(derive(wish.key, "augmix"))
            augmented: Tensor = self.augmix(crop)
        return augmented

    def _crop(self, image: int, generator: torch.Generator) -> Tensor:
        size, shift = self.source.image_size, self.source.shift_px
        if isinstance(self.images, ArraySet):
            top, left = torch.randint(2 * shift + 1, (2,), generator=generator).tolist()
            return surrounded(self.images.images[image], shift, self.source.padding)[
                ..., top : top + size, left : left + size
            ]
        photo = read_photo(self.images.paths[image], self.source.channels)
        top, left, height, width = random_crop(photo.height, photo.width, generator)
        crop = functional.resized_crop(photo, top, left, height, width, [size, size], antialias=True)
        return functional.pil_to_tensor(crop)


def _server() -> BaseContext:
    """Workers are forked from a server that has imported what they need: importing it takes seconds, in every epoch.

    Where the system has no such server, they import it themselves.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", __name__])
    return context


def _collate(made: list[Tensor | ContentmixError]) -> Any:
    """A batch, or the first thing that went wrong in it."""
    wrong = [each for each in made if isinstance(each, ContentmixError)]
    return wrong[0] if wrong else default_collate(made)


def _batches(
    images: ImageSet, source: DataSource, wishes: list[list[_Wish]], workers: int, *, augmix: bool = False
) -> Iterator[Tensor]:
    """Pixels (b, c, h, w) of each list of wishes; what goes wrong in a worker is raised as it would be in this process."""
    loader = DataLoader(
        _Maker(images, source, augmix),
        batch_sampler=wishes,  # any iterable of lists serves
        num_workers=workers,
        collate_fn=_collate,
        multiprocessing_context=_server() if workers else None,
        # Workers draw nothing from their own state; this keeps the loader from touching the global one.
        generator=torch.Generator().manual_seed(0),
    )
    made = iter(loader)
    for _ in wishes:
        try:
            batch = next(made)
        except RuntimeError as error:
            if "DataLoader worker" not in str(error):
                raise
            raise ContentmixError(
                f"a process that makes images died ({str(error).partition('.')[0]}): memory may have run out; give fewer workers"
            ) from error
        if isinstance(batch, ContentmixError):
            raise batch
        yield batch


class StreamLoader:
    """Like ``TrainLoader`` for what worker processes make: images on disk, or augmentations that take one image at a time.

    Partners for pixel mixing come from this process's own batch, so that nothing is decoded twice.

    Args:
        files: the training images, on disk or in memory.
        source: says the size and how to normalise.
        plan: the composition of batches.
        seed: of every draw.
        place: this process.
        workers: processes that decode and augment.
        augmix: add AugMix (``ThesisAugMix``).
        steps: of an epoch (default: one pass over the images).
        distortion: what else is done to images, in batches.
    """

    def __init__(
        self,
        files: ImageSet,
        source: DataSource,
        plan: BatchPlan,
        seed: int,
        place: Place,
        workers: int,
        *,
        augmix: bool = False,
        steps: int | None = None,
        distortion: Distortion = NO_DISTORTION,
    ) -> None:
        self.augmix = augmix
        self.files, self.source, self.plan, self.seed, self.place = files, source, plan, seed, place
        self.workers, self.start_step = workers, 0
        self._fixed_steps = steps
        self._steps = steps or plan.steps_per_epoch(len(files))
        self._strong = StrongView() if "strong" in plan.views else None
        self._rows = place.rows(plan.positions)
        self._normalise = Normalise(source.mean, source.std, place.device)
        self._finish = finisher(distortion, plan, self._normalise, source, seed)

    def __len__(self) -> int:
        return self._steps

    def __iter__(self) -> Iterator[Batch]:
        chosen = visits(len(self.files), self.plan, self.seed, self.start_step, self._fixed_steps)
        composed = [self._compose(unique, step) for step, unique in enumerate(chosen, self.start_step)]
        wishes = [wishes for wishes, *_ in composed]
        images = _batches(self.files, self.source, wishes, self.workers, augmix=self.augmix)
        for step, (pixels, (_, seen, where, labels)) in enumerate(zip(images, composed, strict=True), self.start_step):
            yield self._batch(step, pixels.to(self.place.device, non_blocking=True), seen, where, labels)

    def _compose(self, unique: Tensor, step: int) -> tuple[list[_Wish], Tensor, Tensor, Tensor]:
        """What this process must decode for ``step``, its positions, where in it each member finds its image, and labels."""
        chosen = unique.repeat(self.plan.copies)
        members = member_order(self.plan, keyed_generator(self.seed, "members", step))[self._rows]
        seen, where = members.unique(return_inverse=True)
        wishes = [_Wish(int(chosen[p]), derive(self.seed, "augment", step, p)) for p in seen.tolist()]
        return wishes, seen, where, self.files.labels[chosen[members]]

    def _batch(self, step: int, pixels: Tensor, seen: Tensor, where: Tensor, labels: Tensor) -> Batch:
        device = self.place.device
        if self._finish is not None:
            pixels = self._finish(pixels, seen, self.plan.unique * self.plan.copies, step)
        pixels = pixels.index_select(0, sent(where.flatten(), device))
        pixels = pixels.view(*where.shape, *pixels.shape[1:])
        if self._strong is not None:
            self._strong.distort(pixels, self.plan, self._rows, keyed_generator(self.seed, "strong", step))
        images = pixels if self._finish is not None else self._normalise(pixels)
        labels = sent(labels, device)
        partners = None
        if self.plan.partner_prob:
            generator = keyed_generator(self.seed, "partners", step, "rank", self.place.rank)
            rows = (torch.rand(labels.numel(), generator=generator) < self.plan.partner_prob).nonzero()[:, 0]
            mates = torch.randint(labels.numel(), rows.shape, generator=generator)
            mates = sent(mates, device)
            partners = Partners(sent(rows, device), images.flatten(0, 1)[mates], labels.flatten()[mates])
        return Batch(images, labels, step, self._rows, self.plan.positions, partners)


class StreamEvalLoader:
    """Like ``EvalLoader`` for images on disk."""

    def __init__(self, files: FileSet, source: DataSource, place: Place, workers: int, batch_size: int = 64) -> None:
        share = -(-len(files) // place.processes)
        self._part = range(len(files))[place.rank * share : (place.rank + 1) * share]
        self.files, self.source, self.workers, self.batch_size = files, source, workers, batch_size
        self._device = place.device
        self._normalise = Normalise(source.mean, source.std, place.device)

    def __len__(self) -> int:
        return -(-len(self._part) // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        parts = [list(self._part[i : i + self.batch_size]) for i in range(0, len(self._part), self.batch_size)]
        wishes = [[_Wish(image, None) for image in part] for part in parts]
        for part, pixels in zip(parts, _batches(self.files, self.source, wishes, self.workers), strict=True):
            images = self._normalise(pixels.to(self._device, non_blocking=True))
            yield Batch(images[:, None], self.files.labels[part][:, None].to(self._device))
