"""Where corrupted images of a run's data come from: CIFAR-C's files, or such files that are generated once for many runs."""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path

import torch

from contentmix.choices import Corrupted
from contentmix.data import CIFAR_C, CORRUPTIONS, SEVERITIES, corruption_library, data_root, dismiss, write_cifar_c
from contentmix.errors import DataError, require
from contentmix.options.run import RunOptions
from contentmix.runs.source import read_data

GENERATED = "generated"
# Sets that there are files of, as CIFAR-C's authors name the folders, and where they publish them.
_FILES = {
    "cifar10": ("CIFAR-10-C", "https://zenodo.org/records/2535967"),
    "cifar100": ("CIFAR-100-C", "https://zenodo.org/records/3555552"),
}
# Of the test set, evenly spread: each comes in 75 ways.
IMAGES = 1_000


def generate(options: RunOptions, place: Path) -> None:
    """Generate corrupted images of a run's test set in the folder ``place``.

    Raises:
        UsageError: the library that generates is not installed.
        DataError: data are missing, or a file cannot be written.
    """
    source, _ = read_data(options)
    count = len(source.test)
    some = torch.arange(min(count, IMAGES)) * count // min(count, IMAGES)
    try:
        write_cifar_c(source.test[some], source, place, workers=os.cpu_count() or 0)
    finally:
        dismiss()


def generated_in(folder: Path, options: RunOptions, image_size: int) -> Path:
    """Where in ``folder``, beside the runs that they are for, generated ones of a run's data are."""
    return folder / f"{GENERATED}-{Path(options.data).name}-{image_size}px"


def is_whole(place: Path) -> bool:
    """Whether all that are generated in the folder ``place`` are there."""
    return (place / "labels.npy").exists()  # the last that is written


def corruptions_of(options: RunOptions, corrupted: Corrupted) -> str:
    """Where corrupted images of a run's data come from: ``generated``, or the folder of CIFAR-C's 19 files and their labels.

    Raises:
        UsageError: CIFAR-C has no files of these data, or the library that generates is not installed.
        DataError: files are missing.
    """
    if corrupted == GENERATED:
        corruption_library()
        return GENERATED
    data = options.data
    require(
        data in _FILES,
        f"data is {data}: CIFAR-C's files, which are asked for, are of {' and '.join(_FILES)}; choose one of them, or a "
        "scale that generates its corruptions",
    )
    name, address = _FILES[data]
    folder = data_root(options.data_root) / name
    missing = [file for file in (*CIFAR_C, "labels") if not (folder / f"{file}.npy").is_file()]
    if missing:
        raise DataError(
            f"{len(missing)} of {len(CIFAR_C) + 1} files of {name} are not in {folder}, {missing[0]}.npy for one: put them there "
            f"from {address}, or name the folder that {name} is in with --data-root"
        )
    return str(folder)


def kinds_of(corrupted: str) -> tuple[tuple[str, int], ...]:
    """Corruptions and severities: the 15 that can be generated; of files, these and what else there is of CIFAR-C's 19."""
    more = () if corrupted == GENERATED else CIFAR_C[len(CORRUPTIONS) :]
    there = [name for name in more if (Path(corrupted) / f"{name}.npy").is_file()]
    return tuple(product((*CORRUPTIONS, *there), SEVERITIES))
