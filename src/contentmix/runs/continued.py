"""What a run was trained as, held against what it would be continued as."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from contentmix.catalogue import can_move
from contentmix.data import SPLIT
from contentmix.errors import UsageError, require
from contentmix.options.run import CONTINUED_BY
from contentmix.runs.config import Config
from contentmix.runs.folder import LABELLED

# Where files of it lie, which may have moved.
_PLACES = frozenset({"init", "generator"})
_LISTS = "lists"


def what_decides(config: Config, folder: Path) -> dict[str, Any]:
    """The options of ``config`` that decide what comes out, and digests of its lists of images, as checkpoints carry them."""
    options = {name: value for name, value in config.flat().items() if name not in CONTINUED_BY | _PLACES}
    if can_move(config.run.data):
        del options["data"]
    if isinstance(config.run.labels, Path):
        del options["labels"]
    lists = {name: folder / name for name in (LABELLED, SPLIT) if (folder / name).is_file()}
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for name, path in lists.items()}
    return {**options, _LISTS: digests}


def check_unchanged(config: Config, trained: dict[str, Any] | None, folder: Path) -> None:
    """Raise a ``UsageError`` where ``config`` is not what a checkpoint was trained as, but for more epochs.

    Args:
        config: of the run folder, with the epochs that are asked for.
        trained: ``what_decides`` when the checkpoint was written; None in those of older versions.
        folder: of the run.
    """
    if trained is None:
        return
    now = what_decides(config, folder)
    for name, digest in trained.get(_LISTS, {}).items():
        require(
            now[_LISTS].get(name) == digest,
            f"{folder / name} is not what the run was trained with: put that back, or train anew with another --out",
        )
    before, asked = trained["epochs"], now["epochs"]
    require(
        asked >= before,
        f"epochs is {asked}, and run {folder} was begun with {before}: choose more to train it longer",
    )
    now["epochs"] = before
    if "data" not in trained:
        require(
            "data" not in now,
            f"run {folder} was trained with a folder of photos, its config.yaml now says data {config.run.data}: put the folder "
            "back, or train anew with another --out",
        )
    # An option that is younger than the run had its default's effect.
    for name, was in trained.items():
        if name != _LISTS and name in now and now[name] != was:
            raise UsageError(
                f"run {folder} was trained with {name} {was}, its config.yaml now says {now[name]}: put {was} back, or train "
                "anew with another --out"
            )
