"""Comparisons as studies: rows by words, equal steps, what is tested, and what is said of it."""

import dataclasses

import pytest

from contentmix.data import blank_data
from contentmix.errors import UsageError
from contentmix.runs.config import config_from
from contentmix.runs.length import length_of
from contentmix.runs.shapes import Shapes
from contentmix.studies.compare import comparison
from contentmix.studies.equal_steps import with_equal_steps
from contentmix.studies.estimate import Costs
from contentmix.studies.findings import findings
from contentmix.studies.plan import Request, plan
from contentmix.studies.verdicts import judge_all
from tests.data.photo_files import make
from tests.report.helpers import row

DIGITS = {"data": "digits", "network": "wrn-10-1"}


def test_rows_are_named_after_what_was_given():
    entries = [
        "supervised",
        "supervised:mix=cutmix,lr=0.10",
        "supervised:schedule=step,milestones=10,20",
        ("cut-mixmo", {"members": "3", "linear_end": False}),
    ]
    study = comparison(entries, {**DIGITS, "epochs": "4"}, command=("compare", "x"))
    assert [each.name for each in study.rows] == [
        "supervised",
        "supervised-mix-cutmix-lr-0.1",
        "supervised-schedule-step-milestones-10-20",
        "cut-mixmo-members-3-linear_end-False",
    ]
    config = study.config(study.rows[2], "", 0).flat()
    assert (config["milestones"], config["epochs"], config["data"]) == ([10.0, 20.0], 4, "digits")
    assert study.config(study.rows[3], "", 0).method_options == {"members": 3, "linear_end": False}
    assert str(study.folder("")) == "runs/comparison-digits"
    assert study.headline("").startswith("Comparison: supervised, supervised-mix-cutmix-lr-0.1, ")


@pytest.mark.parametrize(
    ("methods", "pairs"),
    [
        (["supervised", "mimo"], [("mimo", "supervised")]),
        (
            ["supervised", "mimo", "cut-mixmo"],
            [("mimo", "supervised"), ("cut-mixmo", "supervised"), ("cut-mixmo", "mimo")],
        ),
        (
            ["supervised", "mimo", "cut-mixmo", "mixshare"],
            [("mimo", "supervised"), ("cut-mixmo", "supervised"), ("mixshare", "supervised")],
        ),
    ],
)
def test_what_is_compared_is_fixed_by_the_order_of_the_rows(methods, pairs):
    study = comparison(methods, DIGITS)
    assert [(claim.higher, claim.lower) for claim in study.claims] == pairs
    assert {claim.figure for claim in study.claims} == {"top1"}


@pytest.mark.parametrize(
    ("entries", "options", "message"),
    [
        (["supervised"], {}, "a comparison is of two methods or more"),
        (["supervised", "cutmixmo"], {}, "unknown method 'cutmixmo'; did you mean 'cut-mixmo'"),
        (["supervised", "cut-mixmo:member=3"], {}, "unknown option 'member' of cut-mixmo"),
        (["supervised", "cut-mixmo:members=1"], {}, "members is 1: it must be 2 or more"),
        (["supervised", "supervised"], {}, "supervised is given twice: give one of them an option that differs"),
        (["mimo:members=3", "mimo:members=03"], {}, "mimo-members-3 is given twice"),
        (["supervised", "mimo:members=2,members=3"], {}, "mimo:members=2,members=3: members is given twice"),
        (["supervised", "mimo:members"], {}, "mimo:members: write METHOD:option=value,option=value"),
        (["supervised", "mimo:"], {}, "mimo:: write METHOD:option=value"),
        (["supervised", "mimo:epochs=3"], {}, "epochs of mimo alone: all that are compared have the same data,"),
        (["supervised", "mimo:labels=30"], {}, "labels of mimo alone"),
        (["supervised", "mimo:seed=30"], {}, "seed of mimo alone"),
        (["supervised", "mimo"], {"members": 3}, "unknown option 'members' of every run .* as METHOD:members=VALUE"),
        (["supervised", "mimo"], {"seed": 3}, "unknown option 'seed' of every run"),
        (["supervised", "mimo"], {"select": "test"}, "select is test: .* give validation or last"),
        (["supervised", "mimo"], {"epochs": 0}, "epochs is 0: it must be 1 or more"),
    ],
)
def test_what_cannot_be_compared_is_said(entries, options, message):
    with pytest.raises(UsageError, match=message):
        comparison(entries, {**DIGITS, **options})


def steps(study):
    return {each.name: length_of(study.config(each, "", 0)).steps for each in study.rows}


