"""A run that is killed and resumed is the run that was never killed, bit for bit."""

import gc
import multiprocessing
import signal
from multiprocessing import forkserver

import pytest
import torch

from contentmix.training.checkpoint_io import list_checkpoints, newest_intact, read_checkpoint
from tests.training import runs

STEPS = 30


@pytest.fixture(scope="module")
def context():
    """Children are forked from a server that has everything imported: not from one that other tests have started."""
    gc.collect()  # a server stays for as long as a process of its own does
    forkserver._forkserver._stop()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.training.runs"])
    return context


def child(context, folder, **options):
    process = context.Process(target=runs.run, args=(str(folder),), kwargs=options)
    process.start()
    process.join(300)
    return process.exitcode


@pytest.fixture(scope="module")
def unkilled(context, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unkilled")
    assert child(context, folder) == 0
    return folder


def equal(a, b):
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(equal, a, b))
    return a == b


def assert_same_run(folder, reference):
    (state, _), (expected, _) = (newest_intact(each / "checkpoints") for each in (folder, reference))
    assert state.name[:13] == expected.name[:13] == f"step-{STEPS:08d}"
    state, expected = read_checkpoint(state), read_checkpoint(expected)
    for part in ("state_dict", "optimizer_states", "lr_schedulers", "callbacks", "global_step", "epoch"):
        assert equal(state[part], expected[part]), part
    assert any(name.startswith("ema.") for name in state["state_dict"])
    assert (folder / "metrics.csv").read_bytes() == (reference / "metrics.csv").read_bytes()
    best, other = (list_checkpoints(each / "checkpoints", "best") for each in (folder, reference))
    assert [path.name for path in best] == [path.name for path in other]


def test_killed_after_every_step(context, unkilled, tmp_path):
    for _ in range(STEPS):
        assert child(context, tmp_path, die_after_save=True) == -signal.SIGKILL
    assert child(context, tmp_path) == 0
    assert_same_run(tmp_path, unkilled)


def test_killed_while_a_checkpoint_is_written_the_one_before_serves(context, unkilled, tmp_path):
    for _ in range(2):
        child(context, tmp_path, die_after_save=True)
    assert child(context, tmp_path, die_while_writing=True) == -signal.SIGKILL
    assert newest_intact(tmp_path / "checkpoints")[0].name.startswith("step-00000002")
    assert child(context, tmp_path) == 0
    assert_same_run(tmp_path, unkilled)


def test_a_damaged_checkpoint_is_passed_over_and_the_run_ends_the_same(context, unkilled, tmp_path):
    for _ in range(8):
        child(context, tmp_path, die_after_save=True)
    newest = list_checkpoints(tmp_path / "checkpoints")[0]
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 4
    newest.write_bytes(content)
    assert child(context, tmp_path) == 0
    assert_same_run(tmp_path, unkilled)


@pytest.mark.parametrize(
    ("options", "column", "steps"),
    [
        ({"make": "build_few_labels"}, "loss_consistency", 8),  # beyond the first epoch
        ({"make": "build_few_label_members"}, "agreement", 2),
        ({"make": "build_hybrid_inputs"}, "train_loss", 2),
        ({"make": "build_mixvit"}, "train_loss", 8),
        ({"make": "build_scimix_generator"}, "loss_r1", 8),
        ({"make": "build_samosa"}, "loss_reconstruction", 14),  # beyond the first cycle
        ({"make": "build", "attribution": "encoding"}, "train_loss", 1),
        ({"make": "build", "reserved": 0.5, "cutmix_prob": 0.0}, "train_loss", 1),
    ],
    ids=[
        "two streams and their teacher",
        "two streams and several members",
        "hybrids as inputs",
        "a transformer with stochastic depth",
        "a generator and its critic",
        "cycles",
        "members that part late",
        "reserved channels",
    ],
)
def test_all_kinds_of_runs_resume(options, column, steps, context, tmp_path):
    assert child(context, tmp_path / "unkilled", **options) == 0
    for _ in range(steps):
        assert child(context, tmp_path / "killed", die_after_save=True, **options) == -signal.SIGKILL
    assert child(context, tmp_path / "killed", **options) == 0
    assert_same_run(tmp_path / "killed", tmp_path / "unkilled")
    assert column in (tmp_path / "killed" / "metrics.csv").read_text()
