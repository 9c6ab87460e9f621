"""``contentmix train`` and ``contentmix resume``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contentmix.catalogue import check_data_name
from contentmix.cli.console import open_console
from contentmix.cli.words import command_line
from contentmix.errors import require
from contentmix.runs.config import config_from, read_config_file


def train_method(method: str, given: dict[str, Any]) -> None:
    """Train with the options of the file, where there is one, and those given, which win."""
    path: Path | None = given.pop("config", None)
    options = read_config_file(path) if path else {}
    named = options.setdefault("method", method)
    require(named == method, f"configuration {path} is for {named}, not {method}: run 'contentmix train {named}'")
    if path:
        options.pop("out", None)  # a new run gets a folder of its own
    config = config_from({**options, **given})
    check_data_name(config.run.data)
    # What is heavy is imported once the words make sense.
    from contentmix.runs.train import train

    _show(train(config, command=command_line()))


def resume_run(folder: Path, epochs: int | None = None, data: str | None = None) -> None:
    """Continue a run, to ``epochs`` and on its data where they are by now, saying which checkpoints could not be read."""
    from contentmix.runs.shared import own_folder
    from contentmix.runs.train import resume

    done, damaged = resume(own_folder(folder), command=command_line(), epochs=epochs, data=data)
    for line in damaged:
        open_console(stderr=True).print(f"contentmix: {line}; the one before was used", soft_wrap=True)
    _show(done)


def _show(folder: Path) -> None:
    from contentmix.report import final_table

    if (folder / "results.json").exists():
        console = open_console()
        console.print(final_table([folder], console.width))
        console.print(f"run folder: {folder}   report: {folder / 'report.html'}", soft_wrap=True)
