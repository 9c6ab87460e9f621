"""The page of a table."""

import base64
import dataclasses
import json
import re

import pytest

from contentmix.errors import DataError
from contentmix.report import image_grid
from contentmix.studies.claim import Claim
from contentmix.studies.measured import MeasuredRow, read_runs
from contentmix.studies.page import render
from tests.report.helpers import save_run, usage

CLAIM = Claim("a is <better> than b", "section 1.2", "top1", "a", "b")
QUALITY = {
    "run": "a",
    "hybrids": {"pairs": 9, "s_c": 80.0, "s_r": 90.0, "accepted": None},
    "mixup": {"s_c": 70.0, "s_r": 0.0},
}
CORRUPTED = {
    "mean": {"top1": 60.0, "top5": None, "nll": 2.0},
    "source": "data/CIFAR-100-C",
    "corruptions": ["fog", "saturate"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    import torch

    folder = tmp_path_factory.mktemp("table")
    for name, base in (("a", 5.0), ("b", 0.0)):
        for seed in range(3):
            run = save_run(folder / f"{name}-seed{seed}", seed, base + seed)
            usage(0.1 * seed).save(run / "usage.json")
    (folder / "a-seed0" / "quality.json").write_text(json.dumps(QUALITY))
    (folder / "a-seed0" / "hybrids").mkdir()
    (folder / "a-seed0" / "hybrids" / "hybrids.png").write_bytes(image_grid({"x": torch.rand(2, 1, 4, 4)}))
    (folder / "a-seed1" / "corruptions.json").write_text(json.dumps(CORRUPTED))
    (folder / "c-seed0").mkdir()  # interrupted
    return folder


def rendered(folder, out):
    printed = {"a": {"top1": "85.40", "s_c": "95.2"}, "b": {"top1": "83.08 ± 0.2"}, "c": {"top1": "81.63"}}
    rows = [MeasuredRow(name, figures, read_runs(folder, name)) for name, figures in printed.items()]
    rows.append(MeasuredRow("d", runs=read_runs(folder, "b"), trained_as="b", nets=2))
    return render(out, "Table 0: tests", rows, [CLAIM], "thesis", "b & c are <exchanged>")


def test_a_page_says_how_often_its_claims_were_judged(tmp_path):
    once, twice = (
        render(tmp_path / "page.html", "Table", [], [CLAIM], corrected=True, looks=looks).read_text()
        for looks in (1, 2)
    )
    assert "p is corrected" in " ".join(once.split())
    assert "p is multiplied by 2, as claims were judged so often, with more seeds each time, and corrected" in " ".join(
        twice.split()
    )


@pytest.fixture(scope="module")
def html(folder):
    return rendered(folder, folder / "report.html").read_text()


@pytest.mark.parametrize(
    "text",
    [
        "<h1>Table 0: tests</h1>",
        # Verdict: means 96 and 91, deviations 1 and 1: error 0.8165, 5 -+ 2.776 error.
        "a is &lt;better&gt; than b", "section 1.2; top-1 %, a - b", '<b class="holds">holds 1</b>', "+5.00", "+2.73 to +7.27", "+2.32",
        "Student's t-test", "level of 5 %",
        # What was trained on, before any number; of four rows a, b and d have runs.
        '<p class="banner">Data: digits, 50 training, 60 test images. Network: wrn-10-1. Optimiser steps of a run: 9. Epochs: 2. '
        "Seeds: 0, 1, 2. Weights chosen on: none. Device: cpu. Commit: unknown.", "<summary>Rows that are not measured yet: 1</summary>",
        # Thesis and measured; a row that was not run shows what was printed.
        "96.00\u00a0±\u00a01.00<small>85.40</small>", "-<small>81.63</small>",
        # Cost: seconds over seeds, and those of the row that trained.
        "2 ± 0", "0.0020", "2 x b",
        # Hybrids of the row and those it is compared with, feature usage over seeds.
        "<td>a</td><td class=\"text\">mixup</td>", "70.0", 'alt="hybrids"', "10.0 ± 10.0", 'alt="active filters over the threshold"',
        # What must be known of the figures.
        "those that share no network. d: 3 of 2 networks.", "<p class=\"note\">b &amp; c are &lt;exchanged&gt;</p>",
        # How it was made.
        "means over 5 severities of 2 corruptions, of CIFAR-100-C&#39;s files: fog, saturate.",
        "contentmix train mimo &lt;b&gt;", "method: mimo\nseed: 0", "torch 2; commit unknown; on cpu",
        'alt="training loss"', 'alt="accuracy over diversity"',
    ],
)  # fmt: skip
def test_the_page_tells_all_of_the_table(html, text):
    assert text in html


def test_what_must_be_known_comes_before_any_figure(html):
    places = [html.index(text) for text in ('class="banner"', "b &amp; c are", "<h2>Verdicts</h2>", "96.00")]
    assert places == sorted(places)


def test_what_is_not_decided_is_folded(folder, tmp_path):
    """b - a is -5 and decided; c was not run; e has one seed."""
    rows = [MeasuredRow(name, runs=read_runs(folder, name)) for name in "abc"]
    rows.append(MeasuredRow("e", runs=read_runs(folder, "a")[:1]))
    claims = [Claim(f"claim {n}", "section 1", "top1", n, low) for n, low in ("ba", "ca", "ea")]
    html = render(tmp_path / "t.html", "Table 0", rows, claims).read_text()
    shown, single, absent = html.split("<details>")[:3]
    assert "claim b" in shown
    assert '<b class="does-not-hold">does not hold 1</b>' in shown
    assert "<summary>Measured, and not decided: 1</summary>" in single
    assert "claim e" in single
    assert "<summary>Not measured yet: 1</summary>" in absent
    assert "claim c" in absent


def test_images_without_labels_are_named_where_a_row_learns_from_them(folder, tmp_path):
    """The record says what lay there; the configuration, whether it was used."""
    (run, *_) = read_runs(folder, "a")
    run.record.train["unlabelled"] = 700
    few = dataclasses.replace(run, config="method: fixmatch\nunlabelled_batch: 8\n")
    html = render(
        tmp_path / "t.html", "Few", [MeasuredRow("few", runs=[few]), MeasuredRow("own", runs=[run])]
    ).read_text()
    assert (
        "Data: digits, 50 labelled, 700 unlabelled, 60 test images (few); digits, 50 training, 60 test images (own)."
        in html
    )
    assert html.count("700 unlabelled") == 2, "the banner and the costs"


def test_the_same_records_make_the_same_page(folder, html, tmp_path):
    assert rendered(folder, tmp_path / "again.html").read_text() == html


def test_the_page_needs_no_other_file_and_runs_nothing(html):
    assert "<script" not in html
    assert "url(" not in html
    for source in re.findall(r'(?:src|href)="([^"]{0,30})', html):
        assert source.startswith(("data:image/svg+xml;base64,", "data:image/png;base64,"))
    drawn = re.findall(r"data:image/svg\+xml;base64,([^\"]+)", html)
    assert drawn
    for figure in drawn:
        assert base64.b64decode(figure).startswith(b"<svg")


def test_the_page_is_read_on_a_phone_and_in_print(html):
    assert 'name="viewport" content="width=device-width, initial-scale=1"' in html
    assert html.count("<table>") == html.count('<div class="scroll"><table>') > 3
    assert ".scroll { overflow-x: auto; }" in html
    assert "img { max-width: 100%;" in html
    style = html[html.index("@media print") : html.index("</style>")]
    for rule in ("figure, tr, li { break-inside: avoid; }", ".scroll { overflow: visible; }", "break-after: avoid"):
        assert rule in style


def test_a_table_of_which_nothing_ran_is_what_the_thesis_printed(tmp_path):
    rows = [MeasuredRow("a", {"top1": "85.40"}), MeasuredRow("b", {"top1": "83.08", "odd_figure": "1.5"})]
    html = render(tmp_path / "t.html", "Table 0", rows, [CLAIM], "thesis").read_text()
    for text in (
        "not measured 1",
        "not measured: top-1 % of a, top-1 % of b",
        "<small>85.40</small>",
        "odd figure",
        "+2.32",
    ):
        assert text in html
    assert "Cost" not in html


def test_sharing_rates_stand_under_their_blocks(tmp_path):
    """Of a row with the output block alone, beside one with an input block too."""
    whole = usage(0.5)
    for name, blocks in (("a", whole.blocks), ("b", whole.blocks[-1:])):
        dataclasses.replace(whole, blocks=blocks).save(save_run(tmp_path / f"{name}-seed0") / "usage.json")
    html = render(
        tmp_path / "page.html", "", [MeasuredRow(row, {}, read_runs(tmp_path, row)) for row in "ab"]
    ).read_text()
    (rates,) = re.findall(r"<tr><td>b</td>((?:<td>[^<]*</td>)*)</tr>\s*</table></div>\s*<div", html)
    assert rates == "<td>-</td>" * (len(whole.blocks) - 1) + "<td>50.0</td>"


def test_runs_are_those_that_finished_by_seed(folder):
    assert [run.record.seed for run in read_runs(folder, "a")] == [0, 1, 2]
    assert read_runs(folder, "c") == []
    figures = [run.figures for run in read_runs(folder, "a")]
    assert figures[0]["s_c"] == 80.0
    assert figures[0]["mixup_s_r"] == 0.0
    assert "accepted" not in figures[0]
    assert figures[1]["corrupted_top1"] == 60.0
    assert read_runs(folder, "a")[1].corrupted_by == "2 corruptions, of CIFAR-100-C's files: fog, saturate"
    assert "corrupted_top5" not in figures[1]
    assert figures[2]["sharing"] == pytest.approx(20.0)
    assert figures[2]["activity_0.4"] == 50.0


@pytest.mark.parametrize(
    ("name", "content"), [("quality.json", "[]"), ("quality.json", "{"), ("corruptions.json", "{}")]
)
def test_a_damaged_measure_is_named(tmp_path, name, content):
    run = save_run(tmp_path / "a-seed0")
    (run / name).write_text(content)
    with pytest.raises(DataError, match=f"{name} is not a record of"):
        read_runs(tmp_path, "a")