def test_every_row_makes_as_many_steps_as_the_longest():
    """Digits: 1,438 images less a tenth of every class, 143, are 1,295: 20 batches of 64, 40 where each image stands twice."""
    study, budget = with_equal_steps(
        comparison(["supervised", "cut-mixmo", "cut-mixmo:batch_size=100"], DIGITS), Shapes()
    )
    # 30 epochs of digits' recipe; 1,295 // 50 = 25 batches of 100.
    assert {name: length.steps for name, length in budget.alone.items()} == {
        "supervised": 600, "cut-mixmo": 1200, "cut-mixmo-batch_size-100": 750,
    }  # fmt: skip
    assert (budget.epochs, budget.steps) == (30, 1200)
    assert set(steps(study).values()) == {1200}
    assert "supervised 600 (30 epochs of 20); cut-mixmo 1,200 (30 epochs of 40)" in study.note
    assert [study.config(each, "", 0).run.epoch_steps for each in study.rows] == [40, 40, 40]


def test_few_label_methods_and_cycles_make_no_more_steps():
    """40 labels of 1,438; epochs of 1,398 unlabelled images in batches of 56 (fixmatch) and 64 (mean-teacher, samosa's base)."""
    shared = {**DIGITS, "labels": 40, "epochs": 2}
    study, budget = with_equal_steps(comparison(["fixmatch", "samosa", "supervised"], shared), Shapes())
    # 1,398 // 56 = 24; three cycles of 1,398 // 64 = 21; supervised training passes over all 1,438 in 22.
    assert {name: str(length) for name, length in budget.alone.items()} == {
        "fixmatch": "2 epochs of 24", "samosa": "3 cycles of 2 epochs of 21", "supervised": "2 epochs of 22",
    }  # fmt: skip
    assert budget.steps == 126
    assert set(steps(study).values()) == {126}
    assert study.config(study.rows[1], "", 0).run.epoch_steps == 21


def test_steps_may_be_given():
    asked = {**DIGITS, "labels": 40, "epochs": 2, "epoch_steps": 9}
    study, budget = with_equal_steps(comparison(["supervised", "samosa"], asked), Shapes())
    assert (budget.steps, set(steps(study).values())) == (18, {18})
    assert "So many were asked for" in study.note
    with pytest.raises(UsageError, match="epoch_steps is 10: a row trains in 3 cycles, .* choose a multiple of 3"):
        with_equal_steps(comparison(["supervised", "samosa"], {**asked, "epoch_steps": 10}), Shapes())


def test_photos_are_read_once_whatever_the_number_of_rows_and_labels(tmp_path, monkeypatch):
    reads = []
    monkeypatch.setattr("contentmix.runs.shapes.blank_data", lambda *a, **o: reads.append(a) or blank_data(*a, **o))
    photos = make(tmp_path / "photos", count=20, size=16)
    options = {"data": str(photos), "labels": 8, "epochs": 1, "network": "wrn-10-1", "progress": False}
    shapes = Shapes()
    study, _ = with_equal_steps(comparison(["supervised", "fixmatch", "cut-mixmo"], options), shapes)
    request = Request(study, tmp_path / "out", seeds=2, shapes=shapes)
    costs = Costs(request, tmp_path / "costs", budget=0.0)
    for job in plan(request):
        assert costs.steps(job) == costs.of(job).steps
    assert len(reads) == 1


def test_what_fits_no_data_is_told_before_training():
    with pytest.raises(UsageError, match="digits has no unlabelled images, which this method learns from"):
        with_equal_steps(comparison(["supervised", "fixmatch"], DIGITS), Shapes())


def test_an_epoch_of_given_steps_is_no_pass():
    assert length_of(config_from({"method": "supervised", **DIGITS, "epochs": 3, "epoch_steps": 7})).steps == 21


def judged(rows):
    names = [each.name for each in rows]
    claims = comparison(names, DIGITS).claims
    return judge_all(claims, {each.name: each for each in rows}, corrected=True)


