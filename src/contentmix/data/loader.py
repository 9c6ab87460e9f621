"""Loaders of images in memory: every batch is a function of the seed and the step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from contentmix.batch import Batch, Partners
from contentmix.data.augment import Normalise, ShiftedPool
from contentmix.data.distortion import NO_DISTORTION, Distortion, finisher
from contentmix.data.members import BatchPlan, member_order
from contentmix.data.source import ArraySet, DataSource
from contentmix.data.strong import StrongView
from contentmix.data.visits import Place, StepLoader, visits
from contentmix.devices import fits, sent
from contentmix.keys import keyed_generator


class TrainLoader:
    """Augmented training batches; iterating yields those from ``start_step`` to the end of its epoch.

    Args:
        images: the training images.
        source: says how to augment and to normalise.
        plan: the composition of batches.
        seed: of every draw.
        place: this process.
        steps: of an epoch (default: one pass over the images).
        distortion: what is done to images beyond shifts and flips.
    """

    def __init__(
        self,
        images: ArraySet,
        source: DataSource,
        plan: BatchPlan,
        seed: int,
        place: Place,
        steps: int | None = None,
        distortion: Distortion = NO_DISTORTION,
    ) -> None:
        self.plan, self.seed, self.place = plan, seed, place
        self.start_step = 0
        self._labels = images.labels
        self._pool = ShiftedPool(images.images.to(place.device), source.shift_px, source.flip, source.padding)
        self._normalise = Normalise(source.mean, source.std, place.device)
        self._finish = finisher(distortion, plan, self._normalise, source, seed)
        self._strong = StrongView() if "strong" in plan.views else None
        self._fixed_steps = steps
        self._steps = steps or plan.steps_per_epoch(len(images))
        self._rows = place.rows(plan.positions)

    def __len__(self) -> int:
        return self._steps

    def __iter__(self) -> Iterator[Batch]:
        chosen = visits(self._labels, self.plan, self.seed, self.start_step, self._fixed_steps)
        for step, unique in enumerate(chosen, self.start_step):
            yield self.batch(unique.repeat(self.plan.copies), step)

    def batch(self, chosen: Tensor, step: int) -> Batch:
        """The batch of ``step`` whose positions show the images ``chosen`` (b,), before members permute them."""
        generator = keyed_generator(self.seed, "augment", step)
        shifts = self._pool.draw(len(chosen), generator)
        order = member_order(self.plan, keyed_generator(self.seed, "members", step))[self._rows]
        device = self.place.device
        seen, where = torch.arange(len(chosen)), order
        labels = self._labels[chosen[order]]
        copies = len(chosen)
        if self.place.processes > 1:
            # A process needs the positions that its members see, each only once; one process sees them all.
            seen, where = order.unique(return_inverse=True)
            chosen, shifts = chosen[seen], shifts[seen]
        if self._finish is not None:
            finished = self._finish(self._pool.take(chosen, shifts), seen, copies, step)
            images = finished.index_select(0, sent(where.flatten(), device)).view(*where.shape, *finished.shape[1:])
        else:
            pixels = self._pool.take(chosen, shifts, where)
            if self._strong is not None:
                self._strong.distort(pixels, self.plan, self._rows, keyed_generator(self.seed, "strong", step))
            images = self._normalise(pixels)
        return Batch(
            images=images,
            labels=sent(labels, device),
            step=step,
            rows=self._rows,
            global_size=self.plan.positions,
            partners=self._partners(step) if self.plan.partner_prob else None,
        )

    def _partners(self, step: int) -> Partners:
        """Partners from the whole training set, drawn for the global batch and cut to this process's rows."""
        generator = keyed_generator(self.seed, "partners", step)
        count = self.plan.positions * self.plan.members
        wanted = torch.rand(count, generator=generator) < self.plan.partner_prob
        index = torch.randint(len(self._labels), (count,), generator=generator)
        shifts = self._pool.draw(count, generator)
        first, last = (edge * self.plan.members for edge in (self._rows.start, self._rows.stop))
        rows = wanted[first:last].nonzero()[:, 0]
        index, shifts = index[first:last][rows], shifts[first:last][rows]
        device = self.place.device
        pixels = self._pool.take(index, shifts)
        finish = self._finish
        return Partners(
            rows=sent(rows, device),
            images=self._normalise(pixels) if finish is None else finish(pixels, first + rows, count, step, "partners"),
            labels=sent(self._labels[index], device),
        )


class TwoStreamLoader:
    """Labelled batches, each with one of unlabelled images; the epoch is the unlabelled stream's.

    Args:
        labelled: the stream that the loss of known labels learns from, of as many steps.
        unlabelled: the second stream.
    """

    def __init__(self, labelled: StepLoader, unlabelled: StepLoader) -> None:
        self.labelled, self.unlabelled, self.start_step = labelled, unlabelled, 0

    def __len__(self) -> int:
        return len(self.unlabelled)

    def __iter__(self) -> Iterator[Batch]:
        self.labelled.start_step = self.unlabelled.start_step = self.start_step
        for labelled, unlabelled in zip(self.labelled, self.unlabelled, strict=True):
            yield replace(labelled, unlabelled=unlabelled)


class EvalLoader:
    """Every image once, plain, in order; processes share them in contiguous parts.

    Images stay on the device from one pass to the next where there is the memory.

    Args:
        images: the images.
        source: says how to normalise.
        place: this process.
        batch_size: images at a time.
    """

    def __init__(self, images: ArraySet, source: DataSource, place: Place, batch_size: int = 256) -> None:
        share = -(-len(images) // place.processes)
        part = slice(place.rank * share, (place.rank + 1) * share)
        self._images, self._labels = images.images[part], images.labels[part]
        if fits(self._images.numel(), place.device):
            self._images, self._labels = self._images.to(place.device), self._labels.to(place.device)
        self._normalise = Normalise(source.mean, source.std, place.device)
        self._device, self._batch_size = place.device, batch_size

    def __len__(self) -> int:
        return -(-len(self._labels) // self._batch_size)

    def __iter__(self) -> Iterator[Batch]:
        for images, labels in zip(
            self._images.split(self._batch_size), self._labels.split(self._batch_size), strict=True
        ):
            pixels = self._normalise(sent(images, self._device))
            yield Batch(pixels[:, None], sent(labels[:, None], self._device))
