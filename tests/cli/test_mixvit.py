"""Transformers by the command line."""

import json

import pytest
import torch

from contentmix.metrics import output_influence, sharing_rate
from contentmix.report import load_record, load_usage
from contentmix.runs.model import load_model
from tests.cli.helpers import contentmix, one_line

TINY = ["--data", "digits", "--network", "convit-16-1-4", "--epochs", "1", "--no-progress"]


@pytest.mark.parametrize(
    ("method", "options", "members"),
    [
        ("mixvit", ["--attribution", "encoding", "--drop-path", "0.2", "--autoaugment"], 2),
        ("mixvit", ["--members", "3", "--mix", "none", "--inference", "sum"], 3),
        ("mixvit", ["--all-tokens", "--batch-augmentations", "1"], 2),
        ("mixvit", ["--inference", "single", "--place", "early", "--precision", "bf16-mixed"], 1),
        ("cut-mixmo", ["--prob", "1", "--no-linear-end", "--inference", "separate", "--alignment", "same"], 2),
        ("supervised", ["--mix", "cutmix-mixup", "--label-smoothing", "0.1", "--batch-augmentations", "2"], 1),
    ],
)
def test_transformers_train(method, options, members, tmp_path):
    assert contentmix("train", method, *TINY, *options, "--out", tmp_path / "run") == 0
    record = load_record(tmp_path / "run")
    assert record.evaluations[0].members == members
    network = load_model(tmp_path / "run").network
    assert network.predict(torch.randn(2, 1, 16, 16)).shape == (2, members, 10)


def test_a_plain_vit_of_timm_becomes_a_mixvit(tmp_path):
    words = ["--data", "digits", "--network", "timm/test_vit", "--epochs", "1", "--no-progress", "--class-blocks", "1"]
    assert contentmix("train", "mixvit", *words, "--out", tmp_path / "run") == 0
    assert contentmix("evaluate", tmp_path / "run", "--json", tmp_path / "figures.json") == 0


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--network", "wrn-10-1"], 2, "WideResNet has no patch tokens: choose convit"),
        (["--network", "convit-10-1-4"], 2, "dim is 10 and heads 4"),
        (["--network", "cait-m-24"], 2, "choose xxs, xs or s, and 24 or 36"),
        (["--network", "convit", "--pretrained"], 2, "pretrained weights exist for timm/NAME and cait only"),
        (["--network", "timm/test_vit", "--class-blocks", "9"], 2, "class_blocks is 9"),
        (["--augmix", "--autoaugment"], 2, "augmix and autoaugment"),
        (["--random-erasing", "2"], 2, "random_erasing is 2"),
    ],
)
def test_what_does_not_fit_is_one_line(words, status, message, tmp_path, capsys):
    assert contentmix("train", "mixvit", "--data", "digits", *words, "--out", tmp_path / "run") == status
    assert message in one_line(capsys)
    assert not (tmp_path / "run").exists()


def test_weights_of_another_number_of_members_are_named(tmp_path, capsys):
    run = tmp_path / "run"
    assert contentmix("train", "mixvit", *TINY, "--out", run) == 0
    config = (run / "config.yaml").read_text()
    (run / "config.yaml").write_text(config.replace("members: 2", "members: 3"))
    capsys.readouterr()
    assert contentmix("evaluate", run) == 1
    assert "do not fit the network" in one_line(capsys)


def test_a_run_is_evaluated_by_another_inference(tmp_path, capsys):
    run, figures = tmp_path / "run", tmp_path / "figures.json"
    assert contentmix("train", "mixvit", *TINY, "--out", run) == 0
    assert contentmix("evaluate", run, "--inference", "single", "--json", figures) == 0
    found = json.loads(figures.read_text())
    assert (found["members"], found["inference"]) == (1, "single")
    assert found["top1"] == pytest.approx(load_record(run).final.member_top1[0])
    plain = tmp_path / "plain"
    assert contentmix("train", "supervised", *TINY, "--out", plain) == 0
    capsys.readouterr()
    assert contentmix("evaluate", plain, "--inference", "sum") == 2
    assert "is of supervised, which predicts in one way only" in one_line(capsys)


def test_its_mixed_patches_are_drawn(tmp_path):
    assert contentmix("hybrids", "mixvit", "--out", tmp_path / "mixvit.png", "--columns", "3") == 0
    assert (tmp_path / "mixvit.png").read_bytes().startswith(b"\x89PNG")


def test_its_members_are_compared_where_they_part(tmp_path, capsys):
    """In their heads, as those of CNNs that part late."""
    run = tmp_path / "run"
    assert contentmix("train", "mixvit", *TINY, "--out", run) == 0
    capsys.readouterr()
    assert contentmix("analyze", run) == 0
    printed = capsys.readouterr().out
    assert "output block" in printed
    assert "active filters" not in printed
    usage = load_usage(run)
    (block,) = usage.blocks
    heads = load_model(run).network.heads.linear.weight.chunk(2)
    assert torch.tensor(block.influence).shape == (2, heads[0].shape[1])
    assert block.sharing == pytest.approx(sharing_rate(output_influence(heads)), rel=1e-5)
    assert usage.activity == {}
    report = (run / "report.html").read_text()
    assert "Feature usage" in report
    assert "Filter activity" not in report
