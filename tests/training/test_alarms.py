"""What goes wrong without the loss showing it is said."""

import logging

import pytest

from contentmix.training import SciMixGenerator, Supervised
from contentmix.training.alarms import Alarm
from tests.cli.helpers import contentmix


@pytest.mark.parametrize(
    ("side", "value", "said"),
    [("above", 0.95, True), ("above", 0.9, False), ("below", 0.5, True), ("below", 0.95, False)],
)
def test_an_alarm_is_raised_beyond_its_limit(side, value, said):
    alarm = Alarm("copies", side, 0.9, "hybrids are copies")
    text = alarm.text({"copies": value})
    assert (text == f"copies is {value:.3g}, {side} 0.9: hybrids are copies") == said
    assert (text is None) != said
    assert alarm.text({"other": value}) is None


def test_collapse_of_a_generator_has_two_signs():
    row = {"epoch": 3.0, "loss_critic": 0.001, "copies": 0.99}
    found = [alarm.text(row) for alarm in SciMixGenerator.alarms]
    assert [text.split(" is ")[0] for text in found] == ["loss_critic", "copies"]


def test_a_run_says_it(tmp_path, caplog, monkeypatch):
    alarm = Alarm("train_loss", "above", -1.0, "it is only a test")
    monkeypatch.setattr(Supervised, "alarms", (alarm,), raising=False)
    words = ["--data", "digits", "--network", "wrn-10-1", "--epochs", "1", "--batch-size", "512", "--no-progress"]
    with caplog.at_level(logging.WARNING):
        assert contentmix("train", "supervised", *words, "--out", tmp_path / "run") == 0
    assert "epoch 1: train_loss is" in caplog.text
    assert "it is only a test" in caplog.text
