"""Options: declared once, checked everywhere."""

from pathlib import Path

import pytest

from contentmix.data import blank_data, few_labels
from contentmix.errors import DataError, UsageError
from contentmix.options.methods import METHODS, method_defaults
from contentmix.options.run import RunOptions
from contentmix.runs.config import Config, config_from, read_config_file
from contentmix.runs.methods import build_method
from contentmix.runs.prepare import resolved
from contentmix.runs.recipes import resolve


@pytest.mark.parametrize("method", METHODS)
def test_a_configuration_is_complete_and_comes_back(method, tmp_path):
    config = Config(method, run=RunOptions(data="digits", out=Path("x"), milestones=(1.0, 2.0)))
    config.save(tmp_path / "config.yaml")
    again = config_from(read_config_file(tmp_path / "config.yaml"))
    assert again.flat() == config.flat()
    assert again.run == config.run
    assert set(method_defaults(method)) <= set(again.flat())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "names no method .*cut-mixmo"),
        ({"method": "mixmo"}, "unknown method 'mixmo'.*linear-mixmo"),
        ({"method": "mimo", "epoch": 3}, "unknown option 'epoch' of mimo .*epochs"),
        ({"method": "mimo", "alpha": 3}, "unknown option 'alpha' of mimo"),
        ({"method": "mimo", "epochs": "three"}, "epochs is 'three': it must be a whole number"),
        ({"method": "mimo", "epochs": True}, "epochs is True"),
        ({"method": "mimo", "epochs": 0}, "epochs is 0: it must be 1 or more"),
        ({"method": "mimo", "lr": "fast"}, "lr is 'fast'"),
        ({"method": "mimo", "schedule": "linear"}, "schedule is 'linear': choose one of step, cosine, constant"),
        ({"method": "mimo", "milestones": 3}, "milestones is 3: it must be a list"),
        ({"method": "mimo", "validation": 0.0}, "validation is 0, so no epoch can be selected"),
        ({"method": "mimo", "validation": 1.5}, "validation is 1.5"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(UsageError, match=message):
        config_from(options)


def test_broken_files_are_named(tmp_path):
    with pytest.raises(DataError, match=r"none.yaml cannot be read"):
        read_config_file(tmp_path / "none.yaml")
    (tmp_path / "bad.yaml").write_text("a: [1")
    with pytest.raises(DataError, match=r"bad.yaml is not YAML"):
        read_config_file(tmp_path / "bad.yaml")
    (tmp_path / "list.yaml").write_text("- 1")
    with pytest.raises(UsageError, match="write NAME: VALUE lines"):
        read_config_file(tmp_path / "list.yaml")


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("cut-mixmo", {"alpha": 0.0}, "alpha is 0.0"),
        ("cut-mixmo", {"members": 1}, "members is 1"),
        ("cut-mixmo", {"r": 0.0}, "r is 0"),
        ("cut-mixmo", {"prob": 1.2}, "prob is 1.2"),
        ("linear-mixmo", {"cutmix_prob": 2.0}, "cutmix_prob is 2.0"),
        ("supervised", {"mix": "none", "alpha": 1.0}, "alpha is an option of another mix: leave it out with mix none"),
        (
            "supervised",
            {"mix": "resizemix", "alpha": 1.0},
            "alpha is an option of another mix: leave it out with mix resizemix",
        ),
        ("supervised", {"mix": "none", "partners": "set"}, "partners is an option of another mix: leave it out"),
        ("supervised", {"mix": "resizemix", "partners": "set"}, "partners is an option of another mix: leave it out"),
        ("supervised", {"mix": "cutmix", "partners": "all"}, "partners is 'all': choose one of batch, set"),
        ("supervised", {"mix": "cutmix", "alpha": -1.0}, "alpha is -1.0"),
        ("supervised", {"label_smoothing": 1.0}, "label_smoothing is 1.0"),
        ("mixshare", {"share": 0.5}, "share is an option of unmixing partial: leave it out with unmixing fade-out"),
        (
            "mixshare",
            {"unmixing": "full", "fade_epochs": 3.0},
            "fade_epochs is an option of unmixing fade-out: leave it out with unmixing full",
        ),
        ("mixshare", {"unmixing": "partial", "share": 1.5}, "share is 1.5"),
        ("mixshare", {"reserved": 1.5}, "reserved is 1.5: it must be 0 or more and 1 or less"),
        (
            "mixshare",
            {"separation": "last-stage", "reserved": 0.5},
            "reserved is an option of separation encoders: leave it out with separation last-stage",
        ),
        ("mixshare", {"separation": "middle"}, "separation is 'middle': choose one of encoders, last-stage"),
        (
            "mixshare",
            {"attribution": "embedding"},
            "attribution is an option of separation last-stage: leave it out with separation encoders",
        ),
        (
            "mixshare",
            {"separation": "last-stage", "alignment": "co-linear"},
            "alignment is an option of separation encoders: leave it out with separation last-stage",
        ),
        (
            "mixshare",
            {"separation": "last-stage", "inference": "separate"},
            "inference is an option of separation encoders: leave it out with separation last-stage",
        ),
    ],
)
def test_values_that_a_method_cannot_take_are_named(method, options, message):
    with pytest.raises(UsageError, match=message):
        build_method(method, options, 10)


