"""Sharing a run and taking it back, against a stand-in that speaks the hub's HTTP; no pickle, and no path of this machine."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml
from PIL import Image

import contentmix as cm
from contentmix.runs.hub import push, without_places
from contentmix.runs.shared import fetch
from tests.cli.helpers import contentmix, one_line
from tests.hub.stand_in import running_hub

TAKE = """
import sys, contentmix as cm, torch
model = cm.load("hf:somebody/digits@main")
images = cm.load_data("digits").test.images[:50]
torch.save(model.predict(images).probabilities, sys.argv[1])
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("secret") / "place"
    return cm.train(
        "cut-mixmo", data="digits", network="wrn-10-1", epochs=1, batch_size=128, progress=False, device="cpu", out=out
    )


@pytest.fixture(scope="module")
def hub():
    with running_hub() as hub:
        yield hub


@pytest.fixture(scope="module")
def env(hub, tmp_path_factory):
    home = str(tmp_path_factory.mktemp("home"))
    return {
        **os.environ, "HF_ENDPOINT": hub.address, "HF_HOME": home, "HF_TOKEN": "hf_test", "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }  # fmt: skip


@pytest.fixture(scope="module")
def shared(run, hub, env):
    done = subprocess.run(
        [sys.executable, "-m", "contentmix", "push", str(run.folder), "somebody/digits", "--private"],
        env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"shared {run.folder} as {hub.address}/somebody/digits\n"
    return hub.models["somebody/digits"]


def test_what_is_shared(shared, run, hub):
    assert set(shared) == {"README.md", "config.yaml", "model.safetensors", "results.json"}
    assert shared["model.safetensors"] == (run.folder / "model.safetensors").read_bytes()
    assert json.loads(shared["results.json"])["evaluations"][-1]["top1"] == run.record.final.top1
    assert hub.messages == ["cut-mixmo on digits"]
    assert hub.private == {"somebody/digits"}
    assert hub.tokens == {"Bearer hf_test"}


def test_no_path_of_this_machine_is_shared(shared, run):
    place = str(run.folder.parent)
    assert place in run.record.command
    for name in ("README.md", "config.yaml", "results.json"):
        assert place not in shared[name].decode(), name
    assert yaml.safe_load(shared["config.yaml"])["out"] is None


def test_the_card_says_what_the_model_is_for_and_how_good_it_is(shared, run):
    _, head, card = shared["README.md"].decode().split("---\n", 2)
    metadata = yaml.safe_load(head)
    assert (metadata["library_name"], metadata["pipeline_tag"]) == ("contentmix", "image-classification")
    (result,) = metadata["model-index"][0]["results"]
    assert result["metrics"][0]["value"] == round(run.record.final.top1, 2)
    final = run.record.final
    for line in (
        f"| top-1 % | {final.top1:.2f} |", f"| ECE | {final.ece:.4f} |", f"| NLL_c | {final.nll_c:.4f} |",
        'cm.load("hf:somebody/digits")', "grey images of 16 x 16 px of 10 classes", "contentmix train cut-mixmo",
        "selected on:\nvalidation top-1",
    ):  # fmt: skip
        assert line in card
    heading, *_ = card.partition("## Calibration")[2].split("Temperatures")
    counts = [int(row.split("|")[3]) for row in heading.splitlines() if row.startswith(("| 0.", "| 1."))]
    assert sum(counts) == final.images


def test_it_is_taken_back_without_what_it_was_made_from(shared, run, env, tmp_path):
    said = tmp_path / "said.pt"
    done = subprocess.run([sys.executable, "-c", TAKE, str(said)], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    images = cm.load_data("digits").test.images[:50]
    assert torch.equal(torch.load(said, weights_only=True), cm.load(run).predict(images).probabilities)


def in_process(monkeypatch, address, cache):
    import huggingface_hub

    constants = huggingface_hub.constants
    for name, value in {
        "ENDPOINT": address, "HF_HUB_CACHE": str(cache), "HF_HUB_DISABLE_XET": True,
        "HUGGINGFACE_CO_URL_TEMPLATE": address + "/{repo_id}/resolve/{revision}/{filename}",
    }.items():  # fmt: skip
        monkeypatch.setattr(constants, name, value)


def test_a_shared_run_stands_where_a_run_folder_does(run, shared, hub, tmp_path, monkeypatch):
    in_process(monkeypatch, hub.address, tmp_path / "cache")
    monkeypatch.chdir(tmp_path)
    name = "hf:somebody/digits"
    assert contentmix("evaluate", name, run.folder, "--json", "said.json") == 0
    said = json.loads((tmp_path / "said.json").read_text())
    assert said["runs"] == [name, str(run.folder)]
    assert said["top1"] == pytest.approx(run.record.final.top1), "twice the same run"
    assert cm.evaluate_run(name).top1 == pytest.approx(run.record.final.top1)
    image = tmp_path / "digit.png"
    Image.fromarray(cm.load_data("digits").test.images[0, 0].numpy()).save(image)
    for place in (name, run.folder):
        assert contentmix("predict", place, image, "--json", "of-hub.json" if place == name else "of-folder.json") == 0
    assert (tmp_path / "of-hub.json").read_text() == (tmp_path / "of-folder.json").read_text()
    assert contentmix("export", name, "--format", "safetensors") == 0
    assert (tmp_path / "model.safetensors").read_bytes() == shared["model.safetensors"]
    assert contentmix("hybrids", name, "--columns", "2") == 0
    begun = cm.train(
        "cut-mixmo",
        init=name,
        network="wrn-10-1",
        epochs=1,
        epoch_steps=1,
        lr=1e-9,
        progress=False,
        device="cpu",
        out="on",
    )
    assert begun.config.run.init == Path(name)
    weights, first = cm.load(begun).state_dict(), cm.load(run).state_dict()
    trained = [key for key in first if key.endswith("weight")]
    assert all(torch.allclose(weights[key], first[key], atol=1e-6) for key in trained)


@pytest.mark.parametrize("words", [("resume",), ("analyze",), ("report",), ("push", "somebody/again")])
def test_what_needs_the_folder_itself_says_so(words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    command, *rest = words
    assert contentmix(command, "hf:somebody/digits", *rest) == 2
    assert "hf:somebody/digits is shared by its weights, options and results: this takes the folder" in one_line(capsys)
    assert not list(tmp_path.iterdir())


def test_mistakes_are_one_line(run, shared, hub, tmp_path, monkeypatch):
    in_process(monkeypatch, hub.address, tmp_path)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "none"))
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "none"))
    with pytest.raises(cm.UsageError, match="repo is 'digits': it must be OWNER/NAME"):
        push(run.folder, "digits")
    with pytest.raises(cm.DataError, match="not a finished run"):
        push(tmp_path, "somebody/none")
    with pytest.raises(cm.DataError, match="hf:somebody/none is not on the hub, or is not yours to see"):
        cm.load("hf:somebody/none")
    with pytest.raises(
        cm.ContentmixError, match=r"log in with 'hf auth login'|could not be asked for somebody/other: .*401"
    ):
        push(run.folder, "somebody/other")
    hub.models["somebody/empty"] = {"README.md": b"hello"}
    with pytest.raises(cm.DataError, match=r"hf:somebody/empty has no config.yaml: it is no run"):
        fetch("hf:somebody/empty")


def test_weights_that_were_changed_on_the_hub_are_noticed(shared, hub, tmp_path, monkeypatch):
    in_process(monkeypatch, hub.address, tmp_path)
    weights = bytearray(shared["model.safetensors"])
    weights[-1] ^= 1
    hub.models["somebody/changed"] = {**shared, "model.safetensors": bytes(weights)}
    with pytest.raises(cm.CheckpointError, match="do not match the digest"):
        cm.load("hf:somebody/changed")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("contentmix train mimo --data /home/me/photos --network timm/convnext_tiny", "contentmix train mimo --data photos --network timm/convnext_tiny"),
        ("contentmix.train('x', data='/a/b', out=\"~/c/d\")", "contentmix.train('x', data='b', out=\"d\")"),
        ("--data=../mine --init ./runs/a", "--data=mine --init a"),
        ("hf:/srv/sets/shapes", "hf:shapes"),
    ],
)  # fmt: skip
def test_places_are_shortened_to_their_last_names(text, shown):
    assert without_places(text) == shown
