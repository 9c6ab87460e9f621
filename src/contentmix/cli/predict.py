"""``contentmix predict``: a run on photos of one's own."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from contentmix.cli.console import open_console
from contentmix.cli.counting import counting
from contentmix.cli.predicted_files import CsvFile, JsonFile, Said
from contentmix.data import find_photos
from contentmix.errors import DataError, Interrupted, require
from contentmix.files import new_files
from contentmix.runs.ensemble import load_ensemble
from contentmix.runs.predict import BATCH, Prediction, members_of, predict_photos

_REASONS = 10  # of photos that could not be predicted, which a line has place for


def predict_images(
    run: Path,
    asked: Sequence[Path],
    top: int = 1,
    csv_file: Path | None = None,
    json_file: Path | None = None,
    raw: bool = False,
    device: str = "auto",
) -> None:
    """Print, and write where asked, what ``run`` says of photos, folders of photos, and those that match patterns.

    Batches are printed and written as they come, and both files are in order after each: what ends the work leaves what is done.
    Probabilities are at the run's temperature, or with ``raw`` as the network gives them; a line says which.

    Raises:
        UsageError: nothing is asked, or a file to write exists or is asked for twice.
        DataError: photos could not be read; what is said of the others was printed and written.
        Interrupted: by Ctrl-C; what was done is kept.
    """
    require(len(asked) > 0, "no image is given: contentmix predict RUN PATH...")
    new_files(csv_file, json_file)
    (model,) = load_ensemble([run], device=device)
    model = model.raw if raw else model
    paths, missing = find_photos(asked)
    files: list[CsvFile | JsonFile] = []
    if csv_file is not None:
        files.append(CsvFile(csv_file, top, members_of(model)))
    if json_file is not None:
        files.append(JsonFile(json_file))
    console, failures, done = open_console(), Failures(), 0
    absent: list[Said] = [(path, DataError(_absent(path))) for path in missing]
    total = len(paths) + len(absent)
    try:
        with counting(total, console) as count:
            for said in chain(_batches(predict_photos(model, paths, top)), [absent] if absent else []):
                if predictions := [each for each in said if isinstance(each, Prediction)]:
                    _print(predictions, console)
                failures.note(said)
                done += len(said)
                for file in files:
                    file.add(said)
                count(done)
    except KeyboardInterrupt as stop:
        kept = "".join(f"; {file} is kept" for file in (csv_file, json_file) if file is not None and file.exists())
        raise Interrupted(f"interrupted after {done:,} of {total:,} photos{kept}") from stop
    if failures.count < done:
        console.print(model.calibration.words, soft_wrap=True)
    if failures.count:
        raise DataError(f"{failures.count} of {done} could not be predicted: {failures.words}")


@dataclass
class Failures:
    """Photos of which nothing could be said, the first of them with reasons."""

    count: int = 0
    reasons: list[str] = field(default_factory=list)

    def note(self, said: Sequence[Said]) -> None:
        """Count those in ``said``."""
        found = [str(each[1]).partition(": repair")[0] for each in said if isinstance(each, tuple)]
        self.count += len(found)
        self.reasons += found[: _REASONS - len(self.reasons)]

    @property
    def words(self) -> str:
        """What there is to say of them on one line."""
        others = self.count - len(self.reasons)
        return "; ".join(self.reasons) + (f"; and {others:,} others" if others else "")


def _batches(said: Iterator[Said]) -> Iterator[list[Said]]:
    """As they are computed."""
    while batch := list(islice(said, BATCH)):
        yield batch


def _absent(path: Path) -> str:
    if path.is_dir():
        return f"folder {path} holds no image"
    return f"no image matches {path}" if glob.has_magic(str(path)) else f"image {path} does not exist"


def _print(said: Sequence[Prediction], console: Console) -> None:
    table = Table("image", "class", "probability", "members' votes", "doubt")
    for column in table.columns[:4]:
        column.overflow = "fold"  # a name that is cut is no longer told from others
    for each in said:
        cells = [
            str(each.path),
            "\n".join(name for name, _ in each.top),
            "\n".join(f"{100 * prob:.1f} %" for _, prob in each.top),
            ", ".join(each.votes),
            "-" if each.doubt is None else f"{each.doubt:.3f}",
        ]
        table.add_row(*(Text(printable(cell, console.encoding)) for cell in cells))
    console.print(table)


def printable(text: str, encoding: str) -> str:
    """``text`` with what a terminal of ``encoding`` would not show as it is written as escapes, but for ends of lines."""
    shown = "".join(
        sign if sign.isprintable() or sign == "\n" else sign.encode("unicode_escape").decode() for sign in text
    )
    return shown.encode(encoding, "backslashreplace").decode(encoding)
