"""Tables of the thesis as runs."""

import json
import shutil

import pytest

from contentmix.errors import UsageError
from contentmix.experiments.methods import build_method
from contentmix.experiments.reproduce import ensembles, reproduce
from contentmix.experiments.tables import TABLES, Row, Scale, Table
from contentmix.report import load_record, load_usage

TINY = Table(
    "tiny",
    "one epoch of digits",
    (Row("mixmo", "cut-mixmo"), Row("shared", "mixshare", {"fade_epochs": 150})),
    {"small": Scale({"data": "digits", "network": "wrn-10-1", "epochs": 1, "batch_size": 256, "progress": False})},
    analyse=True,
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("table")
    reproduce(TINY, folder, scale="small", seeds=1)
    return folder


def test_a_table_is_run_analysed_and_kept(made):
    before = (made / "shared-seed0" / "results.json").stat().st_mtime_ns
    runs = reproduce(TINY, made, scale="small", seeds=1)
    assert [run.folder.name for run in runs] == ["mixmo-seed0", "shared-seed0"]
    assert (made / "shared-seed0" / "results.json").stat().st_mtime_ns == before
    assert load_usage(made / "mixmo-seed0").blocks[-1].name == "output block"
    record = load_record(made / "mixmo-seed0")
    assert record.command == "contentmix reproduce tiny --scale small --rows mixmo --seeds 1"


def test_an_interrupted_table_is_finished_with_the_same_run(made, tmp_path):
    shutil.copytree(made, tmp_path / "t")
    place = tmp_path / "t" / "mixmo-seed0"
    weights = (place / "model.safetensors").read_bytes()
    for name in ("results.json", "model.safetensors"):
        (place / name).unlink()
    for checkpoint in place.glob("checkpoints/*"):
        checkpoint.unlink()
    reproduce(TINY, tmp_path / "t", scale="small", seeds=1)
    assert (place / "model.safetensors").read_bytes() == weights


def test_runs_of_other_options_are_not_taken_for_the_table_s(made):
    other = Table("tiny", "", (Row("mixmo", "cut-mixmo", {"r": 1.0}),), TINY.scales)
    with pytest.raises(UsageError, match=r"made with r 3.0, the table asks for 1.0: choose another --out"):
        reproduce(other, made, scale="small", seeds=1)


def test_what_a_table_does_not_have_is_named(tmp_path):
    with pytest.raises(UsageError, match="unknown scale 'large'"):
        reproduce(TINY, tmp_path, scale="large", seeds=1)
    with pytest.raises(UsageError, match="unknown row of tiny 'mixmi'; did you mean 'mixmo'"):
        reproduce(TINY, tmp_path, scale="small", rows=["mixmi"], seeds=1)
    with pytest.raises(UsageError, match="seeds is 0"):
        reproduce(TINY, tmp_path, scale="small", seeds=0)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_row_has_a_complete_configuration(table):
    names = [row.name for row in table.rows]
    assert len(set(names)) == len(names)
    for scale in table.scales:
        for row in table.rows:
            config = table.config(row, scale, 1)
            assert config.run.seed == 1
            build_method(config.method, config.method_options, 10)
            if scale == "thesis":
                assert config.run.epochs == row.options.get("epochs", table.epochs)
            else:
                assert config.run.data == "fashion-mnist"
                assert config.run.epochs <= 48
            assert row.trained_as is None or row.trained_as in names


def test_rows_that_predict_in_another_way_are_trained_once(tmp_path):
    options = {"data": "digits", "network": "convit-16-1-4", "epochs": 1, "progress": False}
    base = Row("separate", "mixvit", {"batch_augmentations": 1})
    other = Row("single", "mixvit", {"batch_augmentations": 1, "inference": "single"}, trained_as="separate")
    table = Table("tiny", "", (base, other), {"small": Scale(options)})
    runs = reproduce(table, tmp_path, scale="small", rows=["single"], seeds=1)
    assert [run.folder.name for run in runs] == ["single-seed0"]
    trained, again = load_record(tmp_path / "separate-seed0"), load_record(tmp_path / "single-seed0")
    assert (trained.final.members, again.final.members) == (2, 1)
    assert again.final.top1 == pytest.approx(trained.final.member_top1[0])
    assert again.flops < trained.flops
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("separate-seed0", "single-seed0")]
    assert weights[0] == weights[1]
    assert not (tmp_path / "single-seed0" / "checkpoints").exists()
    stamp = (tmp_path / "single-seed0" / "results.json").stat().st_mtime_ns
    reproduce(table, tmp_path, scale="small", seeds=1)
    assert (tmp_path / "single-seed0" / "results.json").stat().st_mtime_ns == stamp


def test_an_older_run_is_continued_by_a_younger_version(tmp_path):
    """An option that its configuration does not know had its default's effect."""
    reproduce(TINY, tmp_path, scale="small", rows=["mixmo"], seeds=1)
    run = tmp_path / "mixmo-seed0"
    lines = [line for line in (run / "config.yaml").read_text().splitlines() if not line.startswith("linear_end")]
    (run / "config.yaml").write_text("\n".join(lines))
    stamp = (run / "results.json").stat().st_mtime_ns
    assert [found.folder for found in reproduce(TINY, tmp_path, scale="small", rows=["mixmo"], seeds=1)] == [run]
    assert (run / "results.json").stat().st_mtime_ns == stamp
    asking = Table("tiny", "", (Row("mixmo", "cut-mixmo", {"linear_end": False}),), TINY.scales)
    with pytest.raises(UsageError, match="was made with linear_end True, the table asks for False"):
        reproduce(asking, tmp_path, scale="small", seeds=1)


def test_seeds_of_a_row_are_evaluated_together(tmp_path):
    """Two seeds of a vanilla row make a deep ensemble of two, of a MixMo row one of 2 networks x 2 members."""
    rows = (Row("mixmo", "cut-mixmo", width=1), Row("vanilla", "supervised", width=1))
    scale = Scale({**TINY.scales["small"].options, "network": "wrn-10-{width}"})
    table = Table("tiny", "", rows, {"small": scale}, nets=2)
    runs = reproduce(table, tmp_path, scale="small", seeds=2)
    found = {name: json.loads(path.read_text()) for name, path in ensembles(table, runs, tmp_path).items()}
    assert {name: figures["members"] for name, figures in found.items()} == {"mixmo": 4, "vanilla": 2}
    assert found["vanilla"]["runs"] == ["vanilla-seed0", "vanilla-seed1"]
    assert ensembles(table, runs[:2], tmp_path) == {}


def test_epochs_of_options_shrink_with_the_scale():
    """Fade-out over 100 of 300 epochs is fade-out over 1.33 of 4; decays at 75, 150, 225 of 300 stay those of the thesis."""
    table = TABLES["3.6"]
    fade = next(row for row in table.rows if row.name == "mixshare-fade-out")
    assert table.config(fade, "thesis", 0).method_options["fade_epochs"] == 100
    assert table.config(fade, "thesis", 0).run.milestones == (75, 150, 225)
    assert table.config(fade, "small", 0).method_options["fade_epochs"] == 1.33
