"""The loop of README.md as it stands, once for each seed: ``python docs/records/readme_loop.py SEED...`` writes its record."""

import hashlib
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).parents[2]
RECORD = Path(__file__).with_name("readme-loop.json")


def code() -> str:
    """The block of Python in README.md."""
    (block,) = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    return block


def digest() -> str:
    """Of the code: a record is of no other."""
    return hashlib.sha256(code().encode()).hexdigest()


def run(seed: int, block: str) -> dict[str, Any]:
    """What it ends with where torch's state begins at ``seed``."""
    torch.manual_seed(seed)
    names: dict[str, Any] = {}
    begun = time.process_time()
    exec(compile(block, "README.md", "exec"), names)
    figures = names["figures"]
    return {
        "seed": seed,
        "top1": round(figures.top1, 2),
        "members_top1": round(figures.member_top1_mean, 2),
        "nll_c": round(figures.nll_c, 4),
        "cpu_seconds": round(time.process_time() - begun),
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    runs = []
    for seed in map(int, sys.argv[1:]):
        runs.append(run(seed, code()))
        content = {"code": digest(), "torch": torch.__version__, "images": 359, "runs": runs}
        RECORD.write_text(json.dumps(content, indent=2) + "\n")
