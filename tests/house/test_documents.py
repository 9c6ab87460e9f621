"""What the documents tell a reader to type does what they say."""

import csv
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[2]


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)


def test_the_loop_of_the_readme_learns(capsys):
    """A quarter of it; what all of it ends with has a record."""
    (code,) = blocks("README.md", "python")
    names = {}
    torch.manual_seed(1)  # the loop draws its batches and weights from torch's state
    assert "steps = 32, 2, 900 " in code
    exec(compile(code.replace("2, 900 ", "2, 225 "), "README.md", "exec"), names)
    assert names["figures"].top1 > 90
    assert capsys.readouterr().out.startswith("top-1 ")


def test_the_record_of_the_readme_s_loop_is_of_its_code_and_what_the_readme_says():
    spec = importlib.util.spec_from_file_location("readme_loop", ROOT / "docs" / "records" / "readme_loop.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    record = json.loads(script.RECORD.read_text())
    assert record["code"] == script.digest(), "run: python docs/records/readme_loop.py 0 1 2"
    top1 = [run["top1"] for run in record["runs"]]
    assert len(top1) >= 3
    mean = sum(top1) / len(top1)
    assert mean >= 98
    assert (
        f"It ends at {mean:.1f} % ({min(top1):.1f} to {max(top1):.1f} % over {len(top1)} seeds)"
        in (ROOT / "README.md").read_text()
    )


def test_the_transformer_of_the_how_to_learns():
    (code,) = (block for block in blocks("docs/howto.md", "python") if "MixViTNetwork" in block)
    names = {}
    exec(compile(code, "howto.md", "exec"), names)
    images, labels = torch.randn(8, 3, 32, 32), torch.arange(8)
    optimizer = torch.optim.AdamW(names["network"].parameters(), 1e-3)
    losses = []
    for _ in range(12):
        optimizer.zero_grad()
        loss = names["loss"](images, labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]
    assert names["network"].eval().predict(images).shape == (8, 2, 100)


@pytest.mark.parametrize(
    "call", ["cm.evaluate_run([run", "cm.as_data(Mine()", "cm.OwnNetwork(Mine()", 'logger="csv"', "cm.train(Mirror("]
)
def test_what_the_how_to_writes_in_python_runs(call, tmp_path, monkeypatch):
    (code,) = (block for block in blocks("docs/howto.md", "python") if call in block)
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    names = {}
    exec(compile(code, "howto.md", "exec"), names)
    assert names["run"].record.final.images > 0


def test_data_of_the_hub_s_library_train_as_the_how_to_says(tmp_path, monkeypatch):
    pytest.importorskip("datasets")
    (code,) = (block for block in blocks("docs/howto.md", "python") if "import datasets" in block)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(code, "howto.md", "exec"), names)
    assert names["run"].record.final.images > 0


def test_the_mask_of_the_how_to_mixes(capsys):
    (code,) = (block for block in blocks("docs/howto.md", "python") if "class Stripes" in block)
    names = {}
    torch.manual_seed(0)
    exec(compile(code, "howto.md", "exec"), names)
    assert capsys.readouterr().out.count("torch.Size([16, 10])") == 4
    images = torch.arange(2.0)[:, None, None, None].expand(-1, 1, 50, 4)
    mixed, targets = names["stripes"](images, torch.arange(2))
    assert torch.allclose(mixed.mean((1, 2, 3)), targets[:, 1], atol=1e-5)
    assert torch.equal(mixed[..., :1].expand_as(mixed), mixed), "whole rows"


def test_the_notebook_runs_from_top_to_bottom(tmp_path, monkeypatch):
    notebook = json.loads((ROOT / "docs" / "notebooks" / "first-hour.ipynb").read_text())
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert not [cell for cell in notebook["cells"] if cell.get("outputs")], "what it prints is nobody's record"
    monkeypatch.chdir(tmp_path)
    names = {}
    for number, cell in enumerate(cells):
        exec(compile(cell, f"first-hour.ipynb, cell {number}", "exec"), names)
    assert len(names["found"].labels) == 5
    assert names["found"].members.shape == (5, 2, 10)
    assert torch.allclose(names["targets"].sum(1), torch.ones(5))


def test_the_study_of_the_how_to_is_compared(tmp_path, monkeypatch):
    (code,) = (block for block in blocks("docs/howto.md", "python") if "Study(" in block)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "howto.md", "exec"), {})
    page = (tmp_path / "runs" / "study-two-ways-short" / "report.html").read_text()
    assert "<h1>Study, short scale: Two ways to mix digits</h1>" in page
    assert "Two inputs beat one" in page
    assert "thesis" not in page.partition("How each row was made")[0].lower()
    record = (tmp_path / "runs" / "study-two-ways-short" / "cutmix-seed0" / "results.json").read_text()
    assert "contentmix train supervised --config runs/study-two-ways-short/cutmix-seed0/config.yaml" in record


def test_the_comparison_of_the_how_to_is_decided_or_not(tmp_path, monkeypatch, capsys):
    (code,) = (block for block in blocks("docs/howto.md", "python") if "cm.compare(" in block)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(code, "howto.md", "exec"), names)
    found = names["found"]
    # 400 digits less a fifth of every class, then less a tenth, are 288: 36 batches of 8 in each of two epochs.
    assert [(row["row"], row["seeds"], row["steps"]) for row in found.table] == [
        ("supervised", 2, 72), ("supervised-mix-cutmix", 2, 72),
    ]  # fmt: skip
    (verdict,) = found.verdicts
    first, second = (row["top1"] for row in found.table)
    assert verdict["difference"] == pytest.approx(second - first)
    assert verdict["low"] < verdict["difference"] < verdict["high"]
    assert (verdict["better"] is None) == (verdict["low"] < 0 < verdict["high"]) == (verdict["p"] >= 0.05)
    assert found.page == Path("runs/mine/report.html")
    assert found.findings[0] in found.page.read_text()
    assert found.findings[0].startswith("Data: own, ")
    assert found.findings[0] in capsys.readouterr().out


@pytest.mark.parametrize(
    ("page", "made"),
    [
        ("tutorial", ("digits.png", "compared.html", "ensemble.json", "digits.pt", "runs/mixmo/report.html")),
        ("own-photos", ("runs/first/report.html", "runs/compared/report.html", "first.pt")),
    ],
)
def test_the_commands_of_a_page_run_as_written(page, made, tmp_path):
    script = "\n".join(blocks(f"docs/{page}.md", "bash"))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for name in made:
        assert (tmp_path / name).stat().st_size > 1000
    assert not done.stderr, "no warning meets a newcomer"
    if page == "own-photos":
        said = list(csv.DictReader((tmp_path / "said.csv").read_text().splitlines()))
        assert {row["class_1"] for row in said} <= {"3", "5", "8"}
        assert len(said) == len(list((tmp_path / "inbox").iterdir())) > 3
