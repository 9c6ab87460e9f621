"""Runs that somebody has shared on the Hugging Face hub, where a run's folder stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contentmix.catalogue import HUB
from contentmix.errors import ContentmixError, DataError, require
from contentmix.report import RESULTS

MODEL = "model.safetensors"
_REPO = re.compile(r"[\w.-]+/[\w.-]+")
_FILES = ("config.yaml", MODEL, RESULTS)


def is_shared(run: Path) -> bool:
    """Whether ``run`` is the name of a run on the hub, and no folder."""
    return str(run).startswith(HUB)


def folder_of(run: Path) -> Path:
    """``run`` itself; of one that is shared, the folder in the hub's cache on this machine (``fetch``)."""
    return fetch(str(run)) if is_shared(run) else run


def own_folder(run: Path) -> Path:
    """``run``, whose history or checkpoints are wanted, or which is written to.

    Raises:
        UsageError: it is one that is shared, of which there are weights, options and results only.
    """
    require(
        not is_shared(run),
        f"{run} is shared by its weights, options and results: this takes the folder that it was trained in (evaluate, predict, "
        "export, hybrids and --init take what is shared)",
    )
    return run


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
    check_repo(repo)
    from huggingface_hub import snapshot_download

    with reached(repo):
        folder = Path(
            snapshot_download(repo, revision=revision or None, allow_patterns=list(_FILES), library_name="contentmix")
        )
    missing = [file for file in _FILES if not (folder / file).is_file()]
    if missing:
        raise DataError(f"{HUB}{repo} has no {missing[0]}: it is no run that 'contentmix push' has shared")
    return folder


def check_repo(repo: str) -> None:
    """Raise a ``UsageError`` unless ``repo`` is OWNER/NAME."""
    require(_REPO.fullmatch(repo) is not None, f"repo is '{repo}': it must be OWNER/NAME, as on the Hugging Face hub")


@contextmanager
def reached(repo: str) -> Iterator[None]:
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
