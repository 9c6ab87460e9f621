"""Probabilities that can be trusted: the temperature of a run, from the validation split to whoever predicts."""

import base64
import io
import json
import warnings

import numpy
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

import contentmix as cm
from contentmix.data import Normalise, hold_out, load_data
from contentmix.metrics import correct, fit_temperature, reliability
from contentmix.report import load_details, load_record, thumbnail
from contentmix.runs.calibration import calibrate, calibration_from
from contentmix.runs.config import config_of
from contentmix.runs.ensemble import averaging
from contentmix.runs.model import load_model
from tests.cli.helpers import contentmix, fast
from tests.house.test_documents import blocks


def logits_of(model, images):
    """Mean over the members, of images (n, c, h, w) uint8: ``logits`` is what the run averages."""
    with torch.inference_mode():
        return model.network.predict(Normalise(model.inputs.mean, model.inputs.std, "cpu")(images)).mean(1).double()


@pytest.fixture(scope="module")
def model(run):
    return load_model(run, device="cpu")


@pytest.fixture(scope="module")
def test_set():
    return load_data("digits").test


def test_it_is_fitted_on_the_validation_split_and_on_nothing_else(model, test_set):
    held = hold_out(load_data("digits"), 0.1, seed=0).validation
    fitted = fit_temperature(logits_of(model, held.images), held.labels)
    assert model.calibration.temperature == pytest.approx(fitted, rel=1e-4)
    assert model.calibration.images == len(held)
    on_test = fit_temperature(logits_of(model, test_set.images), test_set.labels)
    assert abs(on_test - fitted) > 0.001 * fitted, "else this test could not tell them apart"


def test_predict_says_softmax_of_logits_over_the_temperature_or_raw_ones(model, run, test_set, tmp_path, capsys):
    Image.fromarray(test_set.images[0, 0].numpy()).save(tmp_path / "digit.png")
    logits = logits_of(model, test_set.images[:1])[0]
    for words, temperature in ([], model.calibration.temperature), (["--raw"], 1.0):
        target = tmp_path / f"{len(words)}.json"
        assert contentmix("predict", run, tmp_path / "digit.png", "--top", 10, "--json", target, *words) == 0
        said = {each["class"]: each["probability"] for each in json.loads(target.read_text())[0]["classes"]}
        expected = (logits / temperature).softmax(0).tolist()
        assert [said[name] for name in model.inputs.classes] == pytest.approx(expected, abs=1e-6)
    out = capsys.readouterr().out
    images = model.calibration.images
    assert f"at temperature {model.calibration.temperature:.3f}, fitted on {images} validation images" in out
    assert "(temperature 1): as asked" in out


def test_from_python_too_and_which_class_is_most_probable_stays(model, run, test_set):
    loaded = cm.load(run)
    calibrated, raw = (loaded.predict(test_set.images, raw=raw).probabilities for raw in (False, True))
    expected = (logits_of(model, test_set.images) / loaded.temperature).softmax(1).float()
    torch.testing.assert_close(calibrated, expected, atol=1e-5, rtol=0)
    assert (calibrated - raw).abs().max() > 1e-4, "ten times what is taken for rounding"
    assert torch.equal(correct(calibrated, test_set.labels), correct(raw, test_set.labels))


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    """A run of a single network, without a validation split."""
    folder = tmp_path_factory.mktemp("single") / "few"
    words = ["--labels", 100, *fast(epochs=1, batch_size=100)]
    assert contentmix("train", "supervised", "--data", "digits", "--out", folder, *words) == 0
    return folder


def test_a_single_network_counts_as_much_as_one_of_two_members(model, run, single, test_set, tmp_path, capsys):
    target = tmp_path / "both.json"
    assert contentmix("evaluate", run, single, "--json", target) == 0
    found, other = json.loads(target.read_text()), load_model(single, device="cpu")
    mean = (logits_of(model, test_set.images) + logits_of(other, test_set.images)) / 2
    assert found["nll"] == pytest.approx(torch.nn.functional.cross_entropy(mean, test_set.labels).item(), rel=1e-5)
    assert found["members"] == 3
    assert found["members_of_runs"] == [2, 1]
    told = (
        "logits averaged over the members of each run, then over 2 runs, each of the same weight (2 members, 1 member)"
    )
    assert told in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        ((1,), "one network, nothing averaged"),
        ((3,), "probabilities averaged over 3 members"),
        ((1, 1), "probabilities averaged over 2 runs, each of the same weight (1 member, 1 member)"),
    ],
)
def test_how_members_were_averaged_is_said(groups, told):
    assert averaging(groups, "probabilities") == told


