"""``contentmix push``: a run to the Hugging Face hub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def push(run: Path, repo: str, *, private: Annotated[bool, Parameter(negative=())] = False) -> None:
    """Share a finished run on the Hugging Face hub: weights, options, results and a model card; load it by cm.load("hf:REPO").

    Args:
        run: Run folder.
        repo: OWNER/NAME of the model, which is made if it is not there. Log in first: hf auth login.
        private: Make one that only you can see.
    """
    from contentmix.cli.console import open_console
    from contentmix.runs.hub import push as share
    from contentmix.runs.shared import own_folder

    open_console().print(f"shared {run} as {share(own_folder(run), repo, private=private)}", soft_wrap=True)
