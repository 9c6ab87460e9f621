"""Processes killed by SIGKILL at random moments and in their saves end as if they had never been."""

import random
import time

import pytest

from contentmix.options.methods import METHODS as ALL_METHODS
from contentmix.training import list_checkpoints, newest_intact
from tests.faults import FULL
from tests.faults.methods import METHODS, STREAMED, make_photos, next_words, same, words_of
from tests.faults.processes import AFRESH, COMMAND

SETTINGS = {
    "in memory, 32 bit": {},
    "in memory, bf16": {"precision": "bf16-mixed"},
    "streamed by one worker": {"size": STREAMED, "workers": 1},
    "streamed by two workers": {"size": STREAMED, "workers": 2},
}
# As a user starts it.
ANEW = {"streamed, started anew": {"size": STREAMED, "workers": 2}}
CHOSEN = (
    [(method, setting) for method in METHODS for setting in SETTINGS]
    if FULL
    else [("cut-mixmo", "in memory, 32 bit"), ("supervised", "streamed by two workers")]
)
if FULL:
    CHOSEN.append(("cut-mixmo", "streamed, started anew"))
KILLS = (6, 2) if FULL else (2, 2)  # of a run in memory, and of one that is streamed
SAVES = 16 if FULL else 4


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    return make_photos(tmp_path_factory.mktemp("data") / "photos")


def test_every_method_is_killed():
    assert set(METHODS) == set(ALL_METHODS)


@pytest.mark.parametrize(("method", "setting"), CHOSEN)
def test_killed_at_random_moments_it_ends_the_same(method, setting, photos, servers, tmp_path, note):
    words, call = words_of(method, photos, **{**SETTINGS, **ANEW}[setting]), AFRESH if setting in ANEW else COMMAND
    begun = time.monotonic()
    servers.finish(*words, "--out", tmp_path / "whole", call=call)
    seconds, moments, kills, number = time.monotonic() - begun, random.Random(method + setting), 0, 0
    while kills < KILLS["streamed" in setting]:
        folder = tmp_path / f"killed-{number}"
        child = servers.start(*next_words(folder, words), call=call)
        child.running(moments.uniform(0, seconds))
        if child.kill():
            kills += 1
            note(f"kills at random moments, {setting}", "the same in the end")
        else:  # it was faster
            assert child.code == 0, child.said
            seconds *= 0.7
        if (folder / "report.html").exists():  # also where it was killed between its last write and its end
            same(folder, tmp_path / "whole")
            number += 1
    folder = tmp_path / f"killed-{number}"
    if not (folder / "report.html").exists():
        servers.finish(*next_words(folder, words), call=call)
    same(folder, tmp_path / "whole")


@pytest.mark.parametrize("method", METHODS if FULL else ["supervised"])
def test_killed_in_a_save_nothing_is_unloadable_and_nothing_is_left(method, photos, servers, tmp_path, note):
    words = words_of(method, photos)
    servers.finish(*words, "--out", tmp_path / "whole")
    kills, number = 0, 0
    while kills < SAVES:
        folder = tmp_path / f"killed-{number}"
        child = servers.start(*next_words(folder, words), dies_at=kills % 7)
        if child.end() < 0:
            kills += 1
            note("kills in a save", "all loads, the same in the end")
            if list_checkpoints(folder / "checkpoints"):
                assert newest_intact(folder / "checkpoints")[1] == []
        else:
            assert child.code == 0, child.said
        if (folder / "report.html").exists():
            same(folder, tmp_path / "whole")
            number += 1
    folder = tmp_path / f"killed-{number}"
    if not (folder / "report.html").exists():
        servers.finish(*next_words(folder, words))
    same(folder, tmp_path / "whole")
