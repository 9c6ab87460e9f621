"""What a person opens the page of a run for, beyond its figures: ``details.json`` in its folder."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from contentmix.errors import DataError
from contentmix.files import atomic_write
from contentmix.report.read_json import check_fields, read_json
from contentmix.report.thumbnails import Picture

DETAILS = "details.json"
_KIND = "a record of details"
_PICTURES = ("mistakes", "doubtful", "views")


@dataclass(frozen=True, kw_only=True)
class AtTemperature:
    """Figures of the test set at the temperature of the model.

    Attributes:
        value: the temperature, 1 where none was fitted
        words: how it came about, in a line
        nll: in nats
        ece: in [0, 1]
        reliability: the bins behind it, as of ``metrics.Evaluation``
    """

    value: float
    words: str
    nll: float
    ece: float
    reliability: dict[str, list[Any]]


@dataclass(frozen=True, kw_only=True)
class ClassFigures:
    """One class: its name, its training and test images, how many of the latter are right, and what it is mostly taken for."""

    name: str
    train: int
    test: int
    right: int
    taken_for: str

    @property
    def accuracy(self) -> float:
        """In %; above all others where there is no test image."""
        return 100 * self.right / self.test if self.test else 101.0


@dataclass(frozen=True, kw_only=True)
class Details:
    """A run's model on its test set, image by image and class by class; probabilities are at its temperature.

    Attributes:
        classes: names
        train_counts: (k,) labelled images that it was trained on
        confusions: true class, named class and how many images, for every pair that occurs
        coverage: ``share``, ``accuracy`` in % and ``confidence``, as of ``metrics.Coverage``
        temperature: figures at it
        mistakes: wrong ones, the surest first
        doubtful: the least sure first
        views: of training images, as the network sees them
    """

    classes: list[str]
    train_counts: list[int]
    confusions: list[list[int]]
    coverage: dict[str, list[float]]
    temperature: AtTemperature
    mistakes: tuple[Picture, ...]
    doubtful: tuple[Picture, ...]
    views: tuple[Picture, ...]

    @property
    def per_class(self) -> list[ClassFigures]:
        """In the order of the classes."""
        test, right, taken = Counter[int](), Counter[int](), dict[int, tuple[int, int]]()
        for truth, said, count in self.confusions:
            test[truth] += count
            if truth == said:
                right[truth] = count
            elif count > taken.get(truth, (0, 0))[0]:
                taken[truth] = (count, said)
        return [
            ClassFigures(
                name=name, train=self.train_counts[i], test=test[i], right=right[i],
                taken_for=f"{self.classes[taken[i][1]]} ({taken[i][0]})" if i in taken else "",
            )
            for i, name in enumerate(self.classes)
        ]  # fmt: skip

    @property
    def majority(self) -> ClassFigures:
        """The class of most training images: naming it always is what any network has to beat."""
        return self.per_class[self.train_counts.index(max(self.train_counts))]

    @property
    def baseline(self) -> float:
        """Accuracy of always naming the ``majority``, in %."""
        return 100 * self.majority.test / sum(count for _, _, count in self.confusions)

    @property
    def matrix(self) -> list[tuple[ClassFigures, list[int]]]:
        """Each true class, and how many of its images were taken for each."""
        rows = [[0] * len(self.classes) for _ in self.classes]
        for truth, said, count in self.confusions:
            rows[truth][said] = count
        return list(zip(self.per_class, rows, strict=True))

    @property
    def decided(self) -> list[tuple[float, float, float]]:
        """Share that the network decides, accuracy on it in %, and the lowest confidence in it."""
        return list(zip(*(self.coverage[name] for name in ("share", "accuracy", "confidence")), strict=True))

    def save(self, path: Path) -> None:
        """Write the record as JSON."""
        atomic_write(path, json.dumps(asdict(self), ensure_ascii=False, allow_nan=False) + "\n")

    @staticmethod
    def load(path: Path) -> Details:
        """Read a record; a ``DataError`` if it is none."""
        content = read_json(path, _KIND)
        check_fields(content, Details, path, _KIND)
        check_fields(content["temperature"], AtTemperature, path, _KIND)
        for name in _PICTURES:
            for picture in content[name]:
                check_fields(picture, Picture, path, _KIND)
            content[name] = tuple(Picture(**picture) for picture in content[name])
        check_fields(content["coverage"], _Coverage, path, _KIND)
        check_fields(content["temperature"]["reliability"], _Bins, path, _KIND)
        found = Details(**content | {"temperature": AtTemperature(**content["temperature"])})
        wrong = next((what for what, right in found._checks() if not right), None)
        if wrong is not None:
            raise DataError(f"{path} is not {_KIND}: {wrong}")
        return found

    def _checks(self) -> Iterator[tuple[str, bool]]:
        """What is wrong where the second is False; the types of all fields are right."""
        names = range(len(self.classes))
        right = (len(c) == 3 and c[0] in names and c[1] in names and c[2] > 0 for c in self.confusions)
        yield "it has no whole counts of confusions", bool(self.confusions) and all(right)
        counts = self.train_counts
        yield "its training images are not those of its classes", len(counts) == len(names) and min(counts) >= 0
        for kind, lists in (("coverage", self.coverage), ("reliability", self.temperature.reliability)):
            lengths = set(map(len, lists.values()))
            yield f"the lists of its {kind} are not of one length", len(lengths) == 1 and 0 not in lengths
        pictures = (*self.mistakes, *self.doubtful, *self.views)
        yield "one of its pictures is none", all(picture.whole for picture in pictures)


@dataclass(frozen=True, kw_only=True)
class _Coverage:
    share: list[float]
    accuracy: list[float]
    confidence: list[float]


@dataclass(frozen=True, kw_only=True)
class _Bins:
    confidence: list[float | None]
    accuracy: list[float | None]
    count: list[int]


def load_details(run: Path) -> Details | None:
    """Those of the run in folder ``run``, None where there are none: older runs, and some that were evaluated in another way."""
    return Details.load(run / DETAILS) if (run / DETAILS).is_file() else None
