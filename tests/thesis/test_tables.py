"""The recipes of the thesis's tables and figures."""

import re

import pytest

from contentmix.data import blank_data
from contentmix.runs.methods import build_method
from contentmix.runs.model import build_trainable
from contentmix.runs.prepare import resolved
from contentmix.runs.recipes import with_method_options
from contentmix.studies.plan import Request, plan
from contentmix.thesis.headlines.study import HEADLINES
from contentmix.thesis.studies import STUDIES
from contentmix.thesis.tables import TABLES

ASKED = [
    *(f"2.{i}" for i in (1, 2, "3a", "3b", 4, 5, 6, 7)),
    *(f"3.{i}" for i in range(1, 7)),
    *(f"4.{i}" for i in (1, "2a", "2b", "2c", "2d", 3, 4, 5, 6)),
    *(f"A.{i}" for i in range(12, 20)),
    *(f"figure-{i}" for i in ("3.4", "3.5", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.14", "4.4")),
    *(f"figure-A.{i}" for i in (6, 7, 8)),
]
FREE = {"fashion-mnist", "fashion-mnist-m", "digits-m"}


def test_every_table_and_figure_is_there():
    assert set(TABLES) == set(ASKED)


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Data of the right shape; labels alone matter here."""
    folder, found = tmp_path_factory.mktemp("blank"), {}

    def get(name, size):
        if (name, size) not in found:
            found[name, size] = blank_data(name, folder, image_size=size)
        return found[name, size]

    return get


@pytest.mark.parametrize(("name", "scale"), [*((name, "thesis") for name in TABLES), ("headlines", "small")])
def test_every_row_has_a_complete_configuration(name, scale, sources, tmp_path):
    table = STUDIES[name]
    names = [row.name for row in (*table.rows, *table.helpers)]
    assert len(set(names)) == len(names)
    jobs = plan(Request(table, tmp_path, scale, seeds=5))
    assert {job.row.name for job in jobs} >= {row.name for row in table.lines(scale)}
    seen = set()
    for job in jobs:
        assert seen.issuperset(job.needs), "what a job takes comes before it"
        seen.add(job.name)
        if job.seed:
            continue
        assert re.fullmatch(r"[\w.+-]+", job.row.name)
        config = resolved(job.config, sources(job.config.run.data, job.config.run.image_size))
        job.folder.mkdir()
        resolved(job.config, job.shapes.of(job.config.run)).save(job.folder / "config.yaml")
        job.check()  # the run that it makes is its own
        build_method(config.method, config.method_options, 10)
        open_ = {name for name, value in vars(config.run).items() if value is None}
        harmless = {"labels", "labels_seed", "data_root", "image_size", "init", "out", "preview_every", "epoch_steps"}
        idle = {"milestones", "gamma"} if config.run.schedule != "step" else set()
        idle |= {"momentum"} if config.run.optimizer != "sgd" else set()
        idle |= {"layer_decay", "head_warmup_epochs"} if not config.run.pretrained else set()
        assert idle <= open_ <= harmless | idle | {"grad_clip", "ema_decay", "cosine_epochs"}
        if scale != "thesis":
            source = sources(config.run.data, config.run.image_size)
            build_trainable(config, 10, source.channels, source.image_size)  # the network fits the images
            assert config.run.data in FREE
            assert config.run.network.split("-")[0] in ("wrn", "convit", "cait")


@pytest.mark.parametrize("group", sorted({table.runs_of for table in TABLES.values() if table.runs_of}))
def test_runs_that_tables_share_are_the_same(group, tmp_path):
    """Of rows of one name in tables that have one folder, the configurations agree; each shares some."""
    tables = [table for table in TABLES.values() if table.group == group]
    assert len({table.folder("thesis") for table in tables}) == 1
    planned = [{job.name: job.config for job in plan(Request(table, tmp_path, seeds=1))} for table in tables]
    for mine in planned:
        others = [each for each in planned if each is not mine]
        assert any(set(mine) & set(each) for each in others)
        for each in others:
            assert all(mine[name] == each[name] for name in set(mine) & set(each))


def test_rows_may_have_options_of_their_own_at_a_scale(tmp_path):
    """At small scale a generator begins with the Mean Teacher, which is then trained before it; at the thesis's not."""
    for scale, before in (("thesis", []), ("small", ["mean-teacher-seed0"])):
        jobs = plan(Request(HEADLINES, tmp_path, scale, rows=["scimix"], seeds=1))
        names = [job.name for job in jobs]
        assert names[-2:] == ["generator-seed0", "scimix-seed0"]
        assert set(names[:-2]) == {"oracle-seed0", *before}
        assert jobs[-2].config.run.init == (tmp_path / before[0] if before else None)
    for scale in HEADLINES.scales.values():
        assert set(scale.own) <= {row.name for row in (*HEADLINES.rows, *HEADLINES.helpers)}


def test_one_oracle_measures_all_seeds(tmp_path):
    jobs = plan(Request(TABLES["A.14"], tmp_path, rows=["generator-svhn-60"], seeds=3))
    assert [job.name for job in jobs if job.config.method == "supervised"] == ["oracle-svhn-seed0"]
    assert {job.measures.oracle for job in jobs if job.row.oracle} == {tmp_path / "oracle-svhn-seed0"}


def test_figures_are_as_printed():
    """Some of every table, read again in the thesis."""
    printed = {
        ("2.1", "samosa-mixmatch-250", "top1"): "84.1 ± 2.2",
        ("2.2", "scimix-fixmatch-svhn-60", "top1"): "96.5 ± 0.9",
        ("2.3b", "generator-svhn-60", "top1"): "72.0 ± 2.7",
        ("2.5", "adain", "s_c"): "92.1",
        ("3.1", "cut-mixmo+cutmix-b4-cifar100", "nll_c"): "0.524",
        ("3.1", "cut-mixmo-b2-cifar10", "nll_c"): "0.089",
        ("3.2", "vanilla-augmix-2nets", "corrupted_nll"): "1.24",
        ("3.5", "vanilla-4nets-w2", "top1"): "69.94",
        ("3.6", "mixshare-fade-out-w5", "sharing"): "62.7 ± 8.3",
        ("A.12", "mixup-cifar10", "ece"): "0.0097",
        ("A.16", "cutmix-w7", "activity_0.3"): "94.0",
        ("A.17", "cut-mixmo-2nets-w2", "nll_c"): "0.7661",
        ("A.17", "vanilla-2nets-w14", "top1"): "83.47",
    }
    for (number, row, figure), value in printed.items():
        assert TABLES[number].row(row).expected[figure] == value


@pytest.mark.parametrize(
    ("number", "row", "source", "same"),
    [
        ("4.3", "resnet18-single", "3.5", "cutmix-w1"),
        ("4.3", "resnet18-mixmo", "3.5", "cut-mixmo-b4-w1"),
        ("4.3", "resnet18-3-single", "3.5", "cutmix-w3"),
        ("4.3", "resnet18-3-mixmo", "3.5", "cut-mixmo-b4-w3"),
        ("A.19", "wrn-28-5-long", "A.17", "cutmix-w5"),
        ("A.19", "wrn-28-5-mixmo-long", "A.17", "cut-mixmo+cutmix-w5"),
    ],
)
def test_figures_of_mixmo_beside_mixvit_are_those_of_its_own_tables(number, row, source, same):
    """Printed there with one decimal, so that the run is the one whose figure has two."""
    here, there = TABLES[number].row(row), TABLES[source].row(same)
    assert float(here.expected["top1"]) == pytest.approx(float(there.expected["top1"]), abs=0.051)
    made = [TABLES[table].config(each, "thesis", 0) for table, each in ((number, here), (source, there))]
    assert made[0].method == made[1].method
    first, second = (with_method_options(each) for each in made)
    assert first.method_options == second.method_options
    assert first.run.network == second.run.network


def test_epochs_of_options_shrink_with_the_scale():
    """Fade-out over 100 of 300 epochs is fade-out over 1.33 of 4; decays at 75, 150, 225 of 300 are at 1, 2, 3 of 4."""
    table = TABLES["3.6"]
    fade = table.row("mixshare-fade-out")
    assert table.config(fade, "thesis", 0).method_options["fade_epochs"] == 100
    assert table.config(fade, "thesis", 0).run.milestones == (75, 150, 225)
    short = table.config(fade, "thesis", 0, given={"epochs": 4})
    assert (short.method_options["fade_epochs"], short.run.milestones) == (1.33, (1, 2, 3))
    assert HEADLINES.config(HEADLINES.row("mixshare"), "small", 0).method_options["fade_epochs"] == 1.33


def test_chapter_2_is_trained_as_the_thesis_says(sources):
    def options(number, name, data):
        config = TABLES[number].config(TABLES[number].row(name), "thesis", 0)
        return resolved(config, sources(data, None)).flat()

    samosa = options("2.1", "samosa-mean-teacher-500", "cifar10")
    assert [samosa[name] for name in ("epochs", "batch_size", "unlabelled_batch", "lr", "cosine_epochs")] == [
        300, 124, 388, 0.2, 350,
    ]  # fmt: skip
    assert (samosa["regularisation"], samosa["network"]) == (0.5, "wrn-28-2-leaky")
    assert options("2.1", "mixmatch-500", "cifar10")["network"] == "wrn-28-2-leaky-norm"
    assert options("2.1", "samosa-mixmatch-500", "cifar10")["network"] == "wrn-28-2-leaky-norm"
    reduced = options("A.13", "samosa-svhn-250", "svhn")
    assert [reduced[name] for name in ("epochs", "batch_size", "unlabelled_batch", "lr", "cosine_epochs")] == [
        150, 15, 250, 0.1, 200,
    ]  # fmt: skip
    # A.1.1: 300 of 350 epochs on MNIST-M as on CIFAR, batches of 30 and 500 and the rate of 0.2 halved for the case study.
    photos = options("A.13", "samosa-mnist-m-100", "mnist-m")
    assert [photos[name] for name in ("epochs", "batch_size", "unlabelled_batch", "lr", "cosine_epochs")] == [
        300, 15, 250, 0.1, 350,
    ]  # fmt: skip
    assert (photos["regularisation"], photos["network"], photos["start"]) == (0.1, "wrn-28-2-leaky", None)
    fixmatch = options("2.2", "scimix-fixmatch-svhn-60", "svhn")
    assert (fixmatch["epochs"], fixmatch["lr"], fixmatch["generator"]) == (1000, 0.03, "generator-svhn-60-seed0")
