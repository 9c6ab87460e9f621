"""Records, tables, pictures and pages."""

import dataclasses
import io
import json
import re
from itertools import pairwise

import pytest
import torch
from rich.console import Console

from contentmix import MemberLogits
from contentmix.errors import DataError, UsageError
from contentmix.report import (
    Record,
    curves,
    final_table,
    image_grid,
    label_runs,
    read_predictions,
    reliability_diagrams,
    save_predictions,
    summarise,
    svg,
    trade_off,
    write_report,
)
from tests.report.helpers import record, save_run


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
    with pytest.raises(DataError, match="is not a record: Expecting"):
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
    assert [text.get_text() for text in axes.texts] == ["mimo", "mixmo"]
    crowd = {f"row {i}": [record(0, 0.01 * i).final] for i in range(30)}
    (axes,) = trade_off(crowd).axes
    heights = [text.xyann[1] for text in axes.texts]
    assert min(high - low for low, high in pairwise(heights)) > 0.03, "no name is over another"
    assert heights[0] >= 0
    assert heights[-1] <= 1
    single = dataclasses.replace(record().final, d_re=None)
    assert trade_off({"mimo": runs["mimo"], "vanilla": [single]}) is None


def test_predictions_come_back(tmp_path):
    predictions = MemberLogits(torch.randn(4, 2, 3), torch.arange(4))
    save_predictions(tmp_path / "p.safetensors", predictions)
    again = read_predictions(tmp_path / "p.safetensors")
    assert torch.equal(again.logits, predictions.logits)
    assert again.groups is None
    joined = MemberLogits(torch.randn(4, 3, 3), torch.arange(4), (1, 2))
    save_predictions(tmp_path / "joined.safetensors", joined)
    assert read_predictions(tmp_path / "joined.safetensors").groups == (1, 2)
    (tmp_path / "p.safetensors").write_bytes(b"junk")
    with pytest.raises(DataError, match="p.safetensors cannot be read"):
        read_predictions(tmp_path / "p.safetensors")


def test_the_page_holds_every_run_its_figures_and_escapes_text(tmp_path):
    runs = [save_run(tmp_path / f"run{seed}", seed, seed) for seed in (0, 1)]
    html = write_report(runs, tmp_path / "report.html").read_text()
    for text in (
        "mimo, seed 0",
        "mimo, seed 1",
        "90.50 ± 0.71",
        "data:image/svg+xml;base64,",
        "<td>100</td><td>0.002</td>",
        "&lt;b&gt;",
    ):
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
    plain = [{"epoch": epoch, "train_loss": 1.0} for epoch in (1, 2)]
    terms = [{**row, "loss_pseudo_label": 0.5, "over_threshold": 0.1} for row in plain]
    panels = curves({"supervised": [plain], "fixmatch": [terms]})
    assert list(panels) == ["training loss", "pseudo label", "unlabelled images over the threshold"]
    loss, term, share = (panel.axes[0] for panel in panels.values())
    assert len(loss.lines) == 2
    assert term.lines[0].get_color() == share.lines[0].get_color() == loss.lines[1].get_color()
    assert curves({"supervised": [plain[:1]], "fixmatch": [terms[:1]]}) == {}, "one epoch is no curve"


def test_a_curve_is_the_mean_over_seeds_with_their_deviation():
    runs = [[{"epoch": 1, "train_loss": loss}, {"epoch": 2, "train_loss": 1.0}] for loss in (2.0, 3.0, 4.0)]
    (axes,) = curves({"mimo": runs})["training loss"].axes
    (line,), (band,) = axes.lines, axes.collections
    assert line.get_ydata().tolist() == [3.0, 1.0]
    heights = band.get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (1.0, 4.0)


def test_a_reliability_diagram_is_of_all_seeds_together():
    def seed(counts, accuracy):
        bins = {"count": counts, "accuracy": accuracy, "confidence": [None, None]}
        return dataclasses.replace(record().final, reliability=bins)

    (axes,) = reliability_diagrams({"mimo": [seed([1, 0], [1.0, None]), seed([3, 2], [0.0, 0.5])]})["mimo"].axes
    assert [bar.get_height() for bar in axes.patches] == [0.25, 0.5]


def test_a_figure_keeps_its_words_and_shortens_its_lines():
    (panel,) = reliability_diagrams({"mimo": [dataclasses.replace(record().final, ece=0.12345)]}).values()
    drawn = svg(panel)
    assert "ECE 0.1235" in drawn or "ECE 0.1234" in drawn
    assert not re.search(r' d="[^"]*\.\d{3}', drawn)


@pytest.mark.parametrize("width", [40, 50, 60, 70, 80, 200])
def test_the_final_table_keeps_its_first_column_and_says_what_a_terminal_is_too_narrow_for(width, tmp_path):
    first = record()
    best = dataclasses.replace(first.final, checkpoint="best", epoch=1)
    (tmp_path / "run").mkdir()
    dataclasses.replace(first, evaluations=(first.final, best)).save(tmp_path / "run" / "results.json")
    console = Console(file=io.StringIO(), width=width)
    console.print(final_table([tmp_path / "run"], width))
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= width
    assert "last (2)" in text
    assert "best (1)" in text
    assert "90.00" in text
    assert ("d_re" in text) == (width >= 80)
    assert text.count("…") == (0 if width >= 80 else 3)  # of the heading and of both lines
