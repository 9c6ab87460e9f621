"""Real processes, killed by SIGKILL at random moments and in their saves, end as if they had never been."""

import random
import signal
import subprocess
import sys
import time

import pytest
from PIL import Image

from contentmix.options.methods import METHODS
from contentmix.runs.train import resume
from contentmix.studies.plan import Request
from contentmix.studies.run_study import run_study
from contentmix.studies.study import Row, Scale, Study
from contentmix.training import list_checkpoints, newest_intact
from tests.faults import FULL
from tests.faults.figures import note

BASE = ["--network", "wrn-10-1", "--no-progress", "--checkpoint-every", "1", "--workers", "0", "--select", "last"]
DIGITS = ["--data", "digits", *BASE]
FEW = [*DIGITS, "--labels", "40", "--batch-size", "8", "--epochs", "1", "--unlabelled-batch", "280"]
# One or two epochs of a few steps of every method; a generator is a run of the tests'.
RUNS = {
    "supervised": [*DIGITS, "--epochs", "2", "--batch-size", "256", "--mix", "cutmix"],
    "mimo": [*DIGITS, "--epochs", "1", "--batch-size", "256"],
    "linear-mixmo": [*DIGITS, "--epochs", "1", "--batch-size", "256", "--precision", "bf16-mixed"],
    "cut-mixmo": [*DIGITS, "--epochs", "1", "--batch-size", "256"],
    "mixshare": [*DIGITS, "--epochs", "1", "--batch-size", "256"],
    "mixvit": ["--data", "digits", *BASE[2:], "--network", "convit-16-1-4", "--epochs", "1", "--batch-size", "256"],
    "mean-teacher": FEW,
    "mixmatch": [*FEW[:-2], "--unlabelled-batch", "256"],
    "fixmatch": [*FEW, "--precision", "bf16-mixed"],
    "samosa": [*FEW, "--cycles", "2", "--start", "0", "--stop", "1"],
    "scimix-generator": [*FEW, "--warmup", "0", "--no-freeze-guide"],
    "scimix": [*FEW, "--hybrids", "mixup"],
    "adain": [*DIGITS, "--epochs", "1", "--batch-size", "256"],
}
CHOSEN = list(RUNS) if FULL else ["supervised"]
KILLS = 16 if FULL else 2
PROGRAM = "from contentmix.cli import main; main()"
# Dies in the middle of the n-th write.
SAVING = """
import os, signal, sys
from contentmix.cli import main
left, replace = [int(sys.argv.pop(1))], os.replace
def die(*names):
    left[0] -= 1
    if left[0] < 0: os.kill(os.getpid(), signal.SIGKILL)
    replace(*names)
os.replace = die
main()
"""


def start(*words, program=PROGRAM, before=()):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, before), *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(*words):
    process = start(*words)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said


def next_words(folder, words):
    return ["resume", folder] if list_checkpoints(folder / "checkpoints") else words


def same(folder, reference):
    for name in ("model.safetensors", "metrics.csv", "predictions.safetensors"):
        assert (folder / name).read_bytes() == (reference / name).read_bytes(), name
    assert not list(folder.rglob("*.tmp"))
    assert (folder / "report.html").exists()


def test_every_method_is_killed():
    assert set(RUNS) == set(METHODS)


@pytest.mark.parametrize("method", CHOSEN)
def test_killed_at_random_moments_it_ends_the_same(method, tmp_path):
    words = ["train", method, *RUNS[method]]
    finish(*words, "--out", tmp_path / "whole")
    folder, moments, kills = tmp_path / "killed", random.Random(method), 0
    while kills < KILLS and not (folder / "report.html").exists():
        count = len(list((folder / "checkpoints").glob("*")))
        process = start(*next_words(folder, [*words, "--out", folder]))
        # Starting takes seconds and training less: wait until something is written, then a moment of chance.
        deadline = time.monotonic() + 120
        while (
            process.poll() is None
            and len(list((folder / "checkpoints").glob("*"))) == count
            and time.monotonic() < deadline
        ):
            time.sleep(0.005)
        time.sleep(moments.uniform(0, 0.3))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
            note("kills")
        process.communicate()
    if not (folder / "report.html").exists():
        finish(*next_words(folder, [*words, "--out", folder]))
    same(folder, tmp_path / "whole")


