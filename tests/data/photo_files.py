"""Folders of photos for tests."""

from PIL import Image


def make(folder, classes=("a", "b"), count=6, size=10, suffix="png"):
    """A class folder of ``count`` grey photos for each of ``classes``; no two are alike."""
    for label, name in enumerate(classes):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            Image.new("RGB", (size, size), (100 * label + i, i, 0)).save(folder / name / f"{i}.{suffix}")
    return folder
