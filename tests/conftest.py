"""What all tests share."""

import sys
import types
from pathlib import Path

import numpy
import pytest


@pytest.fixture
def tmp_path(tmp_path: Path) -> Path:
    """A folder with nothing beside it: a table looks for its runs in the folders of others there."""
    folder = tmp_path / "t"
    folder.mkdir()
    return folder


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Photos above 64 px are decoded when they are needed, however few they are."""
    monkeypatch.setattr("contentmix.data.folders.MEMORY_BYTES", 0)


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> list[tuple[numpy.ndarray, str, dict[str, int]]]:
    """In place of the one that corrupts: it adds noise from numpy's global state, as that does, and remembers what it was given."""
    seen = []

    def stand_in(pixels, severity, corruption_name, **options):
        seen.append((pixels.copy(), corruption_name, options))
        return numpy.uint8(numpy.clip(pixels + severity * numpy.random.randint(0, 9, pixels.shape), 0, 255))  # noqa: NPY002

    module = types.SimpleNamespace(corrupt=stand_in)
    monkeypatch.setitem(sys.modules, "imagecorruptions", module)
    return seen
