"""Default commands on own photos: ``python docs/records/own_photos.py [FOLDER] [GROUP...]`` fills ``own-photos.json``.

FOLDER (``runs/own-photos``) gets two sets of photos: ``grey``, Fashion-MNIST as files of 28 px, and ``colour``, its items in any
colour on parts of two photographs, 64 to 96 px. Each has a folder to learn from, one of other training images to choose recipes
by, and one of test images. A GROUP is ``SET:METHOD``, the command that a newcomer types, timed where nothing else runs; or
``SET:tuned``, the default ``supervised`` run beside others of its network with other rates and lengths, and, where there are more
``SEEDS``, with these. What is recorded is kept.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image
from sklearn.datasets import load_sample_images  # type: ignore[import-untyped]

from contentmix.data import load_data

PER_CLASS = {"grey": 200, "colour": 60}
OTHERS = 150
METHODS = ("supervised", "cut-mixmo", "mixvit", "fixmatch")
# Factors on options of the default run.
TUNED = {
    "grey": {"lr-third": ("lr", 1 / 3), "lr-thrice": ("lr", 3), "epochs-twice": ("epochs", 2)},
    # A third more epochs take about as long as a default may, fifteen minutes.
    "colour": {
        "lr-half": ("lr", 1 / 2),
        "lr-twice": ("lr", 2),
        "epochs-third-more": ("epochs", 4 / 3),
        "epochs-twice": ("epochs", 2),
    },
}
SEEDS = {"grey": 1, "colour": 2}
RECORD = Path(__file__).with_name("own-photos.json")


def in_colour(item: np.ndarray[Any, Any], number: int) -> Image.Image:
    """An item of 28 px in a colour of its own, somewhere on a part of a photograph."""
    rng = np.random.default_rng(number)
    side = int(rng.integers(64, 97))
    photograph = load_sample_images().images[rng.integers(2)]
    cut = int(rng.integers(side, 3 * side))
    top, left = (int(rng.integers(length - cut)) for length in photograph.shape[:2])
    ground = Image.fromarray(photograph[top : top + cut, left : left + cut]).resize((side, side))
    size = int(side * rng.uniform(0.5, 0.9))
    shape = Image.fromarray(item).resize((size, size), Image.Resampling.BICUBIC)
    shade = np.asarray(shape, dtype=np.float32)[..., None] / 255
    coloured = Image.fromarray(np.uint8(shade * rng.uniform(60, 255, 3)))
    ground.paste(
        coloured, tuple(int(at) for at in rng.integers(0, side - size + 1, 2)), shape.point(lambda v: min(255, 3 * v))
    )
    return ground


def write(kind: str, split: Any, each: slice, folder: Path) -> None:
    """Images ``each`` of every class of ``split`` as files, unless they are there."""
    if folder.exists():
        return
    partial = folder.with_name(f"{folder.name}.partial")
    for label in range(10):
        (partial / f"item{label}").mkdir(parents=True, exist_ok=True)
        for index in (split.labels == label).nonzero().flatten()[each].tolist():
            pixels = split.images[index, 0].numpy()
            if kind == "grey":
                Image.fromarray(pixels).save(partial / f"item{label}" / f"{index}.png")
            else:
                in_colour(pixels, index).save(partial / f"item{label}" / f"{index}.jpg", quality=90)
    partial.rename(folder)


def make(root: Path) -> None:
    """All folders of photos."""
    data = load_data("fashion-mnist")
    for kind, count in PER_CLASS.items():
        write(kind, data.train, slice(count), root / kind)
        write(kind, data.train, slice(1000, 1000 + OTHERS), root / f"{kind}-choose")
        write(kind, data.test, slice(OTHERS), root / f"{kind}-test")


def contentmix(*words: object) -> tuple[str, float]:
    """Run a command as it is typed: what it said, and its peak memory in GB."""
    command = [sys.executable, "-m", "contentmix", *map(str, words)]
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        said = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(said)
    return said, usage.ru_maxrss / 1e6


def timed(kind: str, method: str, root: Path) -> dict[str, Any]:
    """A default command: minutes told after the first steps, and taken, peak memory in GB, and what it has learnt."""
    out = root / f"{kind}-{method}"
    labels = ("--labels", 200) if method == "fixmatch" else ()
    begun = time.monotonic()
    said, memory = contentmix("train", method, "--data", root / kind, *labels, "--out", out)
    minutes = (time.monotonic() - begun) / 60
    amount, unit = re.search(r"estimated time: ([\d.,]+) (s|min|h)\b", said).groups()  # type: ignore[union-attr]
    told = float(amount.replace(",", "")) * {"s": 1 / 60, "min": 1.0, "h": 60.0}[unit]
    return {"told": told, "took": minutes, "memory": memory, **learnt(out, root, kind)}


def tuned(kind: str, root: Path) -> dict[str, Any]:
    """The default run, the same with other options, and with other seeds."""
    default = root / f"{kind}-supervised"
    if not (default / "results.json").exists():
        contentmix("train", "supervised", "--data", root / kind, "--out", default)
    options = yaml.safe_load((default / "config.yaml").read_text())

    def other(name: str, **given: Any) -> dict[str, Any]:
        out = root / f"{kind}-{name.replace(', ', '-').replace(' ', '-')}"
        if not (out / "results.json").exists():
            words = (word for option, value in given.items() for word in (f"--{option}", value))
            contentmix("train", "supervised", "--data", root / kind, "--out", out, *words)
        return {**given, **learnt(out, root, kind)}

    found = {
        name: other(name, **{option: type(options[option])(options[option] * factor)})
        for name, (option, factor) in TUNED[kind].items()
    }
    again = {f"default, seed {seed}": other(f"default, seed {seed}", seed=seed) for seed in range(1, SEEDS[kind])}
    return {"default": learnt(default, root, kind), **found, **again}


def learnt(run: Path, root: Path, kind: str) -> dict[str, Any]:
    """Accuracy on photos to choose by and on those of the test part, and with what it was reached."""
    record = json.loads((run / "results.json").read_text())
    found = {"network": record["network"], "steps": record["train"]["steps"], "commit": record["commit"]}
    for name in ("choose", "test"):
        with tempfile.TemporaryDirectory() as folder:
            figures = Path(folder) / "figures.json"
            contentmix("evaluate", run, "--data", root / f"{kind}-{name}", "--json", figures)
            found[name] = json.loads(figures.read_text())["top1"]
    return found


def main(root: Path, groups: list[str]) -> None:
    root.mkdir(parents=True, exist_ok=True)
    make(root)
    for group in groups or [f"{kind}:{what}" for kind in PER_CLASS for what in (*METHODS, "tuned")]:
        found = json.loads(RECORD.read_text()) if RECORD.exists() else {}
        if group not in found:
            kind, what = group.split(":")
            found[group] = tuned(kind, root) if what == "tuned" else timed(kind, what, root)
            RECORD.write_text(json.dumps(dict(sorted(found.items())), indent=1) + "\n")
        print(group, json.dumps(found[group]), flush=True)


if __name__ == "__main__":
    folder, *groups = [*sys.argv[1:], *["runs/own-photos"][len(sys.argv) - 1 :]]
    main(Path(folder), groups)