def test_every_mix_and_mask_builds():
    from typing import get_args

    from contentmix.choices import Mask, Mix

    mixes = [mix for mix in get_args(Mix) if mix != "hybrids"]  # which is made of a run
    assert {build_method("supervised", {"mix": mix}, 10).mix is None for mix in mixes} == {True, False}
    assert len({type(build_method("cut-mixmo", {"mask": mask}, 10).mixer.shape) for mask in get_args(Mask)}) == 6


def test_the_cifar_recipe_is_the_thesis_s():
    run = resolve(RunOptions(data="cifar100"), 32)
    assert (run.network, run.epochs, run.batch_size) == ("wrn-28-10", 300, 64)
    assert run.lr == pytest.approx(0.05)  # 0.1 for 128 images
    assert (run.milestones, run.warmup_epochs, run.weight_decay) == ((100, 200, 225), 1.0, 6e-4)


def test_a_shorter_run_decays_at_the_same_shares_and_given_values_win():
    run = resolve(RunOptions(data="cifar100", epochs=30, batch_size=128), 32)
    assert run.milestones == (10, 20, 22.5)
    assert run.lr == pytest.approx(0.1)
    assert resolve(RunOptions(data="cifar100", lr=0.3, milestones=(1,)), 32).lr == 0.3


@pytest.mark.parametrize(
    ("data", "lr", "epochs", "cosine", "batch"),
    [
        ("cifar10", 0.015, 1000, 1050, 32),
        ("svhn", 0.03, 1000, 1050, 32),
        ("fashion-mnist", 0.06, 3, 3.15, 16),
        ("x", 0.06, 8, 8.4, 16),  # one's own on a CPU: 5,000 steps of 16 of 10,000 images
    ],
)
def test_fixmatch_is_trained_as_the_thesis_says_and_faster_on_small_data(data, lr, epochs, cosine, batch):
    run = resolve(RunOptions(data=data, labels=60), 32, "fixmatch", unlabelled=True)
    assert (run.lr, run.epochs, run.cosine_epochs, run.batch_size) == (lr, epochs, cosine, batch)


def test_every_option_of_a_run_stands_under_one_heading():
    from contentmix.options.declared import hints_of
    from contentmix.options.run import GROUPS

    named = [name for names in GROUPS.values() for name in names]
    assert sorted(named) == sorted(hints_of(RunOptions))
    assert len(next(iter(GROUPS.values()))) == 10


@pytest.mark.parametrize("method", METHODS)
def test_every_option_is_documented(method):
    from contentmix.cli.train_options import documentation
    from contentmix.options.methods import options_of

    documented = documentation(options_of(method)) | documentation(RunOptions)
    assert all(documented.get(name) for name in method_defaults(method))


@pytest.mark.parametrize(
    ("data", "size", "px", "own"),
    [
        ("cifar10", None, 4, "zeros"), ("cifar100", None, 4, "zeros"), ("svhn", None, 4, "zeros"),
        ("tiny-imagenet", None, 4, "zeros"), ("mnist", None, 2, "zeros"), ("mnist-m", None, 2, "zeros"),
        ("digits", None, 2, "reflect"), ("digits-m", 16, 2, "reflect"), ("fashion-mnist", 14, 2, "reflect"),
    ],
)  # fmt: skip
def test_crops_are_black_in_chapters_3_and_4_and_reflected_in_chapter_2(data, size, px, own, tmp_path):
    source = blank_data(data, tmp_path, image_size=size)

    def crops(method, **options):
        run = resolved(config_from({"method": method, "data": data, **options}), source).run
        return run.crop_px, run.crop_padding

    for method in ("supervised", "cut-mixmo", "mixshare", "mixvit"):
        assert crops(method) == (px, own)
    for method in ("mean-teacher", "mixmatch", "fixmatch", "samosa", "scimix", "scimix-generator", "adain"):
        assert crops(method) == (px, "reflect")
    assert crops("supervised", crop_px=0, crop_padding="reflect") == (0, "reflect")


def test_with_few_labels_a_baseline_has_the_crops_of_what_it_is_compared_with(tmp_path):
    source, _ = few_labels(blank_data("svhn", tmp_path), 60, 0)
    assert resolved(config_from({"method": "supervised", "data": "svhn"}), source).run.crop_padding == "reflect"
