"""Draw mutants of a room: ``python tests/mutation/sample.py training 300 7`` prints the names of 300 drawn by seed 7."""

import json
import random
import sys
from pathlib import Path


def mutants(room: str) -> list[str]:
    """The names of all mutants of a room, which ``mutmut run`` has written."""
    files = sorted(Path("mutants/src/contentmix", room).rglob("*.meta"))
    return sorted(name for file in files for name in json.loads(file.read_text())["exit_code_by_key"])


if __name__ == "__main__":
    room, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    print(*random.Random(seed).sample(mutants(room), count), sep="\n")