def test_pairs_are_judged_by_seed_and_corrected():
    """Differences of mimo and supervised are 4, 6, 5: mean 5, deviation 1, t = 5 sqrt(3), p = 1 - t / sqrt(2 + t^2) = 0.01307;

    of cut-mixmo and supervised 1, 2, 3: t = 2 sqrt(3), p = 0.0742; of cut-mixmo and mimo -3, -4, -2: t = 3 sqrt(3), p = 0.0351.
    Holm: 3 x 0.01307 = 0.0392, 2 x 0.0351 = 0.0702, and 0.0742.
    """
    found = judged([row("supervised", [80, 82, 90]), row("mimo", [84, 88, 95]), row("cut-mixmo", [81, 84, 93])])
    assert [each.better for each in found] == ["mimo", None, None]
    assert [each.p for each in found] == pytest.approx([0.0392, 0.0742, 0.0702], abs=1e-4)
    assert [each.test for each in found] == ["paired"] * 3
    # The interval is that of the pair alone: 5 -+ 4.302653 / sqrt(3).
    assert found[0].difference.interval == pytest.approx((5 - 2.484, 5 + 2.484), abs=1e-3)
    assert found[0].needed is None
    assert found[1].needed > found[2].needed > 3, "the smaller difference of the same deviation needs more"


def test_a_pair_that_is_not_measured_yet_counts():
    a, b = row("supervised", [80, 82, 90]), row("mimo", [84, 88, 95])
    alone, before = judged([a, b])[0], judged([a, b, row("cut-mixmo", [])])[0]
    assert before.p == pytest.approx(3 * alone.p)
    assert (alone.better, before.better) == ("mimo", "mimo")


def told(*rows):
    return findings(rows, judged(rows))


def test_a_decided_comparison_in_words():
    better = row("mimo", [84, 88, 95])
    for each in better.runs:
        each.record.train["seconds"] = 4.5
    setting, verdict, cost = told(row("supervised", [80, 82, 90]), better)
    assert setting == (
        "Data: digits, 50 training, 60 test images. Network: wrn-10-1. Optimiser steps of a run: 9. Epochs: 2. Seeds: 0, 1, 2. "
        "Weights chosen on: none. Device: cpu. Commit: unknown. Figures are of the test images."
    )
    assert verdict == (
        "mimo is better than supervised by 5.00 points of top-1 (+2.52 to +7.48 with 95 % confidence, p 0.013)."
    )
    assert cost == (
        "mimo has 1.00 x the parameters, 1.00 x the multiply-adds of an image and 3.00 x the training time of supervised."
    )


def test_the_better_one_may_be_the_first():
    _, verdict, _ = told(row("supervised", [84, 88, 95]), row("mimo", [80, 82, 90]))
    assert verdict.startswith("supervised is better than mimo by 5.00 points of top-1 (+2.52 to +7.48 ")


def test_an_undecided_comparison_says_how_many_seeds_it_needs():
    """Differences 1, 2, 3: twice their deviation. With 5 pairs of the parameter 2 sqrt(5) the power is 0.91, with 4 it is 0.75."""
    _, verdict, _ = told(row("supervised", [80, 82, 90]), row("mimo", [81, 84, 93]))
    assert verdict == (
        "mimo or supervised: not decided, mimo - supervised is +2.00 points of top-1 (-0.48 to +4.48 with 95 % confidence, p "
        "0.074); about 2 more seeds would be needed to decide, if they are like these."
    )
    _, verdict, _ = told(row("supervised", [80, 82, 90]), row("mimo", [90, 82, 80.01]))
    assert verdict.endswith("a difference that small is out of reach of 1,000 seeds.")


def test_what_cannot_be_tested_is_said():
    assert told(row("supervised", []), row("mimo", [])) == ["Nothing is measured yet."]
    _, verdict, _ = told(row("supervised", [80]), row("mimo", [81]))
    assert verdict == "mimo or supervised: not decided, one seed has no deviation (top-1 %, mimo - supervised: +1.00)."
    setting, verdict = told(row("supervised", [80, 81]), row("mimo", []))
    assert verdict == "mimo or supervised: not decided, not measured: top-1 % of mimo."
    assert "Seeds: 0, 1." in setting


def test_runs_that_differ_are_told_row_by_row():
    longer = row("mimo", [80, 81])
    for each in longer.runs:
        each.record.train["steps"] = 1200
    setting, *_ = told(row("supervised", [80, 81]), longer)
    assert "Optimiser steps of a run: 9 (supervised); 1,200 (mimo)." in setting


def test_verdicts_of_a_study_that_claims_stay_as_they_are():
    """Welch's, each by itself."""
    rows = {each.name: each for each in (row("supervised", [80, 82, 90]), row("mimo", [84, 88, 95]))}
    (question,) = comparison(list(rows), DIGITS).claims
    (verdict,) = judge_all([dataclasses.replace(question, by_seed=False)], rows)
    assert (verdict.test, verdict.p, verdict.needed) == ("welch", verdict.difference.p, None)
    assert dataclasses.replace(verdict, outcome="holds").better == "mimo"
