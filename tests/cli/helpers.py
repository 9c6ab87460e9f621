"""What the tests of the command line share."""

import pytest

from contentmix.cli import main


def fast(epochs=2, batch_size=128):
    """Options of a run that takes seconds."""
    return ["--network", "wrn-10-1", "--epochs", epochs, "--batch-size", batch_size, "--no-progress"]


def contentmix(*words):
    """Exit code of a command run in this process."""
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    return stop.value.code


def one_line(capsys):
    """The single line on the error stream."""
    (line,) = capsys.readouterr().err.strip().splitlines()
    return line
