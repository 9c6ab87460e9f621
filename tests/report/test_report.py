"""Records, tables, pictures and pages."""

import dataclasses
import json
import re

import pytest
import torch

from contentmix import MemberLogits, evaluate
from contentmix.errors import DataError, UsageError
from contentmix.report import (
    EvaluationRecord,
    Record,
    image_grid,
    label_runs,
    read_predictions,
    save_predictions,
    summarise,
    trade_off,
    write_report,
)
from contentmix.report.figures import curves


def record(seed=0, shift=0.0):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(60, 2, 10, generator=generator)
    figures = evaluate(MemberLogits(logits, torch.arange(60) % 10)).to_dict()
    figures["top1"] = 90.0 + shift
    evaluation = EvaluationRecord(checkpoint="last", selected_on="none", epoch=2, split="test", **figures)
    return Record(
        method="mimo", data="digits", network="wrn-10-1", seed=seed, evaluations=(evaluation,), parameters=100, flops=2_000_000,
        train={"images": 50, "epochs": 2, "steps": 9, "seconds": 1.5}, versions={"torch": "2"}, commit=None, device="cpu",
        command="contentmix train mimo <b>",
    )  # fmt: skip


def test_a_record_comes_back_as_it_was(tmp_path):
    record().save(tmp_path / "results.json")
    assert Record.load(tmp_path / "results.json") == record()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda c: c.pop("seed"), "differs in seed"),
        (lambda c: c.update(extra=1), "differs in extra"),
        (lambda c: c["evaluations"][0].pop("nll_c"), "differs in nll_c"),
    ],
)
def test_a_record_of_another_version_is_refused(tmp_path, spoil, message):
    content = json.loads(json.dumps(dataclasses.asdict(record())))
    spoil(content)
    (tmp_path / "results.json").write_text(json.dumps(content))
    with pytest.raises(DataError, match=message):
        Record.load(tmp_path / "results.json")


def test_a_missing_or_broken_record_is_named(tmp_path):
    with pytest.raises(DataError, match="is not a finished run"):
        Record.load(tmp_path / "results.json")
    (tmp_path / "results.json").write_text("{")
    with pytest.raises(DataError, match="cannot be read"):
        Record.load(tmp_path / "results.json")


def test_seeds_are_summarised_by_mean_and_sample_deviation():
    (summary,) = summarise([record(0, -1.0), record(1, 0.0), record(2, 1.0)], ["mimo"] * 3)
    assert summary.seeds == 3
    assert summary.figures[0] == "90.00 ± 1.00"
    (single,) = summarise([record()], ["mimo"])
    assert single.figures[0] == "90.00"


def test_runs_are_told_apart_by_what_they_differ_in():
    plain = {"method": "supervised", "mix": "none", "lr": 0.1, "seed": 0, "out": "a"}
    mixed = plain | {"mix": "cutmix", "seed": 1, "out": "b"}
    mimo = {"method": "mimo", "members": 2, "lr": 0.1, "seed": 0, "out": "c"}
    assert label_runs([plain, mixed, mimo]) == ["supervised, mix none", "supervised, mix cutmix", "mimo"]
    assert label_runs([plain, plain | {"seed": 2}]) == ["supervised", "supervised"]


def test_accuracy_is_drawn_over_diversity_where_there_is_something_to_compare():
    runs = {"mimo": [record(0, -1.0).final, record(1, 1.0).final], "mixmo": [record(0, 2.0).final]}
    (axes,) = trade_off(runs).axes
    ensemble = axes.containers[0].lines[0]
    assert ensemble.get_ydata().tolist() == [90.0, 92.0]
    assert [text.get_text() for text in axes.texts] == ["mimo", "mixmo"] * 2
    single = dataclasses.replace(record().final, d_re=None)
    assert trade_off({"mimo": runs["mimo"], "vanilla": [single]}) is None


def test_predictions_come_back(tmp_path):
    predictions = MemberLogits(torch.randn(4, 2, 3), torch.arange(4))
    save_predictions(tmp_path / "p.safetensors", predictions)
    again = read_predictions(tmp_path / "p.safetensors")
    assert torch.equal(again.logits, predictions.logits)
    (tmp_path / "p.safetensors").write_bytes(b"junk")
    with pytest.raises(DataError, match="p.safetensors cannot be read"):
        read_predictions(tmp_path / "p.safetensors")


def test_the_page_holds_every_run_its_figures_and_escapes_text(tmp_path):
    runs = []
    for seed in (0, 1):
        runs.append(tmp_path / f"run{seed}")
        runs[-1].mkdir()
        record(seed, seed).save(runs[-1] / "results.json")
        (runs[-1] / "config.yaml").write_text("method: mimo\n")
        (runs[-1] / "metrics.csv").write_text("epoch,train_loss,val_top1\n1,2.0,50\n2,1.0,\n")
    html = write_report(runs, tmp_path / "report.html").read_text()
    for text in ("mimo, seed 0", "mimo, seed 1", "90.50 ± 0.71", "<svg", "0.002 G multiply-adds", "&lt;b&gt;"):
        assert text in html
    assert "<b>" not in html
    names = ("http://www.w3.org", "http://purl.org", "http://creativecommons.org", "https://matplotlib.org")
    assert not re.sub("|".join(names), "", html).count("http"), "a page that needs no other fetches nothing"


def test_a_grid_is_a_png_and_rows_must_match():
    assert (
        image_grid({"a": torch.rand(3, 1, 8, 8), "b": torch.rand(3, 3, 8, 8)}, ["x", "y", "z"])[:8]
        == b"\x89PNG\r\n\x1a\n"
    )
    with pytest.raises(UsageError, match=r"rows have \[2, 3\] images"):
        image_grid({"a": torch.rand(3, 1, 8, 8), "b": torch.rand(2, 3, 8, 8)})


def test_curves_show_the_terms_of_a_loss_and_a_run_keeps_its_colour():
    plain = [{"epoch": 1, "train_loss": 1.0}]
    terms = [{"epoch": 1, "train_loss": 1.0, "loss_pseudo_label": 0.5, "over_threshold": 0.1}]
    loss, term, share = curves({"supervised": plain, "fixmatch": terms}).axes
    assert [axes.get_title() for axes in (loss, term, share)] == [
        "training loss", "pseudo label", "unlabelled images over the threshold",
    ]  # fmt: skip
    assert len(loss.lines) == 2
    assert term.lines[0].get_color() == share.lines[0].get_color() == loss.lines[1].get_color()
