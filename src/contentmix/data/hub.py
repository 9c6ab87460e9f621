"""Data sets of the Hugging Face hub by name, or of a local folder that its ``datasets`` library reads."""

from __future__ import annotations

from importlib.util import find_spec

from contentmix.catalogue import data_label, hub_address
from contentmix.data.own import as_data
from contentmix.data.source import DataSource
from contentmix.errors import DataError, require


def hub_source(name: str, image_size: int | None = None) -> DataSource:
    """The data set ``hf:NAME``, all of whose images are read into memory.

    Args:
        name: ``hf:NAME``, with ``@REVISION`` and ``?train=SPLIT&test=SPLIT&image=COLUMN&label=COLUMN&config=CONFIG`` after it as
            needed.
        image_size: side in pixels that images are brought to (default: that of the first image, at most 224).

    Raises:
        UsageError: ``datasets`` is not installed, or the name says what there is not.
        DataError: there is no such data set, or it is not one of images with labels.
    """
    require(
        find_spec("datasets") is not None,
        f"data {name} are read by the package datasets, which is not installed: pip install 'contentmix[hub]'",
    )
    import datasets

    place, revision, said = hub_address(name)
    try:
        found = datasets.load_dataset(place, said.get("config"), revision=revision)
    except (OSError, ValueError) as error:
        raise DataError(f"data {name} cannot be read: {' '.join(str(error).split())}") from error
    splits = dict(found)
    for role in ("train", "test"):
        if role in said:
            split = said[role]
            require(split in found, f"data {name} have no split '{split}' (there are: {', '.join(found)})")
            splits[role] = found[split]
    return as_data(
        splits,
        image_size=image_size,
        name=data_label(name),
        image_column=said.get("image"),
        label_column=said.get("label"),
    )
