"""Every command that the documents show is one that there is, with options and values that it takes."""

import re
import shlex
from functools import cache
from pathlib import Path

import pytest
from cyclopts.exceptions import CycloptsError

from contentmix.cli.app import build_app
from contentmix.errors import UsageError
from contentmix.options.methods import METHODS
from contentmix.runs.config import config_from
from contentmix.studies.sweep import read_sweep, run_sweep

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", "docs/howto.md", "docs/tutorial.md", "docs/measured.md", "docs/reliability.md"]


def blocks(page, language=r"\w*"):
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)


def commands(page):
    """Words of each line that calls the program in a block of ``page``, but where METHOD stands for any."""
    lines = [line for block in blocks(page) for line in block.replace("\\\n", " ").splitlines()]
    found = [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("contentmix ")]
    return [words for words in found if "METHOD" not in words]


@cache
def app_of(*first):
    """It is built for the command, and of ``train`` for the method, that comes first."""
    return build_app(first)


def parsed(words):
    """The options of a training that ``words`` ask for, held against what they may be; of other commands their arguments."""
    _, bound, _ = app_of(*words[:2]).parse_args(words, exit_on_error=False, print_error=False)
    given = {**bound.arguments, **bound.arguments.get("given", {})}
    if words[0] != "train":
        return given
    return config_from({"method": words[1], **{name: given[name] for name in given if name not in ("given", "config")}})


@pytest.mark.parametrize("page", PAGES)
def test_commands_are_taken_as_they_are_written(page):
    for words in commands(page):
        if words[0] == "train":
            assert words[1] in METHODS
        parsed(words)


def test_one_that_there_is_not_would_be_found():
    assert sum(len(commands(page)) for page in PAGES) > 50
    with pytest.raises(CycloptsError, match="--corruption"):
        parsed(["evaluate", "runs/first", "--corruption", "generated"])
    with pytest.raises((UsageError, CycloptsError), match="cow"):
        parsed(["train", "cut-mixmo", "--mask", "cow"])


def test_the_sweep_of_the_how_to_is_made(tmp_path):
    """One trial of it, of two steps of a small network on images that are there."""
    pytest.importorskip("optuna")
    (text,) = blocks("docs/howto.md", "yaml")
    assert "trials: 20\noptions: {data: fashion-mnist, epochs: 3}" in text
    quick = "data: digits, image_size: 8, network: wrn-10-1, labels: 40, epochs: 1, epoch_steps: 2, device: cpu, progress: false"
    text = text.replace("trials: 20", "trials: 1").replace("data: fashion-mnist, epochs: 3", quick)
    (tmp_path / "my_sweep.yaml").write_text(text)
    (trial,) = run_sweep(read_sweep(tmp_path / "my_sweep.yaml"), tmp_path / "sweep")
    assert trial.failed is None
    assert set(trial.options) == {"lr", "mask"}
    assert (tmp_path / "sweep" / "report.html").is_file()
