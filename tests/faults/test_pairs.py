"""Two processes at every pair of commands that read or write a run: one line at most, and nothing is lost or mixed."""

import itertools
import random
import shutil

import pytest

from contentmix.runs.folder import has_results
from tests.faults import FULL
from tests.faults.methods import next_words, same
from tests.faults.studies import OPTIONS, PERFORM

RUN = "mimo-seed0"
TRAIN = ["train", "mimo", "--batch-repetition", "1", "--no-progress"]
TRAIN += [word for name, value in OPTIONS.items() for word in (f"--{name.replace('_', '-')}", str(value))]
# With {run} the run's folder and {out} a file of the command's own.
COMMANDS = {
    "train": [*TRAIN, "--out", "{run}"],
    "resume": ["resume", "{run}"],
    "reproduce": ["{run}/..", "mimo"],
    "analyze": ["analyze", "{run}"],
    "evaluate": ["evaluate", "{run}", "--json", "{out}.json"],
    "predict": ["predict", "{run}", "{photo}", "--json", "{out}.json"],
    "hybrids": ["hybrids", "{run}", "--columns", "2", "--out", "{out}.png"],
    "report": ["report", "{run}", "--out", "{out}.html"],
    "export": ["export", "{run}", "--format", "safetensors", "--out", "{out}.safetensors"],
}
WRITING = ["train", "resume", "reproduce", "analyze"]
PAIRS = list(itertools.combinations_with_replacement(COMMANDS if FULL else WRITING, 2))


@pytest.fixture(scope="module")
def places(servers, tmp_path_factory):
    """A run that was stopped after its first step, the same finished, and what each command makes of that alone."""
    folder = tmp_path_factory.mktemp("pairs")
    whole, stopped = folder / "whole" / RUN, folder / "stopped" / RUN
    servers.finish(*words("reproduce", whole), call=PERFORM)
    while not (stopped / "checkpoints").exists() or not list((stopped / "checkpoints").iterdir()):
        servers.start(*words("train", stopped), dies_at=12).end()
    made = {}
    for name in (name for name in COMMANDS if name not in WRITING):
        servers.finish(*words(name, whole, folder / name, photo(folder)))
        (made[name],) = folder.glob(f"{name}.*")
    return {"nothing": None, "stopped": stopped, "finished": whole}, made, photo(folder)


def photo(folder):
    path = folder / "photo of a digit.png"
    if not path.exists():
        from PIL import Image

        Image.linear_gradient("L").resize((16, 16)).save(path)
    return path


def words(name, run, out="", photo=""):
    return [word.format(run=run, out=out, photo=photo) for word in COMMANDS[name]]


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_two_at_once_lose_and_mix_nothing(pair, places, servers, tmp_path, note):
    states, made, photo = places
    moments = random.Random("-".join(pair))
    found = "nothing" if "train" in pair else "stopped" if {"resume", "reproduce"} & set(pair) else "finished"
    run = tmp_path / "study" / RUN
    if states[found] is not None:
        shutil.copytree(states[found], run)
    children, outs = [], [tmp_path / f"made-{i}" for i in range(2)]
    for name, out in zip(pair, outs, strict=True):
        call = {"call": PERFORM} if name == "reproduce" else {}
        children.append(servers.start(*words(name, run, out, photo), **call))
        children[-1].running(moments.uniform(0, 0.5))
    for child, name, out in zip(children, pair, outs, strict=True):
        assert child.end() in (0, 1, 2), child.said
        assert child.said.count("\n") == 0
        assert child.code == 0 or child.said.startswith("contentmix: "), child.said
        if child.code == 0 and name in made:
            (mine,) = tmp_path.glob(f"{out.name}.*")
            if mine.suffix != ".html":  # which has the moment it was written
                assert content(mine, run) == content(made[name], states["finished"])
    codes = sorted(child.code for child in children)
    assert codes[0] == 0 or pair[0] != pair[1], [child.said for child in children]
    assert codes == [0, 0] or found != "finished" or pair == ("analyze", "analyze"), [c.said for c in children]
    if not has_results(run):
        servers.finish(*next_words(run, words("train", run)[:-2]))
    servers.finish(*words("reproduce", run), call=PERFORM)
    same(run, states["finished"])
    assert not list(run.rglob(".lock"))
    note("pairs of commands at once", "nothing lost or mixed")


def content(path, run):
    return path.read_bytes().replace(str(run).encode(), b"RUN")


def test_two_that_begin_different_runs_in_one_folder_make_one(servers, tmp_path, note):
    run = tmp_path / RUN
    children = [servers.start(*words("train", run), "--seed", seed) for seed in (0, 5)]
    codes = [child.end() for child in children]
    assert sorted(codes) == [0, 2], [child.said for child in children]
    loser = children[codes.index(2)].said
    assert loser.count("\n") == 0
    assert "another process works on" in loser or "exists" in loser
    seed = (0, 5)[codes.index(0)]
    assert f"seed: {seed}" in (run / "config.yaml").read_text()
    assert f'"seed": {seed}' in (run / "results.json").read_text()
    note("two different runs into one folder", "one of them")
