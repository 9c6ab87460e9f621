"""Data of the shape of those that runs are trained on: of known data sets stand-ins, so that these need not be there."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from weakref import finalize

from contentmix.data import ArraySet, DataSource, blank_data
from contentmix.options.run import RunOptions
from contentmix.runs.source import labelled, reading_of


class Shapes:
    """Data of the shape of those of runs, each data set read once, however many runs and labels there are of it.

    Of images in memory one is kept, which stands for all. Images on disk are there as long as this is; in another process it
    begins anew.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, DataSource] = {}

    def of(self, run: RunOptions) -> DataSource:
        """Data of the shape of those of ``run``.

        Raises:
            UsageError, DataError: data that are read, as no set of their name has a known shape, are missing or damaged.
        """
        kind = (run.data, run.data_root, run.image_size, reading_of(run))
        if kind not in self._known:
            folder = Path(mkdtemp())
            finalize(self, rmtree, folder, ignore_errors=True)
            data = blank_data(run.data, folder, root=run.data_root, image_size=run.image_size, reading=reading_of(run))
            self._known[kind] = _of_one_image(data)
        return labelled(self._known[kind], run)[0]

    def __reduce__(self) -> tuple[Any, ...]:
        """Images on disk, and in memory, are of this process."""
        return Shapes, ()


def _of_one_image(data: DataSource) -> DataSource:
    """``data`` with one image in memory that stands for all."""
    sets = {name: getattr(data, name) for name in ("train", "test", "unlabelled", "validation")}
    one: dict[str, Any] = {
        name: ArraySet(each.images[:1].clone().expand(len(each), -1, -1, -1), each.labels, names=each.names)
        for name, each in sets.items()
        if isinstance(each, ArraySet)
    }
    return replace(data, **one)
