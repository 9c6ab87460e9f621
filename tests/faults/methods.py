"""Runs of a few steps of every method, on small photos in memory and on larger ones that workers stream."""

from pathlib import Path

from PIL import Image

from contentmix.training import list_checkpoints

BASE = ["--no-progress", "--checkpoint-every", "1", "--epochs", "1"]
ALL = ["--batch-size", "16"]
FEW = ["--labels", "8", "--batch-size", "4", "--unlabelled-batch", "8"]
# Of what each method needs beside the photos; an epoch is two or three steps.
METHODS = {
    "supervised": [*ALL, "--mix", "cutmix"],
    "ensemble-layers": [*ALL, "--layers", "masked", "--mix", "cutmix"],
    "mimo": ALL,
    "linear-mixmo": ALL,
    "cut-mixmo": ALL,
    "mixshare": ALL,
    "mixvit": ALL,
    "mean-teacher": FEW,
    "mixmatch": FEW,
    "fixmatch": FEW,
    "samosa": [*FEW, "--cycles", "2", "--start", "0", "--stop", "1"],
    "scimix-generator": [*FEW, "--warmup", "0", "--no-freeze-guide"],
    "scimix": [*FEW, "--hybrids", "mixup"],
    "adain": ALL,
}
# Hybrids of SAMOSA's cycles are kept in memory.
STREAMS = {**METHODS, "samosa": [*FEW, "--cycles", "1"]}
IN_MEMORY, STREAMED = 16, 80  # sides in pixels


def words_of(method, photos, *, size=IN_MEMORY, precision="32", workers=0, select=("--select", "last")):
    """To train it on ``photos``, which are kept in memory or streamed."""
    network = "convit-8-1-4" if method == "mixvit" else "wrn-10-1"
    own = (METHODS if size == IN_MEMORY else STREAMS)[method]
    how = ["--image-size", size, "--network", network, "--precision", precision, "--workers", workers, *select]
    return ["train", method, "--data", photos, *how, *BASE, *own]


def make_photos(folder):
    """Two classes of twenty small photos."""
    for name, level in (("dark", 40), ("light", 200)):
        (folder / name).mkdir(parents=True)
        for i in range(20):
            noise = Image.effect_noise((80, 80), 20 + i % 7).point(lambda v, b=level: v // 4 + b)
            noise.convert("RGB").save(folder / name / f"{i}.png")
    return folder


def next_words(folder, words):
    """What goes on with the run in ``folder``, or begins it."""
    return ["resume", folder] if list_checkpoints(folder / "checkpoints") else [*words, "--out", folder]


def same(folder, reference):
    """It ended as the reference did, and left nothing behind."""
    for name in ("model.safetensors", "metrics.csv", "predictions.safetensors"):
        assert (folder / name).read_bytes() == (reference / name).read_bytes(), name
    assert not list(Path(folder).rglob("*.tmp"))
    assert (folder / "report.html").exists()
