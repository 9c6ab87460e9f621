"""Few labels: which training images keep theirs, and which are learnt from without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from contentmix.data.counted import counted
from contentmix.data.source import DataSource, ImageSet, check_split
from contentmix.errors import DataError, UsageError, require
from contentmix.files import atomic_write
from contentmix.keys import keyed_generator

UNKNOWN = -1


def balanced_subset(labels: Tensor, count: int, classes: int, seed: int) -> Tensor:
    """Sorted positions of ``count`` images, as many of each class; what is left over goes to classes drawn at random.

    Args:
        labels: (n,) int64.
        count: of images that keep their label.
        classes: number of classes.
        seed: of the draw, the same subset for every method.

    Raises:
        UsageError: fewer labels than classes, more than images, or more of a class than it has.
    """
    require(count >= classes, f"labels is {count}, but there are {classes} classes: give each class one label or more")
    require(count <= len(labels), f"labels is {count}, but there are {len(labels)} training images: choose fewer")
    generator = keyed_generator(seed, "labels", count)
    each = torch.full((classes,), count // classes)
    each[torch.randperm(classes, generator=generator)[: count % classes]] += 1
    available = torch.bincount(labels, minlength=classes)
    short = (available < each).nonzero()[:, 0].tolist()
    if short:
        there = counted(int(available[short[0]]), "image")
        raise UsageError(
            f"labels is {count}, {each[short[0]]} of class number {short[0]}, which has {there}: "
            "choose fewer, or name the images in a file of indices"
        )
    chosen = []
    for label in range(classes):
        members = (labels == label).nonzero()[:, 0]
        chosen.append(members[torch.randperm(len(members), generator=generator)[: int(each[label])]])
    return torch.cat(chosen).sort().values


def read_indices(path: Path, images: int) -> Tensor:
    """Positions of the labelled images in a text file, one to a line.

    Raises:
        DataError: it cannot be read, or names an image that there is not, or one twice.
    """
    try:
        lines = path.read_text(encoding="utf-8").split()
        index = torch.tensor([int(line) for line in lines], dtype=torch.long)
    except OSError as error:
        raise DataError(f"file of labelled indices {path} cannot be read: {error.strerror}") from error
    except (ValueError, OverflowError, RuntimeError) as error:
        raise DataError(f"file of labelled indices {path} holds something else than numbers, one to a line") from error
    require(len(index) > 0, f"file of labelled indices {path} is empty")
    wrong = index[(index < 0) | (index >= images)]
    if len(wrong):
        raise DataError(f"{path} names image {int(wrong[0])}: the {images} training images are 0 to {images - 1}")
    if len(index.unique()) < len(index):
        raise DataError(f"{path} names an image twice")
    return index.sort().values


def write_indices(index: Tensor, path: Path) -> None:
    """The file that ``read_indices`` reads."""
    atomic_write(path, "".join(f"{i}\n" for i in index.tolist()))


def few_labels(source: DataSource, labels: int | Path, seed: int) -> tuple[DataSource, Tensor]:
    """``source`` with all but some training images moved to ``unlabelled``, beside those that were there.

    Statistics of the pixels stay those of all training images. The labels of benchmarks stay with their images: methods do
    not learn from them, but pseudo-labels are compared with them.

    Args:
        source: the data set.
        labels: how many images keep their label, or a file of their positions.
        seed: of the draw.

    Returns:
        The set, and the sorted positions of the labelled images.

    Raises:
        UsageError, DataError: of ``balanced_subset`` and ``read_indices``, or a class without a labelled image.
    """
    every, classes = source.train, len(source.classes)
    if isinstance(labels, Path):
        index = read_indices(labels, len(every))
        check_split(f"file of labelled indices {labels}", every.labels[index], source.classes)
    else:
        index = balanced_subset(every.labels, labels, classes, seed)
    rest = torch.ones(len(every), dtype=torch.bool)
    rest[index] = False
    unlabelled: ImageSet | None = source.unlabelled
    if rest.any():
        unlabelled = every[rest.nonzero()[:, 0]]
        if source.unlabelled is not None:
            unlabelled = unlabelled + source.unlabelled  # type: ignore[operator]  # of the same kind
    return replace(source, train=every[index], unlabelled=unlabelled), index
