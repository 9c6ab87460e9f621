"""What the tests of data share."""

import pytest


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A folder of its own for what is downloaded, or remembered of photos."""
    monkeypatch.setenv("CONTENTMIX_DATA", str(tmp_path / "cache"))
    return tmp_path / "cache"
