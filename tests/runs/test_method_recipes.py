"""Options of methods that depend on the data and the network."""

from dataclasses import replace

import pytest
import yaml

from contentmix.options.methods import method_defaults
from contentmix.options.run import RunOptions
from contentmix.runs.config import Config, config_of
from contentmix.runs.methods import build_method
from contentmix.runs.recipes import with_method_options
from contentmix.thesis.studies import STUDIES
from contentmix.thesis.tables.settings import samosa
from tests.thesis.golden import resolved_config

DEIT = {"mix": "cutmix-mixup", "batch_augmentations": 3, "label_smoothing": 0.1}  # A.1.5
PLAIN = {"mix": "none", "batch_augmentations": 1, "label_smoothing": 0.0}


def options(method, network="wrn-10-1", data="fashion-mnist", **given):
    return with_method_options(Config(method, given, RunOptions(data=data, network=network))).method_options


@pytest.mark.parametrize(("network", "expected"), [("convit", DEIT), ("cait-xxs-24", DEIT), ("wrn-28-10", PLAIN)])
def test_a_single_transformer_is_trained_as_mixvit_s_baseline(network, expected):
    found = options("supervised", network)
    assert {name: found[name] for name in expected} == expected
    mixvit = options("mixvit", network)
    assert not mixvit, "these are its defaults"


def test_what_is_given_wins_one_by_one():
    found = options("supervised", "convit", mix="cutmix", label_smoothing=0.0)
    assert (found["mix"], found["label_smoothing"], found["batch_augmentations"]) == ("cutmix", 0.0, 3)


def test_an_old_configuration_keeps_meaning_what_it_says(tmp_path):
    text = {"method": "supervised", "network": "convit", **PLAIN}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(text))
    found = with_method_options(config_of(tmp_path)).method_options
    assert {name: found[name] for name in PLAIN} == PLAIN


def test_a_base_has_the_recipe_that_it_has_alone():
    """Thesis's ramp of 16,384 steps, and 500 on small data; transformers, and what a method builds on, alike."""
    assert options("samosa", base="mixmatch")["ramp_steps"] == 500
    assert options("samosa", data="cifar10", base="mixmatch")["ramp_steps"] == 16384
    assert options("scimix-generator")["unlabelled_batch"] == options("mean-teacher")["unlabelled_batch"] == 64
    assert options("scimix-generator", guide="fixmatch")["unlabelled_batch"] == 56
    for network, expected in (("convit", DEIT), ("wrn-10-1", PLAIN)):
        found = options("scimix", network, base="supervised", hybrids="mixup")
        assert {name: found[name] for name in expected} == expected
    assert "mix" not in options("adain", "wrn-10-1", base="supervised")


def test_without_a_recipe_supervised_training_is_plain():
    method = build_method("supervised", {}, 10)
    assert (method.mix, method.augmentations, method.label_smoothing) == (None, 1, 0.0)
    method = build_method("supervised", {"mix": "mixup", "prob": 0.5, "partners": "set"}, 10)
    assert method.plan(8).partner_prob == 0.5


@pytest.mark.parametrize("data", ["cifar10", "svhn", "mnist-m"])
def test_samosa_is_trained_on_the_thesis_s_data_as_its_tables_have_it(data):
    """A.1.1: batches of 124 and 388, or 30 and 500; a rate of 0.2; hybrids from 50 to 100 of 150 epochs on SVHN."""
    study = STUDIES["2.1"]
    row = study.row("samosa-mean-teacher-250")
    given, ours = (
        resolved_config(study, replace(row, options={**options, "network": "wrn-28-2-leaky"}), "thesis")
        for options in (samosa(data, 250), {"data": data, "labels": 250})
    )
    assert ours.run == given.run
    defaults = method_defaults("samosa")
    assert {**defaults, **ours.method_options} == {**defaults, **given.method_options}


def test_samosa_in_a_single_cycle_has_no_window():
    found = options("samosa", "wrn-28-2-leaky", data="svhn", cycles=1)
    assert not {"start", "stop"} & set(found)
    assert found["regularisation"] == 0.1
