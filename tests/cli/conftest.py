"""A finished run, made once."""

import pytest

from tests.cli.helpers import contentmix, fast


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """A finished run of Cut-MixMo on digits."""
    folder = tmp_path_factory.mktemp("runs") / "first"
    assert contentmix("train", "cut-mixmo", "--data", "digits", "--out", folder, *fast()) == 0
    return folder