def test_a_model_of_an_older_version_or_without_a_split_has_none_and_says_so(run, single, test_set, tmp_path, capsys):
    Image.fromarray(test_set.images[0, 0].numpy()).save(tmp_path / "digit.png")
    assert contentmix("predict", single, tmp_path / "digit.png") == 0
    assert "(temperature 1): there was no validation split to fit a temperature on" in capsys.readouterr().out
    old = tmp_path / "old"
    old.mkdir()
    (old / "config.yaml").write_bytes((run / "config.yaml").read_bytes())
    inputs = {"classes": list("0123456789"), "channels": 1, "image_size": 16, "mean": [0.3], "std": [0.3]}
    save_file(load_file(run / "model.safetensors"), old / "model.safetensors", {"inputs": json.dumps(inputs)})
    assert contentmix("predict", old, tmp_path / "digit.png") == 0
    assert "(temperature 1): the model is of a version that fitted no temperature" in capsys.readouterr().out
    assert load_model(old).calibration.temperature == 1


def test_another_way_of_predicting_or_other_weights_have_none(run, model):
    assert model.calibration.inference == "sum"
    other = load_model(run, inference="separate").calibration
    assert (other.temperature, other.images) == (1, 0)
    assert "fitted to another way of predicting (logits, sum)" in other.words
    assert load_model(run, last=True).calibration.temperature == 1


def test_without_a_mistake_nothing_says_how_sure_to_be(run):
    config, labels = config_of(run), torch.tensor([0, 1, 1])
    right = torch.nn.functional.one_hot(labels, 10)[:, None].float()
    assert calibrate(cm.MemberLogits(right, labels), config).temperature == 1
    assert "no mistake on 3 validation images" in calibrate(cm.MemberLogits(right, labels), config).words


