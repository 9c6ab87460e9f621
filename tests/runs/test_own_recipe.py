"""Recipes of one's own data: what each rule comes to, worked out by hand."""

import pytest
import torch

from contentmix.data import ArraySet, DataSource
from contentmix.options.run import RunOptions
from contentmix.runs.config import config_from
from contentmix.runs.own_recipe import Extent, own_recipe
from contentmix.runs.prepare import resolved
from contentmix.runs.recipes import extent_of


def source(images=2000, size=32, unlabelled=0):
    def some(count):
        return ArraySet(
            torch.zeros(1, 3, size, size, dtype=torch.uint8).expand(count, -1, -1, -1), torch.arange(count) % 2
        )

    rest = some(unlabelled) if unlabelled else None
    return DataSource("own", ("a", "b"), 3, size, (0.5,) * 3, (0.2,) * 3, some(images), some(10), unlabelled=rest)


def chosen(method="supervised", data=None, **options):
    """Of a run on a CPU unless told otherwise; ``x`` is no set with a recipe."""
    return resolved(config_from({"method": method, "data": "x", "device": "cpu", **options}), data or source()).run


@pytest.mark.parametrize(
    ("images", "size", "device", "network", "batch", "epochs", "why"),
    [
        (2000, 32, "cpu", "wrn-16-1", 16, 40, "5,000 steps of 16 are 80,000 images"),
        (600, 32, "cpu", "wrn-16-1", 16, 133, "5,000 steps of 16: 600 / 16 = 37.5 an epoch"),
        (300, 32, "cpu", "wrn-16-1", 8, 133, "300 / 30 = 10 is nearer to 8; 37.5 steps an epoch"),
        (90, 32, "cpu", "wrn-16-1", 8, 250, "5,000 steps would be 444: never more than 250"),
        (40_000, 32, "cpu", "wrn-16-1", 16, 5, "2 would do for 5,000 steps: never fewer than 5"),
        (1000, 64, "cpu", "wrn-16-1-leaky", 16, 71, "600 s / (1,000 * 4,096 px * 2.05 us) = 71.5"),
        (600, 48, "cpu", "wrn-16-1-leaky", 16, 212, "600 s / (600 * 2,304 px * 2.05 us) = 211.7; 8,000 steps are 213"),
        (1000, 80, "cpu", "resnet18-1", 16, 26, "600 s / (1,000 * 6,400 px * 2.6 us + 62.5 * 0.1 s = 22.9 s) = 26.2"),
        (1000, 224, "cpu", "resnet18-1", 16, 5, "136.7 s each: 4.4, never fewer than 5"),
        (2000, 48, "cuda", "wrn-28-2", 64, 250, "10,000 steps, 31.25 an epoch, are 320: never over 250"),
        (50_000, 64, "cuda", "wrn-28-2", 128, 15, "600 s / (50,000 * 4,096 * 0.2 us = 41 s) = 14.6"),
        (50_000, 224, "mps", "resnet18-1", 128, 6, "600 s / (50,000 * 50,176 * 0.04 us = 100 s) = 6"),
    ],
)
def test_network_batch_and_epochs_follow_images_size_and_device(images, size, device, network, batch, epochs, why):
    recipe = own_recipe(Extent(images, size, device))
    assert (recipe.network, recipe.batch_size, recipe.epochs) == (network, batch, epochs), why


def test_the_rate_follows_the_batch_and_warms_up_for_a_twentieth():
    run = chosen()
    assert (run.batch_size, run.lr, run.schedule) == (16, pytest.approx(0.05), "cosine")  # 0.1 for 32
    assert run.warmup_epochs == pytest.approx(40 / 20)
    assert chosen(batch_size=64).lr == pytest.approx(0.2)
    assert chosen(data=source(1000, 80)).lr == pytest.approx(0.1)  # for 16


