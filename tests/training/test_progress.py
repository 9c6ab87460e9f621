"""The time that a training is said to take, and what is said of its epochs."""

import io
import re
from types import SimpleNamespace

import pytest
from rich.console import Console

from contentmix.durations import duration
from contentmix.training.progress import Clock, _Bar, _Lines


@pytest.fixture
def told(monkeypatch):
    """A clock of 2 epochs of 10 steps, what it prints, and a function that ends a step at a time."""
    console = Console(file=io.StringIO(), width=200)
    trainer = SimpleNamespace(num_training_batches=10, max_epochs=2, global_step=0, is_global_zero=True)
    clock = Clock(console)
    clock.on_train_start(trainer, None)

    def step(now, clock=clock):
        monkeypatch.setattr("contentmix.training.progress.time.monotonic", lambda: now)
        clock.on_train_batch_end(trainer)

    return SimpleNamespace(clock=clock, trainer=trainer, step=step, text=console.file.getvalue, console=console)


def test_time_is_the_mean_step_without_the_first_times_the_steps_to_come(told):
    told.step(105.0)  # however long the first one took
    assert told.clock.left is None
    told.step(106.0)
    told.step(107.5)
    # 2.5 s for 2 steps: 17 are to come.
    assert told.clock.left == pytest.approx(17 * 1.25)
    assert told.clock.whole == pytest.approx(20 * 1.25)
    # An evaluation of 10 s between steps counts: 12.5 + 1 s for 4 steps, 15 to come.
    told.step(118.5 - 0.5)
    told.step(118.5)
    assert told.clock.left == pytest.approx(15 * 13.5 / 4)


def test_it_is_told_once_after_ten_steps_and_five_seconds(told):
    for i in range(10):
        told.step(100.0 + i)
    assert told.text() == ""  # 9 s, of 9 steps
    told.step(110.0)
    assert told.text().startswith("estimated time: 20 s, measured on the first 10 steps")  # 20 * 10 / 10
    told.step(210.0)
    told.clock.on_train_epoch_end(told.trainer, None)
    assert told.text().count("estimated") == 1


def test_of_a_short_epoch_it_is_told_at_its_end_and_of_a_run_that_goes_on_only_what_is_to_come(told):
    told.trainer.global_step = 12
    told.clock.on_train_start(told.trainer, None)
    told.step(50.0)
    told.step(150.0)
    told.clock.on_train_epoch_end(told.trainer, None)
    # 8 steps of 100 s.
    assert told.text().startswith("estimated time: 13.3 min, measured on the first 1 step,")
    assert told.clock.left == pytest.approx(600)


def test_a_line_says_of_an_epoch_what_there_is(told):
    row = {"epoch": 1, "train_loss": 1.23456, "val_top1": 71.25}
    lines = _Lines(told.clock, SimpleNamespace(history=[row]), "validation")
    lines.on_train_epoch_end(told.trainer, None)
    assert told.text().strip() == "epoch 1 of 2: loss 1.235, validation 71.2 %"
    told.step(10.0)
    told.step(22.0)
    del row["val_top1"]
    lines.on_train_epoch_end(told.trainer, None)
    assert told.text().strip().splitlines()[-1] == "epoch 1 of 2: loss 1.235, 3.6 min left"  # 18 steps of 12 s
    row["epoch"] = 2
    lines.on_train_epoch_end(told.trainer, None)
    assert told.text().strip().splitlines()[-1] == "epoch 2 of 2: loss 1.235"


@pytest.mark.parametrize("steps", [1, 2])
def test_of_a_training_that_is_over_before_it_can_be_estimated_its_time_is_told_once(told, steps):
    told.trainer.max_epochs, told.trainer.num_training_batches = 1, steps
    told.step(0.0)
    told.clock = Clock(told.console)
    told.clock.on_train_start(told.trainer, None)  # at 0
    for i in range(steps):
        told.step(0.2 * (i + 1), told.clock)
    told.clock.on_train_epoch_end(told.trainer, None)
    assert told.text() == ""
    told.clock.on_train_end(told.trainer, None)
    assert told.text() == "training took under 1 s\n"


def test_one_that_was_estimated_is_not_told_again(told):
    told.step(1.0)
    told.step(1.3)
    told.clock.on_train_epoch_end(told.trainer, None)
    told.clock.on_train_end(told.trainer, None)
    assert told.text().splitlines() == ["estimated time: 6 s, measured on the first 1 step, and corrected from here on"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (0.01, "under 1 s"), (0.99, "under 1 s"), (1.4, "1 s"), (89, "89 s")]
)
def test_times_as_people_say_them(seconds, text):
    assert duration(seconds) == text


def test_a_line_names_the_set_that_epochs_are_selected_on(told):
    rows = [{"epoch": 1, "train_loss": 1.0, "val_top1": 75.0}]
    _Lines(told.clock, SimpleNamespace(history=rows), "test").on_train_epoch_end(told.trainer, None)
    assert told.text().strip() == "epoch 1 of 2: loss 1.000, test 75.0 %"


def test_what_is_printed_stands_above_the_bar_which_counts_as_the_lines_do(told):
    console = Console(file=io.StringIO(), force_terminal=True, width=110, highlight=False, _environ={"TERM": "xterm"})
    clock = Clock(console)
    told.trainer.current_epoch, told.trainer.num_val_batches = 0, [4]
    bar = _Bar(clock, "test")
    clock.on_train_start(told.trainer, None)
    bar.on_train_start(told.trainer, None)
    for i in range(2):
        told.step(100.0 * (i + 1), clock)
        bar.on_train_batch_end(told.trainer, None, None, None, i)
    bar._progress.refresh()
    clock.on_train_epoch_end(told.trainer, None)
    bar.on_validation_batch_end(told.trainer, None, None, None, 2)
    bar._progress.refresh()
    bar.teardown(told.trainer, None, "fit")
    shown = console.file.getvalue()
    assert "epoch 1 of 2" in shown
    assert "2/10" in shown
    assert "30.0 min left in all" in shown  # 18 steps of 100 s
    assert "3/4" in shown
    # The line of the bar is erased before another is printed, and at the end.
    assert re.search(r"\x1b\[2Kestimated time: 33.3 min", shown)
    assert shown.endswith("\x1b[2K")
