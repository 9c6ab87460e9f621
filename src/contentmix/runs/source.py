"""The data of a run: where they are, what of them it is trained on, what it is evaluated on."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from contentmix.catalogue import DATA_SETS, HUB, hub_address
from contentmix.data import (
    DataSource,
    KeptSplit,
    Learnt,
    Reading,
    few_labels,
    load_data,
    photo_names,
    read_split,
)
from contentmix.data.reading import LARGEST_SIZE
from contentmix.devices import device_of
from contentmix.errors import DataError
from contentmix.options.run import RunOptions
from contentmix.runs.config import config_of

SIZE_ON_CPU = 48

_log = logging.getLogger("contentmix")


def located(run: RunOptions) -> RunOptions:
    """``run`` with the whole paths of its data, so that they are found from wherever it is looked at."""
    root = None if run.data_root is None else run.data_root.resolve()
    data = run.data
    if is_folder(data):
        data = str(Path(data).resolve())
    elif data.startswith(HUB) and Path(place := hub_address(data)[0]).exists():
        data = data.replace(place, str(Path(place).resolve()), 1)
    return replace(run, data=data, data_root=root)


def is_folder(data: str) -> bool:
    """Whether ``data`` is one's own folder of photos."""
    return data not in DATA_SETS and Path(data).is_dir()


def read_data(run: RunOptions, folder: Path | None = None) -> tuple[DataSource, torch.Tensor | None]:
    """The data of a run, and which training images are labelled where not all are.

    Args:
        run: its options.
        folder: of a run that has begun: the photos that it keeps lists of are taken, whatever else is in the data by now.

    Raises:
        DataError: photos of these lists are gone, or data are missing or damaged.
    """
    kept = None if folder is None else read_split(folder)
    reading = replace(reading_of(run), kept=kept, may_skip=kept is None)
    data = load_data(run.data, root=run.data_root, image_size=_size(run, kept), reading=reading)
    # Lists say already which photos have labels.
    return (data, None) if kept is not None else labelled(data, run)


def read_test_data(
    run: RunOptions, folders: Sequence[Path], data: str | None = None, classes: Sequence[str] = ()
) -> DataSource:
    """What finished runs are evaluated on: never a photo that one of them learnt from, or was selected on.

    Args:
        run: options of the first.
        folders: of all.
        data: other data, all of which are scored but for copies of what the runs learnt from; of a folder with splits, the
            test set.
        classes: of the runs, some of which other data may be without.

    Raises:
        DataError: data are missing or damaged.
    """
    kept = [(folder, split) for folder in folders if (split := read_split(folder)) is not None]
    place, reading = run.data, replace(reading_of(run), as_test=True)
    if data is not None:
        place, reading = data, replace(reading, avoid=_learnt(folders, data), classes=tuple(classes))
    elif kept:
        owner, split = kept[0]
        place = config_of(owner).run.data
        others = [folder for folder in folders if folder != owner]
        reading = replace(reading, kept=replace(split, test=_scored(split, place, owner, others)))
    else:
        reading = replace(reading, as_test=False)
        _say_unlisted(folders[0])
    size = _size(run, kept[0][1] if kept else None)
    return load_data(place, root=run.data_root, image_size=size, reading=reading)


def _scored(split: KeptSplit, place: str, owner: Path, others: Sequence[Path]) -> tuple[str, ...]:
    """The test photos of ``owner``, in ``place``, that ``others`` have not learnt from, nor from copies.

    Copies of what it learnt from itself are scored, as they are where it is evaluated alone.
    """
    learnt = _learnt(others, place)
    learnt = replace(learnt, digests=learnt.digests - set(split.digests))
    test = tuple(name for name in split.test if Path(place, name) not in learnt)
    if split.test and not test:
        raise DataError(
            f"other runs of the ensemble learnt from all photos of {owner}'s test set, so that none is left: give a folder of "
            "other photos with --data"
        )
    return test


def changed_photos(data: str, runs: Iterable[Path]) -> dict[Path, tuple[set[str], set[str]]]:
    """Names of photos that have come to ``data``, and of those that have gone, since each of ``runs`` began.

    Runs are left out where there are none, or that keep no list of photos. The folder is gone through once.

    Raises:
        DataError: lists of photos, or the folder, cannot be read.
    """
    kept = {run: split for run in runs if (split := read_split(run)) is not None}
    if not kept or not is_folder(data):
        return {}
    here, changed = photo_names(Path(data)), dict[Path, tuple[set[str], set[str]]]()
    for run, split in kept.items():
        known = {*split.learnt, *split.test, *split.left_out}
        if here != known:
            changed[run] = here - known, known - here
    return changed


def reading_of(run: RunOptions) -> Reading:
    """How a run reads photos: where no size is given, at most 48 px on a CPU, where larger ones leave time for too few steps.

    Pretrained networks know larger images, and need few steps.
    """
    small = device_of(run.device).type == "cpu" and not run.pretrained
    largest = SIZE_ON_CPU if small else LARGEST_SIZE
    return Reading(skip_broken=run.skip_broken, progress=run.progress, largest=largest)


def _size(run: RunOptions, kept: KeptSplit | None) -> int | None:
    """The size of images; older versions left that of photos open, which they brought to 224 px."""
    return LARGEST_SIZE if kept is not None and run.image_size is None else run.image_size


def _learnt(folders: Sequence[Path], data: str) -> Learnt:
    """The photos that any of the runs learnt from, where their copies may be among ``data``."""
    paths: set[Path] = set()
    digests: set[str] = set()
    for folder in folders:
        split = read_split(folder)
        if split is None:
            _say_unlisted(folder)
            continue
        base = Path(config_of(folder).run.data).resolve()
        paths |= {(base / name).resolve() for name in split.learnt}
        digests |= set(split.digests)
        if is_folder(data) and not split.digests:
            _log.warning(
                "note: run %s keeps no digests of its photos: copies of those that it learnt from may be scored",
                folder,
            )
    return Learnt(frozenset(paths), frozenset(digests))


def _say_unlisted(folder: Path) -> None:
    """Say of a run on a folder of photos that keeps no list of them what may come of it."""
    if is_folder(config_of(folder).run.data):
        _log.warning(
            "note: run %s keeps no list of its photos: some that it learnt from may be scored; name others with --data",
            folder,
        )


def labelled(data: DataSource, run: RunOptions) -> tuple[DataSource, torch.Tensor | None]:
    """``data`` with as many labels as the run asks for, and which images have them where not all do."""
    if run.labels is None:
        return data, None
    return few_labels(data, run.labels, run.seed if run.labels_seed is None else run.labels_seed)
