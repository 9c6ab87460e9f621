"""What is measured of a finished run beyond its record, and kept beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contentmix.data import corruption_library, data_root
from contentmix.files import atomic_write
from contentmix.options.run import RunOptions
from contentmix.report import CORRUPTIONS, QUALITY, USAGE
from contentmix.runs.analysis import usage
from contentmix.runs.ensemble import load_ensemble
from contentmix.runs.generators import load_generator
from contentmix.runs.hybrid_measures import content_in_context, measure_hybrids
from contentmix.runs.model import load_model
from contentmix.runs.robustness import GENERATED, evaluate_corruptions


@dataclass(frozen=True)
class Measures:
    """Which measures a run has.

    Attributes:
        usage: feature usage, and the activity of filters.
        corruptions: figures under corruptions of the test set.
        oracle: the run of the classifier that measures its hybrids.
    """

    usage: bool = False
    corruptions: bool = False
    oracle: Path | None = None

    def missing(self, run: Path) -> list[str]:
        """Files that are not there yet."""
        wanted = {USAGE: self.usage, QUALITY: self.oracle is not None, CORRUPTIONS: self.corruptions}
        return [name for name, asked in wanted.items() if asked and not (run / name).exists()]

    def check(self, run: Path, options: RunOptions) -> None:
        """Before ``run`` is trained: raise a ``UsageError`` where what is missing of it cannot be measured here."""
        if CORRUPTIONS in self.missing(run) and _corrupted(options) == GENERATED:
            corruption_library()

    def make(self, run: Path, members: Sequence[Path]) -> None:
        """Measure what is missing of ``run``, which predicts by the runs ``members`` together."""
        made: dict[str, Callable[[], None]] = {
            USAGE: lambda: usage(run).save(run / USAGE),
            QUALITY: lambda: self._hybrids(run),
            CORRUPTIONS: lambda: _corruptions(run, members),
        }
        for name in self.missing(run):
            made[name]()

    def _hybrids(self, run: Path) -> None:
        assert self.oracle is not None
        save_json(quality(run, self.oracle), run / QUALITY)


def quality(run: Path, oracle: Path, seed: int = 0) -> dict[str, Any]:
    """Figures of a generator's ``hybrids``, of those of ``mixup`` and ``fda`` from the same parents, and where they come from.

    Args:
        run: of the generator.
        oracle: run of a classifier trained on all labels.
        seed: of the pairs of parents.
    """
    generator = load_generator(run)
    found = {name: each.to_dict() for name, each in measure_hybrids(generator, load_model(oracle), seed).items()}
    left = content_in_context(generator)
    return {"run": str(run), "oracle": str(oracle), "seed": seed, "content_in_context": left, **found}


def save_json(record: dict[str, Any], path: Path) -> None:
    """Write a record."""
    atomic_write(path, json.dumps(record, indent=2, allow_nan=False) + "\n")


def _corruptions(run: Path, members: Sequence[Path]) -> None:
    models = load_ensemble(members)
    evaluate_corruptions(models, _corrupted(models[0].config.run)).save(run / CORRUPTIONS)


def _corrupted(options: RunOptions) -> str:
    """CIFAR-100-C's files where they are those of the data and there, as in the thesis."""
    files = data_root(options.data_root) / "CIFAR-100-C"
    return str(files) if options.data == "cifar100" and files.is_dir() else GENERATED
