"""Runs on the Hugging Face hub: what is shared of one, and one that somebody has shared as a folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from contentmix.catalogue import DATA_SETS, HUB
from contentmix.errors import ContentmixError, DataError, require
from contentmix.given import OBJECT
from contentmix.report import RESULTS, load_record, model_card
from contentmix.runs.config import as_yaml, config_of
from contentmix.runs.model import MODEL, check_model

_REPO = re.compile(r"[\w.-]+/[\w.-]+")
# From the root, from home, or from here; not the second half of OWNER/NAME.
_PLACE = re.compile(r"(?<![\w.])(?:~|/|\.{1,2}/)[^\s'\",]*")
_FILES = ("config.yaml", MODEL, RESULTS)


def push(run: Path, repo: str, *, private: bool = False) -> str:
    """Share a finished run as the model ``repo``, made if it is not there, in one commit.

    What is shared is its weights, its options and its results, with a model card, but no path of this machine: of folders and
    files only the last name is told.

    Args:
        run: its folder.
        repo: OWNER/NAME.
        private: whether only its owner sees a model that is made now.

    Returns:
        The address of the model.

    Raises:
        UsageError: ``repo`` is no such name.
        DataError: ``run`` has not finished.
        CheckpointError: its weights are damaged.
        ContentmixError: the hub says no, or cannot be reached.
    """
    _check(repo)
    from huggingface_hub import CommitOperationAdd, HfApi

    record, inputs = load_record(run), check_model(run / MODEL)
    record = replace(record, data=_name(record.data), command=without_places(record.command))
    train = {name: without_places(value) if isinstance(value, str) else value for name, value in record.train.items()}
    record = replace(record, train=train)
    card = model_card(record, inputs.classes, inputs.channels, inputs.image_size, repo)
    content = {"config.yaml": _config(run), RESULTS: record.text(), "README.md": card}
    operations = [CommitOperationAdd(name, text.encode()) for name, text in content.items()]
    operations.append(CommitOperationAdd(MODEL, run / MODEL))
    with _reached(repo):
        api = HfApi(library_name="contentmix")
        address = api.create_repo(repo, private=private, exist_ok=True)
        api.create_commit(repo, operations, commit_message=f"{record.method} on {record.data}")
    return str(address)


def fetch(name: str) -> Path:
    """The folder of the run that is shared as ``name``, in the hub's cache on this machine.

    Args:
        name: ``hf:OWNER/NAME``, or ``hf:OWNER/NAME@REVISION``.

    Raises:
        UsageError: it is no such name.
        DataError: it is not there, or was not shared by ``push``.
        ContentmixError: the hub cannot be reached, and it is not in the cache.
    """
    repo, _, revision = name.removeprefix(HUB).partition("@")
    _check(repo)
    from huggingface_hub import snapshot_download

    with _reached(repo):
        folder = Path(
            snapshot_download(repo, revision=revision or None, allow_patterns=list(_FILES), library_name="contentmix")
        )
    missing = [file for file in _FILES if not (folder / file).is_file()]
    if missing:
        raise DataError(f"{HUB}{repo} has no {missing[0]}: it is no run that 'contentmix push' has shared")
    return folder


def without_places(text: str) -> str:
    """``text`` with the last names of the files and folders in it: where they lie is nobody's business."""
    return _PLACE.sub(lambda place: Path(place[0]).name, text)


def _config(run: Path) -> str:
    """The file of the run's options, and what it says of objects, without places."""
    lines = (run / "config.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    notes = [line for line in lines if line.startswith("#")]
    config = config_of(run)
    options = {name: value.name if isinstance(value, Path) else value for name, value in config.options().items()}
    options |= {"data": _name(config.run.data), "data_root": None, "out": None}
    return "".join(notes) + as_yaml(options)


def _name(data: str) -> str:
    return without_places(data) if data in DATA_SETS or data.startswith((OBJECT, HUB)) else Path(data).name


def _check(repo: str) -> None:
    require(_REPO.fullmatch(repo) is not None, f"repo is '{repo}': it must be OWNER/NAME, as on the Hugging Face hub")


@contextmanager
def _reached(repo: str) -> Iterator[None]:
    """What goes wrong on the way to the hub, in a line."""
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        yield
    except RepositoryNotFoundError as error:
        raise DataError(
            f"{HUB}{repo} is not on the hub, or is not yours to see: name another, or log in with 'hf auth login'"
        ) from error
    except Exception as error:  # whatever the library that speaks HTTP for it raises
        reason = " ".join(str(error).split())
        raise ContentmixError(f"the Hugging Face hub could not be asked for {repo}: {reason}") from error
