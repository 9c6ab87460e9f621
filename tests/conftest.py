"""What all tests share."""

from pathlib import Path

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
