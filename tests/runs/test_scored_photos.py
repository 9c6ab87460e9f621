"""What runs are scored on together: photos of the first that no other has learnt from, wherever they lie."""

import shutil
from dataclasses import replace

import pytest

from contentmix.data import load_data, read_split, split_of, with_digests, write_split
from contentmix.errors import DataError
from contentmix.runs.config import config_of
from contentmix.runs.source import read_test_data
from tests.data.photo_files import make


def photo(run, name):
    return run.parent / f"photos-{run.name}" / name


def begun(run, photos):
    """The folder of a run on ``photos`` that has kept its lists."""
    run.mkdir()
    (run / "config.yaml").write_text(f"method: supervised\ndata: {photos}\nimage_size: 8\n")
    write_split(with_digests(split_of(load_data(str(photos), image_size=8)), photos), run)
    return run


def learn(run, *names):
    """Let ``run`` have learnt from photos of its test set, too."""
    kept = read_split(run)
    test = tuple(name for name in kept.test if name not in names)
    write_split(with_digests(replace(kept, train=kept.train + names, test=test), photo(run, ".")), run)


def scored(*runs):
    return read_test_data(config_of(runs[0]).run, runs).test.names


@pytest.fixture
def runs(tmp_path):
    """Two runs on folders of other photos by the same names."""
    return [
        begun(tmp_path / name, make(tmp_path / f"photos-{name}", count=12, size=size))
        for name, size in (("first", 10), ("second", 12))
    ]


def test_names_do_not_tell_whose_photos_they_are(runs):
    first, second = runs
    names = scored(first)
    learn(second, *names)
    assert scored(first, second) == names


def test_a_copy_that_another_run_learnt_from_is_not_scored(runs):
    first, second = runs
    names = scored(first)
    copied = read_split(second).train[0]
    shutil.copyfile(photo(first, names[0]), photo(second, copied))
    learn(second)
    assert scored(first, second) == names[1:]


def test_a_copy_of_what_a_run_learnt_from_itself_is_scored_as_it_is_of_the_run_alone(runs):
    first, second = runs
    names, kept = scored(first), read_split(first)
    shutil.copyfile(photo(first, kept.train[0]), photo(first, names[0]))
    shutil.copytree(first, second.with_name("again"))
    assert scored(first, second.with_name("again")) == names


def test_a_first_run_without_lists_is_said_and_the_next_one_s_test_photos_are_scored(runs, tmp_path, caplog):
    older, second = runs
    (older / "split.json").unlink()
    shutil.rmtree(photo(older, "b"))
    assert scored(older, second) == scored(second)
    assert f"run {older} keeps no list of its photos: some that it learnt from may be scored" in caplog.text
    third = shutil.copytree(second, tmp_path / "third")
    kept = read_split(third)
    write_split(replace(kept, train=kept.train + kept.test, test=()), third)
    with pytest.raises(DataError, match=f"learnt from all photos of {second}'s test set"):
        scored(older, second, third)
