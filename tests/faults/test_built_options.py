"""What every option of every method takes can be built, or is refused in one line."""

import pytest

from contentmix.errors import ContentmixError, UsageError
from contentmix.options.declared import hints_of
from contentmix.options.methods import METHODS, options_of
from contentmix.options.run import RunOptions
from contentmix.runs.config import config_from
from contentmix.runs.prepare import prepare, resolved
from contentmix.runs.source import read_data
from tests.faults import FULL
from tests.faults.conftest import OPTIONS
from tests.faults.figures import tried
from tests.faults.test_options import NONSENSE, asked


@pytest.mark.parametrize(
    ("method", "names"),
    [(method, [*hints_of(options_of(method)), *hints_of(RunOptions)]) for method in METHODS]
    if FULL
    else [("cut-mixmo", ["epochs", "network", "milestones", "crop_px", "labels"])],
    ids=METHODS if FULL else None,
)
def test_what_is_taken_can_be_built_or_is_refused_in_one_line(method, names, tmp_path, note):
    """Up to the first step, on the smallest network."""
    seen = set()
    for name in names:
        for value in NONSENSE:
            given = {**OPTIONS, "epochs": 1, **asked(method, name, value)}
            said, asks = tried(lambda given=given: config_from(given), UsageError)
            if asks is None:
                assert "\n" not in said
                note("values of options", "refused in one line")
            elif (same := repr(asks.flat())) in seen or too_large(asks.run):
                note("values of options", "a value it may have")
            else:
                seen.add(same)
                said, _ = tried(lambda asks=asks: build(asks, tmp_path), ContentmixError)
                assert "\n" not in said
                note("values of options", "refused in one line where it is built" if said else "built")


def too_large(run):
    """To be built here."""
    return run.nodes > 1 or run.devices > 1 or run.pretrained or (run.image_size or 0) > 64


def build(asks, folder):
    data = digits(asks.run) if asks.run.data == "digits" else read_data(asks.run)[0]
    return prepare(resolved(asks, data), folder, data, fresh=True)


_READ = {}


def digits(run):
    """Read once for each size and number of labels."""
    key = (run.image_size, run.labels, run.data_root)
    if key not in _READ:
        _READ[key] = read_data(run)[0]
    return _READ[key]