@pytest.mark.parametrize("method", CHOSEN)
def test_killed_in_a_save_nothing_is_unloadable_and_nothing_is_left(method, tmp_path):
    words = ["train", method, *RUNS[method]]
    finish(*words, "--out", tmp_path / "whole")
    folder = tmp_path / "killed"
    for number in range(KILLS):
        if (folder / "report.html").exists():
            break
        process = start(*next_words(folder, [*words, "--out", folder]), program=SAVING, before=[1 + number % 4])
        process.communicate(timeout=300)
        if process.returncode == -signal.SIGKILL:
            note("kills in a save")
        if list_checkpoints(folder / "checkpoints"):
            _, damaged = newest_intact(folder / "checkpoints")
            assert not damaged
    if not (folder / "report.html").exists():
        finish(*next_words(folder, [*words, "--out", folder]))
    same(folder, tmp_path / "whole")


@pytest.mark.skipif(not FULL, reason="a minute of photos: in the full form")
@pytest.mark.parametrize("workers", [1, 2])
def test_killed_while_photos_are_streamed_it_ends_the_same(workers, tmp_path):
    for name, level in (("dark", 40), ("light", 200)):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(40):
            noise = Image.effect_noise((80, 80), 20 + i % 7).point(lambda v, b=level: v // 4 + b)
            noise.convert("RGB").save(tmp_path / "photos" / name / f"{i}.png")
    options = [
        "--data",
        tmp_path / "photos",
        "--image-size",
        "72",
        "--network",
        "wrn-10-1",
        "--batch-size",
        "8",
        "--epochs",
        "2",
    ]
    words = ["train", "cut-mixmo", *options, "--no-progress", "--checkpoint-every", "1", "--workers", workers]
    finish(*words, "--out", tmp_path / "whole")
    moments, folder = random.Random(workers), tmp_path / "killed"
    for _ in range(KILLS // 2):
        if (folder / "report.html").exists():
            break
        process = start(*next_words(folder, [*words, "--out", folder]))
        time.sleep(moments.uniform(4, 12))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        note("kills")
    while not (folder / "report.html").exists():
        finish(*next_words(folder, [*words, "--out", folder]))
    same(folder, tmp_path / "whole")


@pytest.mark.skipif(not FULL, reason="20 starts of a study: in the full form")
def test_a_study_killed_twenty_times_ends_with_the_same_records(tmp_path):
    program = (
        "import sys; from pathlib import Path; from contentmix.studies.run_study import run_study\n"
        "from tests.faults.test_kills import request\nrun_study(request(Path(sys.argv[1])))"
    )
    run_study(request(tmp_path / "whole" / "t"))
    moments, place = random.Random(20), tmp_path / "killed" / "t"
    for _ in range(20):
        process = start(place, program=program)
        time.sleep(moments.uniform(2, 14))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        note("kills of a study")
    outcome = run_study(request(place))
    assert not outcome.failed
    for job in outcome.jobs:
        same(job.folder, tmp_path / "whole" / "t" / job.name)


def request(folder):
    options = {
        "data": "digits",
        "network": "wrn-10-1",
        "epochs": 2,
        "batch_size": 256,
        "checkpoint_every": 1,
        "workers": 0,
    }
    rows = (Row("mixmo", "cut-mixmo"), Row("vanilla", "supervised"))
    study = Study("tiny", "", rows, {"small": Scale(options)}, kind="table", command=("reproduce", "tiny"))
    return Request(study, folder, scale="small", seeds=2)


def test_two_that_begin_one_run_at_once_make_one(tmp_path):
    words = ["train", "supervised", *RUNS["supervised"], "--out", tmp_path / "run"]
    processes = [start(*words, "--seed", seed) for seed in (0, 5)]
    said = [process.communicate(timeout=300)[1] for process in processes]
    codes = [process.returncode for process in processes]
    assert sorted(codes) == [0, 2], said
    loser = said[codes.index(2)].strip()
    assert loser.count("\n") == 0
    assert "another process works on" in loser or "exists" in loser
    seed = (0, 5)[codes.index(0)]
    assert f"seed: {seed}" in (tmp_path / "run" / "config.yaml").read_text()
    assert f'"seed": {seed}' in (tmp_path / "run" / "results.json").read_text()
    note("two at once")
    with pytest.raises(Exception, match="has finished"):
        resume(tmp_path / "run")
