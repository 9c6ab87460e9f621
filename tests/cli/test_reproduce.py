"""Tables by the command line."""

import fcntl
import os
import re
import subprocess
import sys

import pytest

from contentmix.files import LOCK
from contentmix.report import load_record
from contentmix.runs.estimate import Cost
from contentmix.studies import estimate
from contentmix.studies.study import Row, RunOf, Scale
from contentmix.thesis.table import table
from contentmix.thesis.tables import TABLES
from tests.cli.helpers import contentmix, one_line

OPTIONS = {"data": "digits", "network": "wrn-10-1", "epochs": 1, "batch_size": 256}
ROWS = (
    Row("mixmo", "cut-mixmo", expected={"top1": "74.8 ± 0.2", "ece": "0.05"}),
    Row("vanilla", "supervised", {"init": RunOf("start")}),
    Row("start", "supervised"),
    Row("broken", "supervised", {"batch_size": 4096}),
)


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    tiny = table("tiny", "one epoch of digits", ROWS[:2], Scale(OPTIONS), helpers=ROWS[2:3])
    monkeypatch.setitem(TABLES, "tiny", tiny)
    failing = table("failing", "", (*ROWS[2:4], Row("two", "supervised", trained_as="broken")), Scale(OPTIONS))
    monkeypatch.setitem(TABLES, "failing", failing)
    monkeypatch.setenv("COLUMNS", "200")


def test_a_table_is_reproduced_and_summarised(tmp_path, capsys):
    words = ["reproduce", "table-tiny", "--out", tmp_path / "t"]
    assert contentmix(*words, "--seeds", 2, "--rows", "mixmo") == 0
    printed = capsys.readouterr().out
    assert "±" in printed
    assert "top1 74.8" in printed
    assert "ece 0." in printed
    assert "[1/2]" in printed
    assert " left" in printed
    assert contentmix(*words, "--seeds", 1) == 0
    printed = capsys.readouterr().out
    assert "mixmo-seed0: cut-mixmo, kept" in printed
    assert {path.name for path in (tmp_path / "t").iterdir()} == {
        "mixmo-seed0", "mixmo-seed1", "vanilla-seed0", "start-seed0", "report.html",
    }  # fmt: skip


def test_rows_of_more_networks_than_seeds_are_named(tmp_path, capsys, monkeypatch):
    """And an ensemble that shares a network with another is no seed of its own."""
    rows = (Row("alone", "supervised"), *(Row(f"{n}nets", "supervised", trained_as="alone", nets=n) for n in (2, 5)))
    monkeypatch.setitem(TABLES, "tiny", table("tiny", "", rows, Scale(OPTIONS)))
    words = ["reproduce", "tiny", "--out", tmp_path, "--seeds", 3]
    assert contentmix(*words) == 0
    printed = capsys.readouterr().out
    assert "left out, of more networks than seeds (--seeds 5): 5nets" in printed
    assert not (tmp_path / "2nets-seed1").exists()
    assert "values of ensembles that share no network: 2nets: 1 of 2 networks" in printed
    lines = {line.split()[0]: line.split() for line in printed.splitlines() if line.split()}
    assert (lines["alone"][1], lines["2nets"][1]) == ("3", "1")


def test_a_failed_row_is_told_of_at_the_end(tmp_path, capsys):
    assert contentmix("reproduce", "failing", "--seeds", 1, "--out", tmp_path) == 1
    told = capsys.readouterr()
    assert "failed: broken-seed0: batch_size is 4096" in told.out
    assert "failed: two-seed0: it needs broken-seed0, which failed" in told.out
    assert told.err.strip() == "contentmix: 2 runs of failing failed: the same command tries again"
    assert load_record(tmp_path / "start-seed0").seed == 0


def told(printed):
    """The two tables of a dry run, what is planned and what was timed, each by its rows."""
    _, *tables = re.split(r"^row .*\n", printed, flags=re.MULTILINE)
    words = [[line.split() for line in table.splitlines() if line.split()] for table in tables]
    planned, timed = ({first: rest for first, *rest in table if first != "timing"} for table in [*words, []][:2])
    return planned, timed


def test_a_dry_run_says_what_it_would_cost_and_writes_nothing(tmp_path, capsys):
    words = ["reproduce", "tiny", "--out", tmp_path / "t"]
    assert contentmix(*words, "--seeds", 1, "--rows", "mixmo") == 0
    before = sorted(tmp_path.rglob("*"))
    capsys.readouterr()
    assert contentmix(*words, "--seeds", 2, "--dry-run") == 0
    planned, timed = told(capsys.readouterr().out)
    assert planned["mixmo"] == ["2", "1", "10"]  # runs, kept, steps: 1,295 images, 128 different in a batch
    assert planned["start"] == ["2", "0", "5"]
    assert float(timed["start"][0]) > 0
    assert "measured" in timed["in"]
    assert contentmix(*words[:-1], tmp_path / "other", "--seeds", 1, "--rows", "mixmo", "--dry-run") == 0
    planned, timed = told(capsys.readouterr().out)
    assert planned["mixmo"][:2] == ["1", "1"], "the other folder has it"
    assert "mixmo" not in timed, "nothing is to be trained"
    assert sorted(tmp_path.rglob("*")) == before


ALPHAS = [f"alpha-{alpha}" for alpha in ("0.5", "1", "2", "4", "8")]
FIGURE = ("reproduce", "figure-A.7", "--dry-run", "--out")


