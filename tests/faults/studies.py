"""A small study, performed by processes that are killed or disturb each other."""

import sys
from pathlib import Path

from contentmix.errors import ContentmixError
from contentmix.studies.plan import Request
from contentmix.studies.run_study import run_study
from contentmix.studies.study import Row, Scale, Study

PERFORM = f"{__name__}:perform"
OPTIONS = {
    "data": "digits", "network": "wrn-10-1", "epochs": 1, "batch_size": 512, "checkpoint_every": 1, "workers": 0,
    "select": "last", "device": "cpu",
}  # fmt: skip
ROWS = (Row("mimo", "mimo", {"batch_repetition": 1}), Row("vanilla", "supervised"))


def request(folder, rows=("mimo", "vanilla"), seeds=2):
    study = Study("tiny", "", ROWS, {"small": Scale(OPTIONS)}, kind="table", command=("reproduce", "tiny"))
    return Request(study, Path(folder), scale="small", seeds=seeds, rows=list(rows))


def perform(words):
    """Perform the rows that follow the folder, one seed of each where one is named; what fails is said, a line for each."""
    folder, *rows = words
    try:
        outcome = run_study(request(folder, rows, 1) if rows else request(folder))
    except ContentmixError as error:
        print(f"contentmix: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    for name, why in outcome.failed.items():
        print(f"contentmix: {name}: {why}", file=sys.stderr)
    sys.exit(1 if outcome.failed else 0)
