"""Benchmarks begin: what they measure is theirs to say, and takes minutes."""

from importlib import import_module

import pytest

from benchmarks import streaming
from benchmarks.__main__ import BENCHMARKS
from contentmix.data import FileSet


@pytest.mark.parametrize("where", BENCHMARKS.values())
def test_every_group_is_there(where):
    module, function = where.split(".")
    assert callable(getattr(import_module(f"benchmarks.{module}"), function))


def test_few_photos_are_streamed_although_they_fit_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(streaming, "PHOTOS", 12)
    source = streaming.streamed(tmp_path)
    assert isinstance(source.train, FileSet)
    assert (source.image_size, len(source.classes)) == (224, 2)