def test_a_dry_run_tells_its_plan_at_once_and_each_row_when_it_is_timed(tmp_path, capsys, monkeypatch):
    printed, before = "", []

    def timed(config, shapes, *, budget):
        nonlocal printed
        printed += capsys.readouterr().out
        before.append([list(part) for part in told(printed)])
        return Cost(steps=1000, step_seconds=0.1, timed=3)

    monkeypatch.setattr(estimate, "estimate", timed)
    assert contentmix(*FIGURE, tmp_path / "t") == 0
    assert before == [[ALPHAS, ALPHAS[:i]] for i in range(5)]
    printed += capsys.readouterr().out
    assert printed.startswith("Figure A.7, thesis scale: 5 rows, 3 seeds")
    # 1,000 steps of 0.1 s are 100 s a run; three of them 5 minutes, of five rows 25.
    assert told(printed)[1]["alpha-8"] == ["0.1", "1.7", "min", "5.0", "min"]
    assert "in total 25.0 min; basis: step time x steps" in printed


def test_columns_of_a_dry_run_never_run_together(tmp_path, capsys, monkeypatch):
    """A million steps of 30 s are 347.2 days, of three seeds 1,041.7 days."""
    monkeypatch.setattr(estimate, "estimate", lambda *_, **__: Cost(steps=10**6, step_seconds=30.0, timed=3))
    assert contentmix(*FIGURE, tmp_path / "t") == 0
    assert told(capsys.readouterr().out)[1]["alpha-8"] == ["30", "347.2", "days", "1,041.7", "days"]


def test_a_dry_run_times_no_further_row_after_two_minutes(tmp_path, capsys, monkeypatch):
    now = 1000.0

    def timed(config, shapes, *, budget):
        nonlocal now
        now += 50.0
        return Cost(steps=1000, step_seconds=0.1, timed=1)

    monkeypatch.setattr(estimate, "estimate", timed)
    monkeypatch.setattr(estimate, "monotonic", lambda: now)
    assert contentmix(*FIGURE, tmp_path / "t") == 0
    printed = capsys.readouterr().out
    # Begun after 0, 50 and 100 s; 150 s are too late.
    assert [row for row in ALPHAS if told(printed)[1][row] == ["not", "timed"]] == ALPHAS[3:]
    assert "in total 15.0 min for 3 of 5 rows, 2 not timed; basis: step time x steps" in printed


def test_the_first_words_of_a_dry_run_come_before_anything_heavy(tmp_path):
    """Importing torch alone takes seconds."""
    program = f"""
import sys
from rich.console import Console
from contentmix.cli import main

def first(self, text, **how):
    print(text, "torch" in sys.modules, "timm" in sys.modules)
    sys.exit(7)

Console.print = first
main(["reproduce", "figure-A.7", "--dry-run", "--out", {str(tmp_path / "t")!r}])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 7, done.stderr
    assert done.stdout.strip().endswith("False False")


def test_options_of_a_file_win_and_are_in_the_command(tmp_path, capsys):
    (tmp_path / "options.yaml").write_text("batch_size: 128\nselect: last\n")
    words = ["reproduce", "tiny", "--out", tmp_path / "t", "--seeds", 1, "--rows", "mixmo"]
    assert contentmix(*words, "--options", tmp_path / "options.yaml") == 0
    record = load_record(tmp_path / "t" / "mixmo-seed0")
    assert record.train["steps"] == 1438 // 64
    assert record.command.endswith(f"--seeds 1 --options {tmp_path / 'options.yaml'}")
    assert contentmix(*words) == 2
    assert "made with batch_size 128, the table asks for 256" in one_line(capsys)


def test_two_devices_share_each_run(tmp_path):
    (tmp_path / "options.yaml").write_text("devices: 2\ndevice: cpu\n")
    words = ["reproduce", "tiny", "--out", tmp_path / "t", "--seeds", 1, "--rows", "mixmo"]
    assert contentmix(*words, "--options", tmp_path / "options.yaml") == 0
    record = load_record(tmp_path / "t" / "mixmo-seed0")
    assert record.train["steps"] == 10
    assert record.command.startswith("contentmix reproduce tiny"), "not that of a process of its own"


def test_a_table_at_work_is_left_alone(tmp_path, capsys):
    handle = os.open(tmp_path / LOCK, os.O_CREAT | os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX)
    assert contentmix("reproduce", "tiny", "--out", tmp_path) == 2
    assert f"another process works on {tmp_path}: let it finish" in one_line(capsys)
    os.close(handle)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["3.66"], "unknown table '3.66'; did you mean '3.6'"),
        (["tiny", "--rows", "mixmi"], "unknown row of tiny 'mixmi'; did you mean 'mixmo'"),
        (["tiny", "--scale", "small"], "unknown scale 'small' of tiny (valid: thesis); there is one of "),
        (["3.6", "--scale", "gpu", "--dry-run"], "headlines"),
        (["tiny", "--address", "auto"], "--address is that of a Ray cluster: give --on ray"),
        (["tiny", "--on", "slurm"], "slurm"),
    ],
)
def test_what_there_is_not_is_said_in_one_line(words, message, capsys, tmp_path):
    assert contentmix("reproduce", *words, "--out", tmp_path / "t") == 2
    assert message in one_line(capsys)
    assert not (tmp_path / "t").exists()
