"""``contentmix predict``: a run on photos of one's own."""

from __future__ import annotations

import csv
import glob
import io
import json
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from contentmix.cli.console import open_console
from contentmix.data import find_photos
from contentmix.errors import DataError, require
from contentmix.files import atomic_write, new_files
from contentmix.runs.ensemble import load_ensemble
from contentmix.runs.predict import Prediction, predict_photos


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

    Probabilities are at the run's temperature, or with ``raw`` as the network gives them; a line says which.

    Raises:
        UsageError: nothing is asked, or a file to write exists or is asked for twice.
        DataError: photos could not be read; what is said of the others was printed and written.
    """
    require(len(asked) > 0, "no image is given: contentmix predict RUN PATH...")
    new_files(csv_file, json_file)
    (model,) = load_ensemble([run], device=device)
    model = model.raw if raw else model
    paths, missing = find_photos(asked)
    said: list[Prediction] = []
    failed = [(str(path), _absent(path)) for path in missing]
    for each in predict_photos(model, paths, top):
        if isinstance(each, Prediction):
            said.append(each)
        else:
            failed.append((str(each[0]), str(each[1])))
    if said:
        _print(said, model.calibration.words)
    if csv_file is not None:
        atomic_write(csv_file, _csv(said, failed))
    if json_file is not None:
        atomic_write(json_file, _json(said, failed))
    if failed:
        reasons = "; ".join(reason.partition(": repair")[0] for _, reason in failed)
        raise DataError(f"{len(failed)} of {len(said) + len(failed)} could not be predicted: {reasons}")


def _absent(path: Path) -> str:
    if path.is_dir():
        return f"folder {path} holds no image"
    return f"no image matches {path}" if glob.has_magic(str(path)) else f"image {path} does not exist"


def _print(said: Sequence[Prediction], how: str) -> None:
    console = open_console()
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
    console.print(how, soft_wrap=True)


def printable(text: str, encoding: str) -> str:
    """``text`` with what a terminal of ``encoding`` would not show as it is written as escapes, but for ends of lines."""
    shown = "".join(
        sign if sign.isprintable() or sign == "\n" else sign.encode("unicode_escape").decode() for sign in text
    )
    return shown.encode(encoding, "backslashreplace").decode(encoding)


def _csv(said: Sequence[Prediction], failed: Sequence[tuple[str, str]]) -> str:
    """A line for each photo; those that could not be read have nothing but an error."""
    top, members = (len(said[0].top), len(said[0].votes)) if said else (0, 0)
    ranks = [name for rank in range(1, top + 1) for name in (f"class_{rank}", f"probability_{rank}")]
    header = ["image", *ranks, *(f"member_{number}" for number in range(1, members + 1)), "doubt", "error"]
    buffer = io.StringIO()
    rows = csv.writer(buffer, lineterminator="\n")
    rows.writerow(header)
    for each in said:
        best = [cell for pair in each.top for cell in pair]
        rows.writerow([_text(each.path), *best, *each.votes, "" if each.doubt is None else each.doubt, ""])
    for name, reason in failed:
        rows.writerow([_text(name), *[""] * (len(header) - 2), _text(reason)])
    return buffer.getvalue()


def _json(said: Sequence[Prediction], failed: Sequence[tuple[str, str]]) -> str:
    """A list of one object for each photo."""
    found: list[dict[str, object]] = [
        {
            "image": _text(each.path),
            "classes": [{"class": name, "probability": prob} for name, prob in each.top],
            "votes": list(each.votes),
            "doubt": each.doubt,
        }
        for each in said
    ]
    found += [{"image": _text(name), "error": _text(reason)} for name, reason in failed]
    return json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _text(name: object) -> str:
    """``name`` as text that a file can hold: bytes of a path that are no text are written as escapes."""
    return str(name).encode("utf-8", "backslashreplace").decode()
