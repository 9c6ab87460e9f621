"""Loaders whose images are made one by one by worker processes, keyed like everything else: large photos, and AugMix."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from contentmix.batch import Batch, Partners
from contentmix.data.augment import Normalise
from contentmix.data.distortion import NO_DISTORTION, Distortion, finisher
from contentmix.data.makers import Makers
from contentmix.data.members import BatchPlan, member_order
from contentmix.data.source import DataSource, FileSet, ImageSet
from contentmix.data.strong import StrongView
from contentmix.data.views import Wish, maker_of
from contentmix.data.visits import Place, visits
from contentmix.devices import sent
from contentmix.keys import derive, keyed_generator


@dataclass(frozen=True)
class _Composition:
    """What a batch of this process is made of.

    Attributes:
        wishes: the images, and the views of each
        seen: (v,) int64, the positions of the global batch that the views are of, those of one image side by side
        where: (b, m) int64, which view each member sees
        labels: (b, m) int64
    """

    wishes: list[Wish]
    seen: Tensor
    where: Tensor
    labels: Tensor


class StreamLoader:
    """Like ``TrainLoader`` for what worker processes make: images on disk, or augmentations that take one image at a time.

    Nothing is decoded twice for one batch: an image that it shows several times, differently augmented, is decoded once, and
    partners for pixel mixing come from this process's own batch. One iteration after another is served by the same workers.

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
        self.files, self.source, self.plan, self.seed, self.place = files, source, plan, seed, place
        self.start_step = 0
        self._fixed_steps = steps
        self._steps = steps or plan.steps_per_epoch(len(files))
        self._strong = StrongView() if "strong" in plan.views else None
        self._rows = place.rows(plan.positions)
        self._normalise = Normalise(source.mean, source.std, place.device)
        self._finish = finisher(distortion, plan, self._normalise, source, seed)
        self._makers = Makers(maker_of(files, source, augmix=augmix), workers, place.device)

    def __len__(self) -> int:
        return self._steps

    def __iter__(self) -> Iterator[Batch]:
        start, composed = self.start_step, deque[_Composition]()

        def wishes() -> Iterator[Sequence[Wish]]:
            chosen = visits(self.files.labels, self.plan, self.seed, start, self._fixed_steps)
            for step, unique in enumerate(chosen, start):
                composed.append(self._compose(unique, step))
                yield composed[-1].wishes

        for step, pixels in enumerate(self._makers.batches(wishes()), start):
            yield self._batch(step, pixels, composed.popleft())

    def _compose(self, unique: Tensor, step: int) -> _Composition:
        chosen = unique.repeat(self.plan.copies)
        members = member_order(self.plan, keyed_generator(self.seed, "members", step))[self._rows]
        seen, where = members.unique(return_inverse=True)
        order = chosen[seen].argsort(stable=True)
        seen, where = seen[order], order.argsort()[where]
        views = zip(chosen[seen].tolist(), seen.tolist(), strict=True)
        wishes = [
            Wish(
                self.files.paths[image] if isinstance(self.files, FileSet) else image,
                tuple(derive(self.seed, "augment", step, position) for _, position in some),
            )
            for image, some in groupby(views, key=lambda view: view[0])
        ]
        return _Composition(wishes, seen, where, self.files.labels[chosen[members]])

    def _batch(self, step: int, pixels: Tensor, composed: _Composition) -> Batch:
        device, where = self.place.device, composed.where
        if self._finish is not None:
            pixels = self._finish(pixels, composed.seen, self.plan.unique * self.plan.copies, step)
        pixels = pixels.index_select(0, sent(where.flatten(), device))
        pixels = pixels.view(*where.shape, *pixels.shape[1:])
        if self._strong is not None:
            self._strong.distort(pixels, self.plan, self._rows, keyed_generator(self.seed, "strong", step))
        images = pixels if self._finish is not None else self._normalise(pixels)
        labels = sent(composed.labels, device)
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
        self.files, self.batch_size = files, batch_size
        self._device = place.device
        self._normalise = Normalise(source.mean, source.std, place.device)
        self._makers = Makers(maker_of(files, source), workers, place.device)

    def __len__(self) -> int:
        return -(-len(self._part) // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        parts = [self._part[i : i + self.batch_size] for i in range(0, len(self._part), self.batch_size)]
        wishes = ([Wish(path) for path in self.files.paths[part.start : part.stop]] for part in parts)
        for part, pixels in zip(parts, self._makers.batches(wishes), strict=True):
            labels = self.files.labels[part.start : part.stop, None]
            yield Batch(self._normalise(pixels)[:, None], sent(labels, self._device))