def test_above_32_px_a_cpu_learns_by_adamw_whose_rate_follows_the_root_of_the_batch():
    """Decay takes 0.004 * 0.125 = 5e-4 of the weights in a step, as SGD's does, which its momentum of 0.9 makes ten times as
    large: 10 * 0.1 * 5e-4."""
    run = chosen(data=source(1000, 48))
    assert (run.optimizer, run.lr, run.weight_decay) == ("adamw", pytest.approx(0.004), 0.125)
    assert chosen(data=source(1000, 48), batch_size=64).lr == pytest.approx(0.008)
    assert chosen(data=source(1000, 32)).optimizer == chosen(data=source(1000, 80)).optimizer == "sgd"


def test_only_what_is_not_given_is_chosen():
    run = chosen(network="wrn-10-2", epochs=3, lr=0.3, batch_size=10, schedule="step", milestones=(1.0,))
    assert (run.network, run.epochs, run.lr, run.batch_size) == ("wrn-10-2", 3, 0.3, 10)
    assert (run.schedule, run.milestones, run.gamma) == ("step", (1.0,), 0.1)
    run = chosen(epochs=3)
    assert (run.network, run.warmup_epochs) == ("wrn-16-1", 0.15)


def test_methods_that_pass_images_more_often_get_fewer_epochs_where_time_is_short():
    data = source(1000, 80)
    # 16.6 s for each pass of the images, and 6.25 s for the weights of 62.5 steps.
    assert chosen("supervised", data).epochs == 26
    assert chosen("cut-mixmo", data).epochs == 13  # each image twice, in twice the steps: 45.8 s
    assert chosen("cut-mixmo", data, batch_repetition=4).epochs == 7  # 91.6 s
    assert chosen("supervised", data, batch_augmentations=3).epochs == 11  # in batches three times as large: 56.2 s


def test_methods_of_several_inputs_get_the_wide_network_above_32_px():
    for method in ("cut-mixmo", "mixshare"):
        assert [chosen(method, source(1000, size)).network for size in (32, 48)] == ["wrn-16-1", "resnet18-1"]
    assert [chosen("supervised", source(1000, size)).network for size in (64, 80)] == ["wrn-16-1-leaky", "resnet18-1"]


def test_mixvit_is_a_small_transformer_on_a_cpu_and_the_thesis_s_on_an_accelerator(monkeypatch):
    data = source(1000, 80)
    run = chosen("mixvit", data)
    # Three times each image: 600 / (3,000 * 3.2 ms) = 62.5, whatever their size; 5,000 steps of 16 are 80.
    assert (run.network, run.epochs, run.batch_size, run.autoaugment) == ("convit-64-3-4", 62, 16, False)
    assert chosen("mixvit", source(1000, 32)).epochs == 62
    assert run.lr == pytest.approx(1e-3 * (16 / 128) ** 0.5)
    monkeypatch.setattr("contentmix.runs.recipes.device_of", lambda _: torch.device("cuda"))
    monkeypatch.setattr("contentmix.runs.recipe.device_of", lambda _: torch.device("cuda"))
    run = chosen("mixvit", data)
    assert (run.network, run.epochs, run.batch_size, run.autoaugment) == ("convit", 150, 128, True)


def test_an_epoch_of_few_labels_is_one_of_the_unlabelled_images():
    """1,800 of them, 56 in a step: 5,000 steps would be 156 epochs; 600 s of passes of 2.5 a time are
    600 / (1,800 * 1,024 * 2.5 * 3.5e-6 = 16.1 s) = 37.2."""
    data = source(200, unlabelled=1800)
    config = config_from({"method": "fixmatch", "data": "x", "device": "cpu"})
    assert extent_of(config, data) == Extent(1800, 32, "cpu", 2.5, 56, "several")
    run = resolved(config, data).run
    assert (run.epochs, run.batch_size, run.lr, run.cosine_epochs) == (37, 16, 0.06, pytest.approx(37 * 1.05))
    # 5 steps an epoch: 200 epochs would show the labelled images 80 times. 600 / (280 * 1,024 * 2.5 * 3.5e-6 = 2.51 s) = 239.
    assert resolved(config, source(200, unlabelled=280)).run.epochs == 239
    # 56 images 2.5 times are too many of 64 px for a network that keeps their pixels.
    assert resolved(config, source(200, 64, unlabelled=1800)).run.network == "resnet18-1"
    alone = config_from({"method": "supervised", "data": "x", "device": "cpu"})
    assert extent_of(alone, data).images == 2000, "an epoch is as long as one of all images"


