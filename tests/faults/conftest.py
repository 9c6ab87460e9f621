"""Runs to be damaged, made once; processes to be killed."""

import shutil

import pytest
from PIL import Image

from contentmix.options.run import RunOptions
from contentmix.runs.config import Config
from contentmix.runs.train import train
from tests.faults.figures import keep, note
from tests.faults.processes import Servers

__all__ = ["note"]
OPTIONS = {"data": "digits", "network": "wrn-10-1", "batch_size": 256, "progress": False, "workers": 0}


def pytest_runtest_logreport(report):
    if "tests/faults/" in report.nodeid:
        keep(report)


def config(folder, method="supervised", of_method=None, **options):
    """Of a run that takes a second."""
    return Config(method, of_method or {}, RunOptions(**{**OPTIONS, "epochs": 1, "out": folder, **options}))


@pytest.fixture(scope="session")
def servers(tmp_path_factory):
    """Start commands in processes of their own."""
    started = Servers(tmp_path_factory.mktemp("servers"))
    started.finish("list", "methods")  # from now on starts take no time
    yield started
    started.close()


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A finished run of two epochs with a checkpoint after every second step; not to be written to."""
    return train(config(tmp_path_factory.mktemp("finished") / "run", epochs=2, checkpoint_every=2))


@pytest.fixture
def copy(finished, tmp_path):
    """A copy of it."""
    return shutil.copytree(finished, tmp_path / "run")


@pytest.fixture
def photos(tmp_path):
    """Two classes of six."""
    for name in ("cats", "dogs"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(6):
            Image.effect_noise((80, 80), 20 + i).convert("RGB").save(tmp_path / "photos" / name / f"{i}.jpg")
    return tmp_path / "photos"
