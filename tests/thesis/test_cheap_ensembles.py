"""Which cheap ensemble: on equal terms, and the runs of several rows that predict together."""

import pytest

from contentmix.report import FIGURES, load_record, read_run
from contentmix.runs.length import length_of
from contentmix.studies.plan import Request, plan
from contentmix.studies.run_study import run_study
from contentmix.studies.study import Row, RunOf, Scale, Study
from contentmix.thesis.open_questions.cheap_ensembles import CHEAP_ENSEMBLES, CYCLES, LAYERS
from tests.studies.test_run_study import TINY, request


@pytest.mark.parametrize("scale", ["small", "gpu"])
def test_rows_make_as_many_steps_and_parts_add_up_to_them(scale):
    def steps(name):
        return length_of(CHEAP_ENSEMBLES.config(CHEAP_ENSEMBLES.row(name, scale), scale, 0)).steps

    whole = steps("vanilla")
    assert {steps(name) for name in ("mimo", "linear-mixmo", "cut-mixmo", "mixshare", "ema", "swa", *LAYERS)} == {whole}
    assert 2 * steps("half") == whole
    assert sum(steps(f"snapshot-{cycle}") for cycle in range(1, CYCLES + 1)) == whole


def test_snapshots_follow_one_another_and_predict_together(tmp_path):
    jobs = plan(Request(CHEAP_ENSEMBLES, tmp_path, "small", rows=["snapshots"], seeds=1))
    assert [job.name for job in jobs] == [f"snapshot-{c}-seed0" for c in (1, 2, 3, 4)] + ["snapshots-seed0"]
    assert [job.config.run.init for job in jobs[:3]] == [None, *(job.folder for job in jobs[:2])]
    assert jobs[-1].of == tuple(job.folder for job in jobs[:-1])
    assert [job.config.run.continuation for job in jobs[:-1]] == [0, 1, 2, 3]  # none sees the batches of another
    assert (jobs[-1].measures.others, jobs[-1].measures.cost) == ("digits", True)
    assert not jobs[0].measures.cost


@pytest.mark.parametrize("scale", CHEAP_ENSEMBLES.scales)
def test_a_snapshot_is_the_end_of_its_cycle(scale):
    rows = ["snapshots", *(f"snapshot-{cycle}" for cycle in range(1, CYCLES + 1))]
    runs = [CHEAP_ENSEMBLES.config(CHEAP_ENSEMBLES.row(name, scale), scale, 0).run for name in rows]
    assert {(run.schedule, run.select) for run in runs} == {("cosine", "last")}


@pytest.mark.parametrize("scale", CHEAP_ENSEMBLES.scales)
def test_swa_averages_at_a_constant_rate(scale):
    run = CHEAP_ENSEMBLES.config(CHEAP_ENSEMBLES.row("swa", scale), scale, 0).run
    assert (run.schedule, run.milestones, run.gamma) == ("step", (run.epochs / 2,), 0.5)
    assert (run.ema_decay, run.ema_start) == (1.0, 0.75)


def test_a_claim_is_of_rows_and_figures_that_there_are():
    rows, figures = {row.name for row in CHEAP_ENSEMBLES.rows}, {name for name, _, _ in FIGURES}
    for claim in CHEAP_ENSEMBLES.claims:
        assert {row for row, _ in claim.sides} <= rows, claim
        assert {figure for _, figure in claim.sides} <= figures, claim


def test_runs_of_several_rows_are_one_ensemble_and_cost_what_they_all_cost(tmp_path):
    first = Row("first", "supervised")
    second = Row("second", "supervised", {"init": RunOf("first")})
    both = Row("both", "supervised", trained_as="first", together=("second",))
    (scale,) = TINY.scales.values()
    study = Study("tiny", "", (both,), {"small": Scale(scale.options, cost=True)}, helpers=(first, second))
    assert not run_study(request(study, tmp_path)).failed
    record, one = load_record(tmp_path / "both-seed0"), load_record(tmp_path / "first-seed0")
    assert record.final.members == 2
    figures = read_run(tmp_path / "both-seed0").figures
    assert figures["train_steps"] == 2 * one.train["steps"]
    assert figures["mflops"] == pytest.approx(2 * one.flops / 1e6)
    assert "mflops" not in read_run(tmp_path / "first-seed0").figures
