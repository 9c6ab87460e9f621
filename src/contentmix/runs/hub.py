"""What is shared of a run on the Hugging Face hub."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from contentmix.catalogue import DATA_SETS, HUB
from contentmix.given import OBJECT
from contentmix.report import RESULTS, load_record, model_card
from contentmix.runs.config import as_yaml, config_of
from contentmix.runs.model import MODEL, check_model
from contentmix.runs.shared import check_repo, is_shared, reached

# From the root, from home, or from here; not the second half of OWNER/NAME.
_PLACE = re.compile(r"(?<![\w.])(?:~|/|\.{1,2}/)[^\s'\",]*")


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
    check_repo(repo)
    from huggingface_hub import CommitOperationAdd, HfApi

    record, inputs = load_record(run), check_model(run / MODEL)
    record = replace(record, data=_name(record.data), command=without_places(record.command))
    train = {name: without_places(value) if isinstance(value, str) else value for name, value in record.train.items()}
    record = replace(record, train=train)
    card = model_card(record, inputs.classes, inputs.channels, inputs.image_size, repo)
    content = {"config.yaml": _config(run), RESULTS: record.text(), "README.md": card}
    operations = [CommitOperationAdd(name, text.encode()) for name, text in content.items()]
    operations.append(CommitOperationAdd(MODEL, run / MODEL))
    with reached(repo):
        api = HfApi(library_name="contentmix")
        address = api.create_repo(repo, private=private, exist_ok=True)
        api.create_commit(repo, operations, commit_message=f"{record.method} on {record.data}")
    return str(address)


def without_places(text: str) -> str:
    """``text`` with the last names of the files and folders in it: where they lie is nobody's business."""
    return _PLACE.sub(lambda place: Path(place[0]).name, text)


def _config(run: Path) -> str:
    """The file of the run's options, and what it says of objects, without places."""
    lines = (run / "config.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    notes = [line for line in lines if line.startswith("#")]
    config = config_of(run)
    options = {name: _last(value) if isinstance(value, Path) else value for name, value in config.options().items()}
    options |= {"data": _name(config.run.data), "data_root": None, "out": None}
    return "".join(notes) + as_yaml(options)


def _last(place: Path) -> str:
    return str(place) if is_shared(place) else place.name


def _name(data: str) -> str:
    return without_places(data) if data in DATA_SETS or data.startswith((OBJECT, HUB)) else Path(data).name
