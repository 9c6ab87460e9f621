"""What is measured of a finished run beyond its record, and kept beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from contentmix.choices import Corrupted
from contentmix.files import atomic_write
from contentmix.options.run import RunOptions
from contentmix.report import CORRUPTIONS, COST, OOD, QUALITY, USAGE
from contentmix.runs.analysis import usage
from contentmix.runs.corrupted import GENERATED, corruptions_of, generate, generated_in, is_whole
from contentmix.runs.costs import measure_cost
from contentmix.runs.ensemble import load_ensemble
from contentmix.runs.generators import load_generator
from contentmix.runs.hybrid_measures import content_in_context, measure_hybrids, reconstruction_error
from contentmix.runs.model import load_model
from contentmix.runs.out_of_distribution import evaluate_detection, read_others
from contentmix.runs.robustness import evaluate_corruptions
from contentmix.runs.shapes import Shapes


@dataclass(frozen=True)
class Measures:
    """Which measures a run has.

    Attributes:
        usage: feature usage, and the activity of filters.
        corruptions: where corrupted images of the test set come from, of which there are figures.
        others: data of other classes, which its certainty should tell from its own.
        cost: what it costs, as measured.
        oracle: the run of the classifier that measures its hybrids.
    """

    usage: bool = False
    corruptions: Corrupted | None = None
    others: str | None = None
    cost: bool = False
    oracle: Path | None = None

    def missing(self, run: Path) -> list[str]:
        """Files that are not there yet, but for that of its cost, which is measured once nothing is trained any more."""
        wanted = {
            USAGE: self.usage,
            QUALITY: self.oracle is not None,
            CORRUPTIONS: self.corruptions is not None,
            OOD.file: self.others is not None,
        }
        return [name for name, asked in wanted.items() if asked and not (run / name).exists()]

    def check(self, run: Path, options: RunOptions, shapes: Shapes) -> None:
        """Before ``run`` is trained: raise a ``ContentmixError`` where what is missing of it cannot be measured here."""
        missing = self.missing(run)
        if CORRUPTIONS in missing:
            assert self.corruptions is not None
            if self.corruptions != GENERATED or self._to_generate(run, options, shapes) is not None:
                corruptions_of(options, self.corruptions)
        if OOD.file in missing:
            assert self.others is not None
            read_others(self.others, shapes.of(options), options)

    def prepare(self, run: Path, options: RunOptions, shapes: Shapes, tell: Callable[[str], None]) -> None:
        """Make what several runs beside ``run`` are measured on, where that is wanted and missing, and ``tell`` of it before."""
        place = self._to_generate(run, options, shapes)
        if place is not None:
            tell(f"generating corrupted test images in {place}, once for all runs")
            generate(options, place)

    def _to_generate(self, run: Path, options: RunOptions, shapes: Shapes) -> Path | None:
        """Where corrupted images are to be generated; None where that is not wanted, or done."""
        if self.corruptions != GENERATED or CORRUPTIONS not in self.missing(run):
            return None
        place = generated_in(run.parent, options, shapes.of(options).image_size)
        return None if is_whole(place) else place

    def make(self, run: Path, members: Sequence[Path], device: str) -> None:
        """Measure what is missing of ``run``, which predicts by the runs ``members`` together, on ``device``."""
        made: dict[str, Callable[[], None]] = {
            USAGE: lambda: usage(run, device).save(run / USAGE),
            QUALITY: lambda: self._hybrids(run, device),
            CORRUPTIONS: lambda: self._corruptions(run, members, device),
            OOD.file: lambda: self._others(run, members, device),
        }
        for name in self.missing(run):
            made[name]()

    def make_cost(self, run: Path, members: Sequence[Path], device: str) -> None:
        """Measure what ``run`` costs on ``device`` where that is missing: by itself, as what runs beside it takes its time."""
        if self.cost and not (run / COST.file).exists():
            save_json(measure_cost(members, device), run / COST.file)

    def _hybrids(self, run: Path, device: str) -> None:
        assert self.oracle is not None
        save_json(quality(run, self.oracle, device=device), run / QUALITY)

    def _corruptions(self, run: Path, members: Sequence[Path], device: str) -> None:
        assert self.corruptions is not None
        models = load_ensemble(members, device=device)
        options, size = models[0].config.run, models[0].inputs.image_size
        generated = self.corruptions == GENERATED
        folder = (
            str(generated_in(run.parent, options, size)) if generated else corruptions_of(options, self.corruptions)
        )
        record = evaluate_corruptions(models, folder)
        # The folder of a study may move.
        (replace(record, source=GENERATED) if generated else record).save(run / CORRUPTIONS)

    def _others(self, run: Path, members: Sequence[Path], device: str) -> None:
        assert self.others is not None
        evaluate_detection(load_ensemble(members, device=device), self.others).save(run / OOD.file)


def quality(run: Path, oracle: Path, seed: int = 0, device: str = "auto") -> dict[str, Any]:
    """Figures of each kind of hybrid (``measure_hybrids``), and where they come from.

    Args:
        run: of the generator.
        oracle: run of a classifier trained on all labels.
        seed: of the pairs of parents.
        device: where to compute.
    """
    generator, judge = load_generator(run, device), load_model(oracle, device=device)
    found = {name: each.to_dict() for name, each in measure_hybrids(generator, judge, seed).items()}
    own = {
        "content_in_context": content_in_context(generator),
        "reconstruction_error": reconstruction_error(generator),
    }
    return {"run": str(run), "oracle": str(oracle), "seed": seed, **own, **found}


def save_json(record: dict[str, Any], path: Path) -> None:
    """Write a record."""
    atomic_write(path, json.dumps(record, indent=2, allow_nan=False) + "\n")
