"""Data sets by name, or by folder."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from contentmix.catalogue import DATA_SETS, HUB, check_data_name
from contentmix.data.benchmarks import BENCHMARKS
from contentmix.data.embedded import EMBEDDED
from contentmix.data.folders import folder_source
from contentmix.data.hub import hub_source
from contentmix.data.own import given_data
from contentmix.data.reading import Reading
from contentmix.data.source import DataSource
from contentmix.errors import require
from contentmix.given import OBJECT


def list_data() -> dict[str, str]:
    """Every name with what it is."""
    return dict(DATA_SETS)


def data_root(root: Path | None = None) -> Path:
    """Where downloaded data live: ``root``, else $CONTENTMIX_DATA, else ~/.cache/contentmix."""
    return root or Path(os.environ.get("CONTENTMIX_DATA") or Path.home() / ".cache" / "contentmix")


def load_data(
    name: str, *, root: Path | None = None, image_size: int | None = None, reading: Reading | None = None
) -> DataSource:
    """The data set ``name``, one of the hub, or the class folders in the folder ``name``.

    Args:
        name: of ``list_data``, ``hf:NAME``, a path, or what ``give_data`` called an object.
        root: where downloaded data live (``data_root``).
        image_size: side in pixels that images are brought to (default: ``size_for`` the photos of a folder, else their own).
        reading: how a folder is read.

    Raises:
        UsageError: neither a name nor a folder, or an ``image_size`` below 8.
        DataError: the data are missing or damaged.
    """
    require(image_size is None or image_size >= 8, f"image_size is {image_size}: choose 8 pixels or more")
    if name.startswith(OBJECT):
        return given_data(name, image_size)
    if name.startswith(HUB):
        return hub_source(name, image_size)
    if name in EMBEDDED:
        return EMBEDDED[name]() if image_size is None else EMBEDDED[name](image_size)
    if name in BENCHMARKS:
        return BENCHMARKS[name](data_root(root), image_size)
    check_data_name(name)
    return folder_source(Path(name), image_size, replace(reading or Reading(), cache=data_root(root)))