@pytest.mark.parametrize(
    ("images", "why"),
    [
        (16, "of 16 validation images no temperature can be told, 20 are the least"),
        (20, "no other fits 20 validation images surely better"),
        (24, ""),
    ],
)
def test_a_temperature_is_kept_where_images_are_enough_to_tell_it(images, why, run):
    """Log-odds of ln 9 for one of two classes, and three of four are right: odds of 3, T = ln 9 / ln 3 = 2. An image's NLL falls by
    (3 ln 10/9 + ln 10) / 4 - (3 ln 4/3 + ln 4) / 4 = 0.0923, and 2 n 0.0923 passes 3.84 at n = 20.8."""
    logits = torch.tensor([[[2.1972246, 0.0]]]).expand(images, 1, 2)
    labels = torch.tensor([0, 0, 0, 1]).repeat(images // 4)
    fitted = calibrate(cm.MemberLogits(logits, labels), config_of(run))
    assert (fitted.temperature, fitted.images) == ((1, 0) if why else (pytest.approx(2, rel=1e-5), images))
    assert why in fitted.words


@pytest.mark.parametrize(
    "content",
    [{"temperature": 0.0}, {"temperature": "warm"}, {"images": -1}, {"average": "votes"}, {"heat": 1}, [], None],
)
def test_a_header_that_holds_no_calibration_is_refused(content):
    with pytest.raises(ValueError, match="its header has the calibration"):
        calibration_from(content)


@pytest.fixture(scope="module")
def images(test_set):
    return test_set.images[:5].float() / 255


def test_an_onnx_file_predicts_by_the_lines_of_the_how_to(model, run, images, tmp_path, monkeypatch, capsys):
    for module in ("onnxruntime", "onnxscript"):
        pytest.importorskip(module)
    monkeypatch.chdir(tmp_path)
    assert contentmix("export", run, "--format", "onnx") == 0
    (lines,) = (block for block in blocks("docs/howto.md", "python") if "onnxruntime" in block)
    names = {"images": images.numpy()}
    exec(compile(lines, "howto.md", "exec"), names)
    expected = (logits_of(model, (images * 255).byte()) / model.calibration.temperature).softmax(1)
    assert abs(names["probabilities"] - expected.numpy()).max() < 1e-5
    assert str([model.inputs.classes[best] for best in expected.argmax(1)]) in capsys.readouterr().out
    session = names["session"]
    assert [each.name for each in session.get_inputs()] == ["images"]
    assert [each.name for each in session.get_outputs()] == ["probabilities", "logits"]
    told = {name: json.loads(text) for name, text in session.get_modelmeta().custom_metadata_map.items()}
    spec = {"channels": 1, "image_size": 16, "mean": list(model.inputs.mean), "std": list(model.inputs.std)}
    assert {name: told[name] for name in spec} == spec
    assert told["temperature"] == model.calibration.temperature
    one = session.run(["logits"], {"images": images[:1].numpy()})[0]
    assert one.shape == (1, 2, 10), "any number of images"


def test_a_torchscript_file_predicts_by_the_lines_of_the_how_to(model, run, images, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert contentmix("export", run, "--format", "torchscript") == 0
    (lines,) = (block for block in blocks("docs/howto.md", "python") if "torch.jit.load" in block)
    names = {"images": images}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own, of TorchScript
        exec(compile(lines, "howto.md", "exec"), names)
    expected = (logits_of(model, (images * 255).byte()) / model.calibration.temperature).softmax(1).float()
    torch.testing.assert_close(names["probabilities"], expected, atol=1e-5, rtol=0)


def test_the_page_of_a_run_has_its_details(model, run, test_set):
    found, final, classes = load_details(run), load_record(run).final, list(model.inputs.classes)
    probs = (logits_of(model, test_set.images) / model.calibration.temperature).softmax(1)
    assert sum(each.right for each in found.per_class) / len(test_set) == pytest.approx(final.top1 / 100)
    assert [each.test for each in found.per_class] == torch.bincount(test_set.labels).tolist()
    assert sum(found.train_counts) == load_record(run).train["images"]
    assert found.coverage["accuracy"][-1] == pytest.approx(final.top1)
    temperature = found.temperature
    assert temperature.value == model.calibration.temperature
    assert temperature.nll == pytest.approx(torch.nn.functional.nll_loss(probs.log(), test_set.labels).item(), rel=1e-4)
    assert temperature.ece == pytest.approx(reliability(probs, test_set.labels).expected_calibration_error(), abs=1e-4)
    confidence, named = probs.max(1)
    wrong = named != test_set.labels
    assert len(found.mistakes) == len(found.doubtful) == len(found.views) == 12
    sure = confidence[wrong].sort(descending=True).values[:12].tolist()
    assert [each.probability for each in found.mistakes] == pytest.approx(sure, abs=1e-5)
    assert all(each.said != each.truth for each in found.mistakes)
    unsure = confidence.sort().values[:12].tolist()
    assert [each.probability for each in found.doubtful] == pytest.approx(unsure, abs=1e-5)
    for each in (*found.mistakes, *found.doubtful):
        row = int(each.name.removeprefix("test image "))
        assert (each.said, each.truth) == (classes[named[row]], classes[test_set.labels[row]])
        assert each.content == base64.b64decode(thumbnail(test_set.images[row]))
    assert "Mistakes that it was sure of" in (run / "report.html").read_text()


def test_training_views_are_training_images_as_they_are_shifted(run):
    source = load_data("digits")
    for view in load_details(run).views:
        pixels = torch.from_numpy(numpy.array(Image.open(io.BytesIO(view.content)))).float()
        of_class = source.train.images[source.train.labels == int(view.truth), 0].float()
        shifts = [(down, right) for down in range(-4, 5) for right in range(-4, 5)]
        padded = torch.nn.functional.pad(of_class, (4, 4, 4, 4))
        reflected = torch.nn.functional.pad(of_class[:, None], (4, 4, 4, 4), mode="reflect")[:, 0]
        apart = min(
            (pool[:, 4 + down : 20 + down, 4 + right : 20 + right] - pixels).abs().amax((1, 2)).min().item()
            for pool in (padded, reflected)
            for down, right in shifts
        )
        assert apart <= 1, "one of the images of its class, moved by a few pixels"
