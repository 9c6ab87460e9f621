"""Data sets of the Hugging Face ``datasets`` library: their splits, and their columns of images and labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from contentmix.errors import DataError

# Larger images are brought to this size, unless another is asked for: they are all in memory.
LARGEST_PX = 224
_LABELS = ("label", "labels", "class", "target", "category")
_TESTS = ("test", "validation", "valid", "val")


class Table:
    """A ``datasets.Dataset`` as items (image, label).

    Args:
        table: of one split.
        image: name of the column of images (default: the only one of the feature ``Image``).
        label: name of the column of labels (default: the only ``ClassLabel``, or else the only one called ``label`` or the like).
        classes: names that labels are numbered by (default: those of the ``ClassLabel``, or what there is in the column).
        what: for messages.

    Raises:
        DataError: no column is the one, or several are; labels that are none of ``classes``.
    """

    def __init__(
        self, table: Any, image: str | None, label: str | None, classes: Sequence[str] | None, what: str
    ) -> None:
        features = {name: type(feature).__name__ for name, feature in table.features.items()}
        images = [name for name, kind in features.items() if kind == "Image"]
        labels = [name for name, kind in features.items() if kind == "ClassLabel"]
        labels = labels or [name for name in features if name in _LABELS]
        self._image = _column("image", image, images, features, what)
        self._label = _column("label", label, labels, features, what)
        self._rows = table.with_format(None).select_columns([self._image, self._label])
        values = list(self._rows[self._label])
        names = getattr(table.features[self._label], "names", None)
        if names is None and values and isinstance(values[0], str):
            names = sorted({str(value) for value in values})
            values = [names.index(str(value)) for value in values]
        self.classes = tuple(map(str, classes or names or range(1 + max(values, default=0))))
        self.labels = [_number(value, names, self.classes, what) for value in values]

    @property
    def image_size(self) -> int | None:
        """Side in pixels that images are brought to, unless told otherwise: that of the first, at most 224."""
        first = self._rows[0][self._image] if len(self) else None
        return min(LARGEST_PX, *first.size) if isinstance(first, Image.Image) else None

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        return self._rows[index][self._image], self.labels[index]


def open_tables(
    train: Any, test: Any, image: str | None, label: str | None, classes: Sequence[str] | None, name: str
) -> tuple[Any, Any]:
    """``train`` and ``test`` as items, where they are a ``Dataset`` or a ``DatasetDict`` of some; anything else as it is.

    Args:
        train: its split ``train``, or the only one, is learnt from.
        test: its split ``test`` or ``validation``, or the only one (default: that of ``train``, where it has one).
        image: as of ``Table``.
        label: likewise.
        classes: likewise.
        name: for messages.

    Raises:
        DataError: no split is the one; columns as of ``Table``.
    """
    if isinstance(train, Mapping) and test is None:
        test = next((train[split] for split in _TESTS if split in train), None)
    learnt = _open(_split(train, ("train",), name), image, label, classes, f"training set of {name}")
    if isinstance(learnt, Table):
        classes = learnt.classes
    return learnt, _open(_split(test, _TESTS, name), image, label, classes, f"test set of {name}")


def _split(given: Any, wanted: Sequence[str], name: str) -> Any:
    if not isinstance(given, Mapping):
        return given
    found = [split for split in wanted if split in given] or (list(given) if len(given) == 1 else [])
    if not found:
        raise DataError(
            f"{name} has the splits {', '.join(given)}, and none is called {wanted[0]}: give the one to use"
        )
    return given[found[0]]


def _open(given: Any, image: str | None, label: str | None, classes: Sequence[str] | None, what: str) -> Any:
    is_table = all(hasattr(given, name) for name in ("features", "select_columns", "with_format", "__len__"))
    return Table(given, image, label, classes, what) if is_table else given


def _column(kind: str, given: str | None, found: list[str], features: Mapping[str, str], what: str) -> str:
    columns = ", ".join(f"{name} ({feature})" for name, feature in features.items())
    if given is not None and given not in features:
        raise DataError(f"the {what} has no column '{given}' for the {kind} (there are: {columns})")
    if given is None and len(found) != 1:
        raise DataError(
            f"{'no column' if not found else 'more than one column'} of the {what} could be the {kind} (there are: {columns}): "
            f'name it, by as_data(..., {kind}_column="NAME") or --data "hf:NAME?{kind}=NAME"'
        )
    return given or found[0]


def _number(value: Any, names: Sequence[str] | None, classes: Sequence[str], what: str) -> int:
    """A label among ``classes``: by its name where the data set has names, which may stand in another order."""
    number = int(value)
    renamed = names is not None and len(names) == len(classes) and set(names) != set(classes)
    if names is None or renamed:
        return number
    if not 0 <= number < len(names):
        raise DataError(f"label {number} in the {what} is none of its {len(names)} classes")
    if names[number] not in classes:
        raise DataError(f"class '{names[number]}' of the {what} is not among the {len(classes)} classes to tell apart")
    return classes.index(names[number])
