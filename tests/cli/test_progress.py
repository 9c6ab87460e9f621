"""What is said of a study at work."""

from pathlib import Path
from types import SimpleNamespace

from rich.console import Console

from contentmix.cli import progress


def test_only_runs_that_were_begun_tell_the_time_left(capsys, monkeypatch):
    """One of 100 s, after 50 s of preparation, three that fail with it, one to come: its time is not that of four."""
    now = 0.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    config = SimpleNamespace(method="supervised")
    first, *without, last = (SimpleNamespace(name=n, folder=Path(n), config=config, done=False) for n in "abcde")
    board = progress.StudyProgress(Console(), [first, *without, last])
    now = 50.0
    board.prepares("generating images")
    board.begins(first)
    now = 150.0
    board.ends(first, "it broke")
    for job in without:
        board.ends(job, "it needs a, which failed")
    prepared, *lines = capsys.readouterr().out.splitlines()
    assert prepared == "generating images"
    assert lines[0] == "[1/5] a: supervised, failed, 6.7 min left"
    assert lines[-1] == "[4/5] d: supervised, failed, 1.7 min left"
