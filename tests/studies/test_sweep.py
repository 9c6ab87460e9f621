"""Sweeps: what is tried next, what is judged, and that nothing is tried twice."""

import json
from types import SimpleNamespace

import pytest

import contentmix as cm
from contentmix.studies.search import Range, suggest
from contentmix.studies.sweep import Sweep, read_sweep, run_sweep
from tests.cli.helpers import contentmix, one_line

FILE = """
method: supervised
trials: {trials}
options: {{data: digits, network: wrn-10-1, epochs: 1, batch_size: 256, device: cpu}}
search:
  lr: {{low: 0.001, high: 0.3, log: true}}
  mix: [none, cutmix]
"""


@pytest.fixture
def declared(tmp_path):
    def write(trials=2):
        path = tmp_path / "lr.yaml"
        path.write_text(FILE.format(trials=trials).replace("none", "'none'"))
        return path

    return write


def test_a_sweep_is_declared_in_a_file(declared):
    sweep = read_sweep(declared(7))
    assert sweep == Sweep(
        "supervised",
        {"data": "digits", "network": "wrn-10-1", "epochs": 1, "batch_size": 256, "device": "cpu"},
        {"lr": Range(0.001, 0.3, True), "mix": ("none", "cutmix")},
        trials=7,
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("trials: 2", "trials: 0", "trials is 0: it must be 1 or more"),
        ("trials: 2", "trails: 2", "sweep .* has 'trails', which is no part of one"),
        ("low: 0.001", "low: -1.0", "from -1.0 by ratios: low must be above 0"),
        ("high: 0.3", "high: 0.0001", "from 0.001 to 0.0001: low must be below high"),
        ("mix: [", "prob: [2.0, ", "prob is 2.0: it must be 0 or more and 1 or less"),
        ("  mix: ['none', cutmix]", "  mix: cutmix", "search for mix is cutmix: give a list of values, or"),
        ("lr: {", "lrr: {", "unknown option 'lrr' of supervised"),
        ("epochs: 1", "epochs: 1, select: test", "select is test: a sweep selects on validation images"),
        ("epochs: 1", "epochs: 1, lr: 0.1", "lr is searched for and among the options"),
    ],
)
def test_mistakes_are_found_before_anything_runs(declared, old, new, said):
    path = declared()
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(cm.UsageError, match=said):
        read_sweep(path)


def test_suggestions_are_of_the_space_keyed_and_learn():
    pytest.importorskip("optuna")
    space = {"lr": Range(0.001, 1.0, True), "members": Range(2, 5), "mask": ("rectangle", "cowmix")}
    tried = []
    for _ in range(25):
        options = suggest(space, tried, seed=1)
        assert options == suggest(space, tried, seed=1), "the same history and seed, the same trial"
        assert 0.001 <= options["lr"] <= 1
        assert options["members"] in (2, 3, 4, 5)
        assert isinstance(options["members"], int)
        tried.append((options, 100.0 * (options["mask"] == "cowmix") if len(tried) != 3 else None))
    assert suggest(space, [], seed=1) != suggest(space, [], seed=2)
    masks = [options["mask"] for options, _ in tried]
    assert masks[10:].count("cowmix") > masks[:10].count("cowmix"), "it tries more of what is better"


def test_a_sweep_is_judged_on_validation_images_and_goes_on(declared, tmp_path, capsys):
    pytest.importorskip("optuna")
    out = tmp_path / "sweep"
    assert contentmix("sweep", declared(1), "--out", out) == 0
    first = capsys.readouterr().out
    results = out / "trial-000-seed0" / "results.json"
    before = results.stat().st_mtime_ns
    tried = json.loads((out / "sweep.json").read_text())["tried"]

    trials = run_sweep(read_sweep(declared(2)), out)
    assert results.stat().st_mtime_ns == before, "what has finished is kept"
    assert json.loads((out / "sweep.json").read_text())["tried"][:1] == tried
    assert min(trials, key=lambda trial: trial.folder).options == tried[0]
    for trial in trials:
        (row,) = cm.list_runs(trial.folder)
        assert (row["lr"], row["mix"], row["select"]) == (trial.options["lr"], trial.options["mix"], "validation")
        head, line = (text.split(",") for text in (trial.folder / "metrics.csv").read_text().splitlines())
        assert trial.score == float(line[head.index("val_top1")])
    assert trials[0].score >= trials[1].score
    assert f"trial-000-seed0: lr {tried[0]['lr']:.4g}, mix {tried[0]['mix']}: validation top-1" in first
    assert f"contentmix train supervised --config {out}/trial-000-seed0/config.yaml" in first
    assert "trial-001" in (out / "report.html").read_text()

    other = declared(2)
    other.write_text(other.read_text().replace("0.3", "0.2"))
    assert contentmix("sweep", other, "--out", out) == 2
    assert "is of another sweep" in one_line(capsys)


def test_without_optuna_its_extra_is_named(declared, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("contentmix.studies.search.find_spec", lambda _: None)
    assert contentmix("sweep", declared(), "--out", tmp_path / "sweep") == 2
    assert "pip install 'contentmix[sweep]'" in one_line(capsys)
    assert not (tmp_path / "sweep").exists()


def test_a_trial_is_judged_by_the_weights_that_it_keeps(declared, tmp_path, monkeypatch):
    """Epoch 2 was the best by chance, epoch 3 is kept; epoch 4 was not evaluated."""
    pytest.importorskip("optuna")
    history = [
        {"epoch": 1, "val_top1": 70.0},
        {"epoch": 2, "val_top1": 90.0},
        {"epoch": 3, "val_top1": 88.0},
        {"epoch": 4},
    ]
    where = "contentmix.studies.sweep"
    monkeypatch.setattr(f"{where}.run_study", lambda request: SimpleNamespace(failed={}))
    monkeypatch.setattr(f"{where}.read_history", lambda folder: history)
    monkeypatch.setattr(f"{where}.write_page", lambda *arguments: None)
    for kept, score in ((3, 88.0), (4, 88.0), (2, 90.0)):
        monkeypatch.setattr(
            f"{where}.load_record", lambda folder, epoch=kept: SimpleNamespace(final=SimpleNamespace(epoch=epoch))
        )
        (trial,) = run_sweep(read_sweep(declared(1)), tmp_path / str(kept))
        assert trial.score == score
