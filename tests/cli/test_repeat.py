"""A table that is killed is finished by a second call, and its commands repeat its rows to the bit."""

import shlex
import signal
import subprocess
import sys
import time

from contentmix.report import load_record
from contentmix.runs.config import config_from, read_config_file
from contentmix.thesis.headlines.study import HEADLINES
from tests.cli.helpers import contentmix

ROWS = ("cut-mixmo", "mixshare")


def test_a_killed_table_is_finished_with_the_records_that_its_commands_repeat(tmp_path, capsys):
    options = tmp_path / "tiny.yaml"
    options.write_text(
        "data: digits\nnetwork: wrn-10-1\nepochs: 2\nepoch_steps: 5\nbatch_size: 256\ncheckpoint_every: 2\n"
    )
    words = ["reproduce", "headlines", "--scale", "small", "--seeds", "1", "--options", options]
    folder = tmp_path / "killed"
    command = [sys.executable, "-m", "contentmix", *map(str, words), "--rows", *ROWS, "--out", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 300
    kept = folder / "mixshare-seed0" / "checkpoints"
    while process.poll() is None and not any(kept.glob("step-*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (folder / "cut-mixmo-seed0" / "results.json").exists()
    assert not (folder / "mixshare-seed0" / "results.json").exists()
    assert contentmix(*words, "--rows", *ROWS, "--out", folder) == 0
    for row in ROWS:
        record = load_record(folder / f"{row}-seed0")
        program, *again = shlex.split(record.command)
        assert program == "contentmix"
        assert contentmix(*again, "--out", tmp_path / row) == 0
        repeated = load_record(tmp_path / row / f"{row}-seed0")
        assert repeated.evaluations == record.evaluations
        for name in ("model.safetensors", "metrics.csv", "predictions.safetensors", "usage.json"):
            made = [(place / f"{row}-seed0" / name).read_bytes() for place in (folder, tmp_path / row)]
            assert made[0] == made[1], name
        config = config_from(read_config_file(folder / f"{row}-seed0" / "config.yaml"))
        open_ = {name for name, value in vars(config.run).items() if value is None}
        assert open_ <= {
            "labels", "labels_seed", "data_root", "image_size", "init", "preview_every", "grad_clip", "ema_decay",
            "cosine_epochs", "milestones", "gamma", "epoch_steps", "layer_decay", "head_warmup_epochs",
        }  # fmt: skip
        assert set(config.flat()) >= set(HEADLINES.row(row).options)
