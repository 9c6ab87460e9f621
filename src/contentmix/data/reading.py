"""How a folder of photos is read, and the lists of its photos that a run keeps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from contentmix.data.learnt import Learnt, digest
from contentmix.data.source import DataSource, ImageSet
from contentmix.errors import DataError
from contentmix.files import atomic_write

SPLIT = "split.json"

LARGEST_SIZE = 224


@dataclass(frozen=True)
class KeptSplit:
    """What a run was trained on: names of photos in their data folder, in order, and what depends on all of them.

    Attributes:
        classes: their names.
        mean: of the run's normalisation.
        std: of the run's normalisation.
        train: labelled photos that are trained on.
        validation: photos that epochs are selected on.
        test: photos that are evaluated.
        unlabelled: photos that are learnt from without labels.
        left_out: files that could not be read when it began.
        digests: of all that are learnt from, in their order (``learnt``), by which copies are known; older runs have none.
    """

    classes: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    train: tuple[str, ...]
    validation: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    unlabelled: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()

    @property
    def learnt(self) -> tuple[str, ...]:
        """All that the run has learnt from, or was selected on."""
        return self.train + self.validation + self.unlabelled


def split_of(source: DataSource) -> KeptSplit | None:
    """The lists of ``source``; None where its images are not of a data folder."""
    sets = (source.train, source.validation, source.test, source.unlabelled)
    names = [_names(images) for images in sets]
    if None in names:
        return None
    train, validation, test, unlabelled = (tuple(each or ()) for each in names)
    return KeptSplit(
        source.classes, source.mean, source.std, train, validation, test, unlabelled, left_out=source.left_out
    )


def _names(images: ImageSet | None) -> Sequence[str] | None:
    return () if images is None else images.names


def with_digests(split: KeptSplit, folder: Path) -> KeptSplit:
    """``split`` with the digests of its photos in ``folder``."""
    return replace(split, digests=tuple(digest(folder / name) for name in split.learnt))


def write_split(split: KeptSplit, run: Path) -> None:
    """Keep ``split`` in the folder of a run."""
    atomic_write(run / SPLIT, json.dumps(asdict(split), indent=0) + "\n")


def read_split(run: Path) -> KeptSplit | None:
    """What a run folder keeps; None where it keeps no lists.

    Raises:
        DataError: they cannot be read.
    """
    path = run / SPLIT
    try:
        found = json.loads(path.read_text())
        split = KeptSplit(**{name: tuple(values) for name, values in found.items()})
        if not {type(value) for value in (*split.mean, *split.std)} <= {int, float}:
            raise ValueError("its mean and std are no numbers")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise DataError(f"lists of photos {path} are damaged: {error}") from error
    return split


@dataclass(frozen=True)
class Reading:
    """How to read a folder of photos.

    Attributes:
        kept: take the photos of these lists; None draws the split from their names.
        as_test: evaluate only: all photos are the test set, those of the split of that name where there is one; of ``kept``, its.
        avoid: photos that are not to be scored.
        classes: that labels are numbers of, where the folder has no others; without any the folder's own.
        skip_broken: leave out, and name, the files that cannot be read, which are an error otherwise.
        may_skip: whether who asks can choose ``skip_broken``, so that errors name it.
        progress: show how far decoding has come, on a terminal.
        cache: folder that remembers which files have been decoded.
        largest: the largest side in pixels that photos are brought to where none is given.
    """

    kept: KeptSplit | None = None
    as_test: bool = False
    avoid: Learnt = Learnt()
    classes: tuple[str, ...] = ()
    skip_broken: bool = False
    may_skip: bool = True
    progress: bool = False
    cache: Path | None = None
    largest: int = LARGEST_SIZE
