"""What is printed: one line where something is wrong, and names as they are."""

import io
import sys

import pytest
import torch
from PIL import Image

from contentmix.batch import MemberLogits
from contentmix.data import Place, load_data
from contentmix.data.streaming import StreamEvalLoader
from contentmix.errors import ContentmixError, DataError, UsageError, is_out_of_memory
from contentmix.metrics import evaluate
from contentmix.mixing import Dirichlet
from contentmix.mixing.apply import soft_targets
from tests.cli.helpers import contentmix, one_line


@pytest.mark.parametrize("name", ["IMG [final].png", "[bold]x[/bold].png", "x :smile:.png", "[/a].png"])
def test_names_are_printed_as_they_are(name, copy, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    Image.effect_noise((16, 16), 20).save(tmp_path / name)
    assert contentmix("predict", copy, tmp_path / name) == 0
    assert name in capsys.readouterr().out
    page = tmp_path / f"{name}.html"
    assert contentmix("report", copy, "--out", page) == 0
    assert f"wrote {page}" in capsys.readouterr().out
    assert page.exists()


def test_a_terminal_that_cannot_show_a_name_shows_its_codes(monkeypatch):
    from contentmix.cli import main

    shown = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stderr", shown)
    with pytest.raises(SystemExit):
        main(["evaluate", "Füße\udcff"])
    shown.flush()
    assert b"F\\xfc\\xdfe\\udcff is not a run folder" in shown.buffer.getvalue()


@pytest.mark.parametrize(
    "words", [["evaluate", "RUN", "--json", "no/x.json"], ["report", "RUN", "--out", "no/x.html"], ["report", "RUN", "--out", ""],
              ["export", "RUN", "--format", "torchscript", "--out", "no/x.pt"]],
    ids=" ".join,
)  # fmt: skip
def test_a_folder_that_is_missing_is_told_before_any_work(words, copy, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert contentmix(*(copy if word == "RUN" else word for word in words)) == 2
    assert "no folder no; make it, or name another" in one_line(capsys) or words[-1] == ""


@pytest.mark.filterwarnings("ignore:`torch.jit")  # of another category on each version
def test_an_export_is_whole_or_not_there(copy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert contentmix("export", copy, "--format", "torchscript", "--out", "a.pt") == 0
    assert torch.jit.load("a.pt")(torch.rand(3, 1, 16, 16))["logits"].shape == (3, 1, 10)
    assert contentmix("export", copy, "--format", "safetensors", "--out", "a.safetensors") == 0
    assert (tmp_path / "a.safetensors").read_bytes() == (copy / "model.safetensors").read_bytes()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    assert contentmix("export", copy, "--format", "torchscript", "--out", "b.pt") == 1
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["a.pt", "a.safetensors"]


def test_memory_that_there_is_not_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["train", "supervised", "--network", "wrn-10-10000", "--epochs", "1", "--no-progress"]
    assert contentmix(*words) == 1
    assert one_line(capsys).startswith("contentmix: out of memory (")
    assert not list(tmp_path.iterdir())


def test_out_of_memory_is_told_from_other_errors():
    for make in (lambda: torch.empty(2**62), lambda: torch.empty(10**15)):
        with pytest.raises(RuntimeError) as caught:
            make()
        assert is_out_of_memory(caught.value)
    assert is_out_of_memory(MemoryError())
    assert not is_out_of_memory(RuntimeError("shapes do not match"))


@pytest.mark.usefixtures("on_disk")
@pytest.mark.parametrize("methods", [None, ["spawn"]], ids=["forkserver", "without one"])
def test_what_goes_wrong_in_a_worker_is_told_as_by_one_process(methods, photos, monkeypatch):
    if methods:
        monkeypatch.setattr("multiprocessing.get_all_start_methods", lambda: methods)
    source = load_data(str(photos), image_size=72)
    bad = source.test.paths[0]
    bad.write_bytes(bad.read_bytes()[:200])
    said = []
    for workers in (0, 1):
        with pytest.raises(DataError) as caught:
            list(StreamEvalLoader(source.test, source, Place(0, 1, torch.device("cpu")), workers))
        said.append(str(caught.value))
    assert said[0] == said[1]
    assert str(bad) in said[0]
    assert "Traceback" not in said[0]


@pytest.mark.usefixtures("on_disk")
def test_a_worker_that_dies_is_one_line(photos, monkeypatch):
    monkeypatch.setattr("contentmix.data.views.Maker.views", lambda *_: __import__("os")._exit(9))
    monkeypatch.setattr("multiprocessing.get_all_start_methods", lambda: ["fork"])
    monkeypatch.setattr("multiprocessing.get_context", lambda _: __import__("multiprocessing").context.ForkContext())
    source = load_data(str(photos), image_size=72)
    with pytest.raises(ContentmixError, match=r"a process that makes images died .*give fewer workers"):
        list(StreamEvalLoader(source.test, source, Place(0, 1, torch.device("cpu")), 1))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.bool])
def test_class_numbers_are_integers_of_any_width(dtype):
    labels = torch.tensor([0, 1, 1, 0])
    logits = torch.tensor([[2.0, 1.0], [0.0, 1.0], [1.0, 0.0], [3.0, 0.5]])[:, None]
    found, wanted = (evaluate(MemberLogits(logits, each)).to_dict() for each in (labels.to(dtype), labels))
    assert found == wanted
    assert torch.equal(soft_targets(labels.to(dtype), 2), torch.eye(2)[labels])


def test_what_is_no_class_number_or_no_image_is_refused():
    from contentmix.mixing import cutmix

    with pytest.raises(UsageError, match="labels are torch.float32: class numbers are integers"):
        soft_targets(torch.tensor([0.0, 1.0]), 2)
    with pytest.raises(UsageError, match=r"images are torch.uint8: .*give images.float\(\) / 255"):
        cutmix(2)(torch.zeros(2, 3, 8, 8, dtype=torch.uint8), torch.tensor([0, 1]))


@pytest.mark.parametrize("alpha", [1e-6, 1e-3, 0.05, 0.0999, 0.1, 2.0, 1e6])
@pytest.mark.parametrize("members", [2, 3])
def test_ratios_of_any_concentration_have_their_law_s_variance(alpha, members):
    """Of Dirichlet(a, ..., a): mean 1 / m, variance (m - 1) / (m^2 (m a + 1)); for a to 0 one ratio is 1."""
    ratios = Dirichlet(alpha).draw(20_000, members, torch.Generator().manual_seed(0))
    assert torch.allclose(ratios.sum(1), torch.ones(20_000), atol=1e-6)
    variance = (members - 1) / (members**2 * (members * alpha + 1))
    assert ratios.double().var(0).tolist() == pytest.approx([variance] * members, rel=0.06)
    if alpha <= 1e-3:
        assert (ratios.max(1).values > 0.99).float().mean() > 0.97


@pytest.mark.parametrize("alpha", [0.0, -1.0, 1e-30, 1e30, float("inf"), float("nan")])
def test_concentrations_that_cannot_be_drawn_are_refused(alpha):
    with pytest.raises(UsageError, match="alpha is"):
        Dirichlet(alpha)