def test_mixmatch_takes_as_many_unlabelled_images_as_labelled_ones_and_passes_them_more_often():
    """64 and 2 * 64 views that are learnt, and 2 * 64 that are guessed of at a third of the cost: 235 for 64, or 3.7. Of 1,800
    images 600 / (1,800 * 1,024 * 3.7 * 3.5e-6 = 23.9 s) = 25.1 epochs."""
    data = source(200, unlabelled=1800)
    config = config_from({"method": "mixmatch", "data": "x", "device": "cpu"})
    assert extent_of(config, data) == Extent(1800, 32, "cpu", 3.7, 64, "several")
    assert resolved(config, data).run.epochs == 25
    assert resolved(config, source(200, 48, unlabelled=1800)).run.network == "resnet18-1"
    assert extent_of(config_from({**SMALLER, "method": "mixmatch"}), data).step_images == 32


SMALLER = {"data": "x", "device": "cpu", "batch_size": 32}


def test_what_trains_a_generator_is_a_wide_resnet_at_any_size(monkeypatch):
    def of(method, size, **options):
        return chosen(method, source(200, size, unlabelled=1800), **options).network

    methods = (("samosa", {}), ("samosa", {"base": "mixmatch"}), ("scimix-generator", {}), ("adain", {}))
    for method, options in methods:
        assert [of(method, size, **options) for size in (32, 48, 80)] == [
            "wrn-16-1",
            "wrn-16-1-leaky",
            "wrn-16-1-leaky",
        ]
    monkeypatch.setattr("contentmix.runs.recipes.device_of", lambda _: torch.device("cuda"))
    for method, options in methods:
        assert [of(method, size, **options) for size in (64, 224)] == ["wrn-28-2", "wrn-28-2-leaky"]


def test_all_trainings_in_a_row_and_the_generator_beside_are_counted():
    data = source(200, unlabelled=1800)
    for options, passes, trainings in (({}, 6.0, 3), ({"cycles": 2}, 6.0, 2), ({"base": "mixmatch"}, 7.2, 1)):
        extent = extent_of(config_from({"method": "samosa", "data": "x", "device": "cpu", **options}), data)
        assert (extent.passes, extent.repetition) == (pytest.approx(passes * trainings), trainings)
        assert extent.learner == "generator"


@pytest.mark.parametrize(
    ("options", "batch"),
    [
        ({"method": "fixmatch"}, 30),
        ({"method": "mean-teacher"}, 30),
        ({"method": "mixmatch"}, 30),
        ({"method": "samosa", "base": "mixmatch"}, 30),
        ({"method": "fixmatch", "unlabelled_batch": 56}, 56),
    ],
)
def test_batches_have_no_more_unlabelled_images_than_there_are_unless_asked_for(options, batch):
    for unlabelled, expected in ((30, batch), (1000, None)):
        config = config_from({"data": "x", "device": "cpu", **options})
        found = resolved(config, source(20, unlabelled=unlabelled)).method_options.get("unlabelled_batch")
        assert found == expected or (expected is None and found != 30)


def test_sets_with_recipes_of_their_own_keep_them():
    assert chosen(data=source(1000, 80), network=None, epochs=None).network == "resnet18-1"
    photos = config_from({"method": "supervised", "data": "imagenet-100", "device": "cpu"})
    run = resolved(photos, source(1000, 80)).run
    assert (run.network, run.epochs, run.batch_size, run.image_size) == ("resnet18-1", 90, 256, None)
    assert RunOptions().image_size is None
