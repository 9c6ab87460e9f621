"""Where networks overfit, for the headlines: ``python docs/records/pilot.py [RUNS] [CHAPTER]`` fills ``pilot.json``.

Of each candidate only the network alone is trained: no method is compared. It is looked at on 5,000 training images that it did
not see, never on the test set. A regime is good where training accuracy reaches 99 %, the gap to unseen images is ten points or
more, and a run takes at most fifteen minutes of one core.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

import contentmix as cm
from contentmix.data import load_data

UNSEEN = 5000
_CNN = {"data": "fashion-mnist", "batch_size": 64, "image_size": 8}
_TRANSFORMER = {
    "data": "fashion-mnist", "batch_size": 128, "image_size": 14, "mix": "none", "label_smoothing": 0.0,
    "batch_augmentations": 1, "random_erasing": 0.0,
}  # fmt: skip
_FEW = {"data": "fashion-mnist-m", "batch_size": 20, "image_size": 16}
# Of each chapter: labelled images, network, and steps.
CANDIDATES: dict[str, list[dict[str, Any]]] = {
    "3": [
        {**_CNN, "labels": labels, "network": network, "epochs": 2, "epoch_steps": 1000}
        for labels in (500, 1000, 2000)
        for network in ("wrn-10-2", "wrn-10-4")
    ],
    "4": [
        {**_TRANSFORMER, "labels": labels, "network": network, "epochs": 4, "epoch_steps": 1000}
        for labels in (500, 1000)
        for network in ("convit-64-3-4-2", "convit-64-3-4-7")
    ],
    "2": [
        {**_FEW, "labels": labels, "network": network, "epochs": 3, "epoch_steps": 1000}
        for labels in (60, 100, 250)
        for network in ("wrn-10-1", "wrn-10-2")
    ],
}


def tried(options: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What a network alone reaches with ``options`` on what it saw and on what it did not."""
    if not (folder / "results.json").exists():
        cm.train("supervised", out=folder, select="last", progress=False, logger="none", **options)
    seen = torch.tensor([int(line) for line in (folder / "labelled.txt").read_text().split()])
    data = load_data(options["data"], image_size=options["image_size"])
    others = torch.ones(len(data.train), dtype=torch.bool).index_fill_(0, seen, False).nonzero().flatten()
    order = torch.randperm(len(others), generator=torch.Generator().manual_seed(0))
    accuracy = {
        name: cm.evaluate_run(folder, data=replace(data, test=data.train[index])).top1
        for name, index in {"seen": seen, "unseen": others[order[:UNSEEN]]}.items()
    }
    train = cm.open_run(folder).record.train
    return {
        **options,
        **accuracy,
        "gap": accuracy["seen"] - accuracy["unseen"],
        **{k: train[k] for k in ("steps", "seconds")},
    }


def main(runs: Path, chapters: list[str]) -> None:
    torch.set_num_threads(1)
    record = Path(__file__).with_suffix(".json")
    found = json.loads(record.read_text()) if record.exists() else {}
    for chapter in chapters:
        for options in CANDIDATES[chapter]:
            name = f"{chapter}-{options['labels']}-{options['network']}"
            found[name] = tried(options, runs / name)
            print(name, found[name], flush=True)
            record.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if sys.argv[1:] else "runs/pilot"), sys.argv[2:] or list(CANDIDATES))
