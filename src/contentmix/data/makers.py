"""Processes that make images one by one: photos that are decoded, augmentations and corruptions that take one image at a time.

The images of a batch are shared out among all processes, and each is decoded once, whatever the number of its views.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from multiprocessing.context import BaseContext
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakSet

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, default_collate

from contentmix.errors import ContentmixError

W = TypeVar("W")
In = TypeVar("In", contravariant=True)


class Maker(Protocol[In]):
    """Makes images of what is wished for; it can be sent to another process."""

    def views(self, wish: In) -> list[Tensor]:
        """The images (c, h, w) uint8."""
        ...


class _Made(Dataset[Any], Generic[W]):
    """What is wished for; in place of what cannot be made its error, which is raised where the batch arrives."""

    def __init__(self, maker: Maker[W]) -> None:
        self.maker = maker

    def __getitem__(self, wish: W) -> list[Tensor] | ContentmixError:
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


class _Agenda(Generic[W]):
    """The parts of batches that are still to be asked for; a loader of torch's takes them from here whenever it begins."""

    def __init__(self) -> None:
        self.parts: Iterator[Sequence[W]] = iter(())

    def __iter__(self) -> Iterator[Sequence[W]]:
        return self.parts


# Those that there are: nothing else would end their processes before a collector finds their loaders.
_ALL: WeakSet[Makers[Any]] = WeakSet()


def dismiss() -> int:
    """Let all processes go that make no image now, as after a training: how many pools had any.

    Who needs some again starts others.
    """
    return sum(makers.dismiss() for makers in list(_ALL))


class Makers(Generic[W]):
    """Processes that make images; those of a pass that ran to its end serve the next one.

    Args:
        maker: what they do.
        workers: their number; 0: this process does it.
        device: where images are wanted; on CUDA they get there from pinned memory, while nobody waits.
    """

    def __init__(self, maker: Maker[W], workers: int, device: torch.device) -> None:
        self.maker, self.workers, self.device = maker, workers, device
        self._free: list[tuple[_Agenda[W], DataLoader[Any]]] = []
        _ALL.add(self)

    def dismiss(self) -> bool:
        """Let those go that wait for another pass; whether there were any."""
        waiting, self._free = self._free, []
        return bool(waiting) and self.workers > 0

    def batches(self, wishes: Iterable[Sequence[W]]) -> Iterator[Tensor]:
        """The views (v, c, h, w) uint8 of each list of wishes, in its order; lists are asked for a little ahead.

        Raises:
            DataError: a photo cannot be read.
            ContentmixError: a process died.
        """
        agenda, loader = self._free.pop() if self._free else self._start()
        counts: deque[int] = deque()
        asked = False

        def parts() -> Iterator[Sequence[W]]:
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

    def _start(self) -> tuple[_Agenda[W], DataLoader[Any]]:
        agenda = _Agenda[W]()
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
