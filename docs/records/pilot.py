"""Where networks overfit, for the headlines: ``python docs/records/pilot.py [SCALE] [RUNS] [JOBS] [NAME]`` fills ``pilot.json``.

SCALE is small or gpu, NAME a part of the names of candidates. Of each only the network alone is trained: no method is
compared. It is looked at on 5,000 training images that it did not see, or all others, never on the test set. A regime is good
where training accuracy reaches 99 %, the gap to unseen images is ten points or more, and a run takes at most fifteen minutes
of one core, or two of a card that it shares with eleven others.
"""

import json
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

import contentmix as cm
from contentmix.data import load_data

UNSEEN = 5000
_CNN = {"data": "fashion-mnist", "batch_size": 64}
_TRANSFORMER = {
    "data": "fashion-mnist", "batch_size": 128, "mix": "none", "label_smoothing": 0.0, "batch_augmentations": 1,
    "random_erasing": 0.0,
}  # fmt: skip
_FEW = {"batch_size": 20}
_FAST, _TF32 = {"precision": "bf16-mixed"}, {"precision": "tf32"}


def _each(
    shared: dict[str, Any], labels: tuple[int, ...], networks: tuple[str, ...], steps: int = 1000
) -> list[dict[str, Any]]:
    return [
        {**shared, "labels": count, "network": network, "epoch_steps": steps, "labels_seed": 0}
        for count in labels
        for network in networks
    ]


CANDIDATES: dict[str, list[dict[str, Any]]] = {
    "small": [
        *_each({**_CNN, "image_size": 8, "epochs": 3}, (500, 1000), ("wrn-10-2",), steps=500),
        *_each({**_TRANSFORMER, "image_size": 10, "batch_size": 64, "epochs": 4}, (500, 1000), ("convit-64-3-4-2",)),
        *_each({**_TRANSFORMER, "image_size": 14, "epochs": 4}, (1000,), ("convit-64-3-4-2",)),
        *_each({**_FEW, "data": "digits-m", "image_size": 16, "epochs": 3}, (100,), ("wrn-10-1-leaky",), steps=500),
    ],
    "gpu": [
        *_each({**_CNN, **_FAST, "image_size": 28, "epochs": 4}, (1000, 2000, 5000), ("wrn-16-4",)),
        *_each({**_TRANSFORMER, **_TF32, "image_size": 28, "epochs": 4}, (1000, 2000), ("convit-128-6-4-4",)),
        *_each(
            {**_FEW, **_TF32, "data": "fashion-mnist-m", "image_size": 32, "epochs": 3}, (100,), ("wrn-10-2-leaky",)
        ),
    ],
}


def name_of(options: dict[str, Any]) -> str:
    return "-".join(str(options[each]) for each in ("data", "image_size", "labels", "network"))


def tried(options: dict[str, Any], runs: Path) -> tuple[str, dict[str, Any]]:
    """The candidate's name, and what a network alone reaches on what it saw and on what it did not."""
    name = name_of(options)
    folder = runs / name
    if not (folder / "results.json").exists():
        cm.train("supervised", out=folder, select="last", progress=False, logger="none", **options)
    seen = torch.tensor([int(line) for line in (folder / "labelled.txt").read_text().split()])
    data = load_data(options["data"], image_size=options["image_size"])
    others = torch.ones(len(data.train), dtype=torch.bool).index_fill_(0, seen, False).nonzero().flatten()
    order = torch.randperm(len(others), generator=torch.Generator().manual_seed(0))
    accuracy = {
        kind: cm.evaluate_run(folder, data=replace(data, test=data.train[index])).top1
        for kind, index in {"seen": seen, "unseen": others[order[:UNSEEN]]}.items()
    }
    record = cm.open_run(folder).record
    made = {
        "steps": record.train["steps"],
        "seconds": record.train["seconds"],
        "device": record.device,
        "commit": record.commit,
    }
    return name, {**options, **accuracy, "gap": accuracy["seen"] - accuracy["unseen"], **made}


def main(scale: str, runs: Path, jobs: int, part: str) -> None:
    candidates = [options for options in CANDIDATES[scale] if part in name_of(options)]
    record = Path(__file__).with_suffix(".json")
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, spawned, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        for name, figures in pool.map(partial(tried, runs=runs / scale), candidates):
            found = json.loads(record.read_text()) if record.exists() else {}
            found.setdefault(scale, {})[name] = figures
            print(name, json.dumps(figures), flush=True)
            record.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    scale, runs, jobs, part = [*sys.argv[1:], *("small", "runs/pilot", "1", "")[len(sys.argv) - 1 :]]
    main(scale, Path(runs), int(jobs), part)
