"""``python -m contentmix.runs train|resume FOLDER COMMAND [CONFIG]``: one run in a process of its own, recorded as COMMAND's.

The processes of several devices are started by repeating the words of the first: they must be of one run alone.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from contentmix.errors import ContentmixError
from contentmix.runs.config import config_from, read_config_file
from contentmix.runs.train import resume, train


def main(words: Sequence[str]) -> int:
    """Do what ``words`` say, and return the exit code; what went wrong is the last line of standard error."""
    what, folder, command, *file = words
    try:
        if what == "resume":
            resume(Path(folder), command=command or None)
        else:
            train(config_from({**read_config_file(Path(file[0])), "out": folder}), command=command or None)
    except ContentmixError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
