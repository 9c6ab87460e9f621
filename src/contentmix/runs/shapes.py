"""Data of the shape of those that runs are trained on: of known data sets stand-ins, so that these need not be there."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from contentmix.data import ArraySet, DataSource, blank_data
from contentmix.options.run import RunOptions
from contentmix.runs.source import labelled, reading_of


def read_shape(run: RunOptions, folder: Path) -> DataSource:
    """Data of the shape of a run's, which need not be there; ``folder`` is for their one random image."""
    return labelled(_read(run, folder), run)[0]


def _read(run: RunOptions, folder: Path) -> DataSource:
    """The same with every label."""
    return blank_data(run.data, folder, root=run.data_root, image_size=run.image_size, reading=reading_of(run))


class Shapes:
    """What ``read_shape`` reads, of each data set once, however many labels runs have of it; of its images one is kept.

    In another process it begins anew.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, DataSource] = {}

    def of(self, run: RunOptions) -> DataSource:
        """Data of the shape of those of ``run``."""
        kind = (run.data, run.data_root, run.image_size, reading_of(run))
        if kind not in self._known:
            with TemporaryDirectory() as temporary:
                self._known[kind] = _of_one_image(_read(run, Path(temporary)))
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
