"""What people write for an option, in YAML and in Python, is the value that they mean."""

import re
import typing
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from contentmix.api import Run
from contentmix.errors import UsageError
from contentmix.options.declared import fit, hints_of
from contentmix.options.methods import METHODS, options_of
from contentmix.options.run import RunOptions
from contentmix.runs.config import config_from
from contentmix.studies.compare import comparison


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("precision: 32", "32"),
        ("precision: 32.0", "32"),
        ("precision: 0x20", "32"),
        ("logger: none", "none"),
        ("logger: null", "none"),
        ("logger:", "none"),
        ("balance: no", "none"),
        ("mix: none", "none"),
        ("mix: false", "none"),
        ("mix: null", None),  # the method's default
        ("progress: 'False'", False),
        ("milestones: [1, '2']", (1.0, 2.0)),
    ],
)
def test_what_yaml_makes_of_a_word_is_that_word(text, found):
    options = config_from({"method": "supervised", **yaml.safe_load(text)}).options()
    assert options[text.partition(":")[0]] == found


@pytest.mark.parametrize("method", ["run", *METHODS])
def test_every_choice_is_taken_as_yaml_and_the_configuration_of_a_run_have_it(method):
    """Whatever words an option has, written without quotes and read again."""
    kinds = hints_of(RunOptions if method == "run" else options_of(method))
    for name, hint in kinds.items():
        for word in words_of(hint):
            assert fit(name, yaml.safe_load(word), hint) == word
            assert fit(name, yaml.safe_load(yaml.safe_dump(word)), hint) == word


def words_of(hint):
    if typing.get_origin(hint) is typing.Literal:
        return list(typing.get_args(hint))
    return [word for part in typing.get_args(hint) for word in words_of(part)]


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("epochs", np.int64(3), 3),
        ("epochs", torch.tensor(3), 3),
        ("lr", np.float32(0.5), 0.5),
        ("progress", np.bool_(False), False),
        ("schedule", np.str_("step"), "step"),
        ("labels", np.int32(7), 7),
        ("milestones", range(1, 3), (1.0, 2.0)),
        ("init", Run(Path("runs/first")), Path("runs/first")),
        ("precision", 32, "32"),
        ("logger", None, "none"),
        ("logger", False, "none"),
    ],
)
def test_values_of_other_libraries_are_what_they_stand_for(name, value, found):
    got = config_from({"method": "supervised", name: value}).options()[name]
    assert got == found
    assert type(got) is type(found)


def test_what_is_neither_is_refused():
    for name, value, message in [
        ("precision", 33, "precision is 33: choose one of 32, tf32"),
        ("precision", True, "precision is True: choose one of 32, tf32"),
        ("precision", None, "precision is None: choose one of 32, tf32"),
        ("logger", True, "logger is True: choose one of tensorboard"),
        ("progress", "perhaps", "progress is 'perhaps': it must be true or false"),
        ("epochs", np.float64(2.5), "epochs is 2.5: it must be a whole number"),
        ("network", 18, "network is 18: it must be text; in YAML, put it in quotes"),
        ("out", 2024, "out is 2024: it must be a path; in YAML, put it in quotes"),
        ("milestones", "12", "milestones is '12': it must be a list"),
    ]:
        with pytest.raises(UsageError, match=re.escape(message)):
            config_from({"method": "supervised", name: value})


def test_a_row_of_a_comparison_says_it_likewise():
    study = comparison(["supervised:precision=32", "supervised:precision=tf32,mix=none"], {})
    assert [row.name for row in study.rows] == ["supervised-precision-32", "supervised-precision-tf32-mix-none"]
    assert study.rows[0].options == {"precision": "32"}


@pytest.mark.parametrize("mix", ["mixup", "hybrids"])
def test_inputs_are_mixed_in_one_way(mix):
    generator = {"generator": "some-run"} if mix == "hybrids" else {}
    with pytest.raises(UsageError, match=f"mix is {mix} and cutmix_prob 0.5: .*: choose one$"):
        options_of("cut-mixmo")(mix=mix, cutmix_prob=0.5, **generator)
