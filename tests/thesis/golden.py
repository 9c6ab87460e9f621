"""Every row of every table, and of the headlines, at the thesis's scale, one line each, as it is trained: ``python -m tests.thesis.golden --write``.

The files are committed, so that a change of recipe is seen in review.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from contentmix.data import DataSource, blank_data
from contentmix.options.methods import method_defaults
from contentmix.options.run import ELSEWHERE, RunOptions
from contentmix.runs.config import Config
from contentmix.runs.prepare import resolved
from contentmix.studies.study import Row, Study
from contentmix.thesis.studies import STUDIES

FOLDER = Path(__file__).with_name("golden")
COMMAND = "python -m tests.thesis.golden --write"


@cache
def _blank(data: str, image_size: int | None) -> DataSource:
    with TemporaryDirectory() as folder:
        return blank_data(data, Path(folder), image_size=image_size)


def resolved_config(study: Study, row: Row, scale: str) -> Config:
    """The configuration of a row's run of seed 0 with nothing left open, by data of the shape of its own."""
    config = study.config(row, scale, 0)
    data = _blank(config.run.data, config.run.image_size)
    if config.run.labels is not None:
        data = replace(data, unlabelled=data.train)  # that there are some is all that matters
    return resolved(config, data)


def all_rows(study: Study, scale: str) -> list[Row]:
    """The lines of a study at a scale, and its helpers with their options there."""
    where = study.scale(scale)
    return [*study.lines(scale), *map(where.row, study.helpers)]


def line(study: Study, row: Row, scale: str = "thesis") -> str:
    """Name, method, and every option that is not the plain default of the method or of a run, in alphabetical order."""
    config = resolved_config(study, row, scale)
    defaults = {**asdict(RunOptions()), **method_defaults(config.method)}
    flat = {**asdict(config.run), **method_defaults(config.method), **config.method_options}
    own = {name: value for name, value in flat.items() if value != defaults[name] and name not in ELSEWHERE}
    shared = [] if row.trained_as is None else [f"[{row.nets} x {row.trained_as}]"]
    return " ".join([row.name, config.method, *shared, *(f"{name}={_text(own[name])}" for name in sorted(own))])


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return ",".join(map(_text, value)) if isinstance(value, tuple) else str(value)


def lines(study: Study) -> str:
    """The file of a table."""
    return "".join(f"{line(study, row)}\n" for row in all_rows(study, "thesis"))


def main() -> None:
    """Write the files."""
    if "--write" not in sys.argv[1:]:
        sys.exit(f"to write the golden files of all tables: {COMMAND}")
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.txt"):
        old.unlink()
    for name, study in STUDIES.items():
        (FOLDER / f"{name}.txt").write_text(lines(study))


if __name__ == "__main__":
    main()
