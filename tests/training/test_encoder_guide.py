"""SciMix's generator whose guide is an image encoder as it is: what is judged, what learns, and what is left without its weights."""

import math
from dataclasses import replace

import pytest
import timm
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional

from contentmix import UsageError
from contentmix.data import load_data
from contentmix.networks import build_network
from contentmix.options.scimix_generator import SciMixGeneratorOptions
from contentmix.runs.generators import load_generator
from contentmix.training import SciMixGenerator, Step
from tests.cli.helpers import contentmix, one_line
from tests.networks.stand_in_clip import stand_in
from tests.training.hybrid_cases import batch, first_views, reached
from tests.training.scimix_generator_cases import TERMS


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    file = tmp_path_factory.mktemp("weights") / "vit.safetensors"
    torch.manual_seed(5)
    save_file(timm.create_model("test_vit").state_dict(), file)
    return file


@pytest.fixture(scope="module")
def begun(weights):
    """The method, and its network with the encoder's weights."""
    method = SciMixGenerator(
        guide="encoder", encoder="timm/test_vit", encoder_weights=weights, unlabelled_batch=6, context_start=0.0,
        hybrid_class=5.0, away_class=11.0,
    )  # fmt: skip
    torch.manual_seed(0)
    network = method.build(build_network("wrn-10-1", 3, image_size=16), 3)
    method.begin(network, replace(load_data("digits"), channels=3, mean=(0.4, 0.5, 0.6), std=(0.2, 0.25, 0.5)))
    return method, network


def at(progress=0.5):
    return Step(0, 0, progress, 1.0, 3)


def test_terms_train_all_but_the_encoder(begun):
    method, network = begun
    terms = method.loss(network, batch(), at()).terms
    assert set(terms) == TERMS | {"supervised"}
    wanted = {
        **{name: {"residual", "generator"} for name in TERMS},
        "critic": {"critic"},
        "supervised": {"classifier"},
    }
    for name, parts in wanted.items():
        assert reached(network, terms[name]) == parts, name
        assert all(weight.grad is None for weight in network.trunk.encoder.parameters())


def test_hybrids_are_judged_by_the_angle_between_embeddings(begun):
    """``w_c (2 - 2 cos(e(x_h), e(x)))^(1/2)`` and the same away from the partner, of the encoder's raw embeddings."""
    method, network = begun
    given, step = batch(), at()
    found = method.loss(network, given, step)
    images = first_views(given)
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in ((0.4, 0.5, 0.6), (0.2, 0.25, 0.5)))

    def embedded(shown):
        pixels = ((shown * std + mean) - 0.5) / 0.5  # test_vit's
        return network.trunk.encoder(functional.interpolate(pixels, (160, 160), mode="bilinear"))

    content = embedded(images)
    style = math.sqrt(64) * content / content.norm(dim=1, keepdim=True)
    context = network.context(images)
    partners = torch.randperm(10, generator=step.generator("partners", per_rank=True))
    judged = embedded(network.decode(style, context[partners]))

    def distance(a, b):
        return (2 - 2 * (a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1))).sqrt().mean()

    for name, expected in (
        ("hybrid_class", 5 * distance(judged, content)),
        ("away_class", -11 * distance(judged, content[partners])),
    ):
        torch.testing.assert_close(found.terms[name], expected, atol=2e-3, rtol=2e-3)
    assert found.terms["hybrid_class"] > 0.01


def test_the_distance_of_two_directions_is_the_chord(begun):
    """(3, 4) and (8, 6) have lengths 5 and 10 and the cosine 48 / 50: (2 - 1.92)^(1/2) = 0.28284."""
    network = begun[1]
    content = torch.zeros(2, 64)
    content[:, :2] = torch.tensor([[3.0, 4.0], [8.0, 6.0]])
    logits, (one, other) = network.judge(content)
    assert float((one - other).norm()) == pytest.approx(0.0800**0.5, abs=1e-6)
    torch.testing.assert_close(logits, network.classify(content))


def test_unlabelled_images_are_seen_where_they_are_asked_for(begun):
    method, network = begun
    assert method.plan(4).unlabelled.views == ("weak",)
    alone = replace(method, unlabelled_batch=None)
    assert alone.plan(4).unlabelled is None
    seen = []
    hook = network.residual.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    alone.loss(network, replace(batch(), unlabelled=None), at())
    method.loss(network, batch(), at())
    hook.remove()
    assert torch.equal(seen[0], batch().images[:, 0])
    assert torch.equal(seen[2], first_views(batch()))  # after the hybrids of the first


GIVEN = {"guide": "encoder", "encoder": "timm/test_vit"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"guide": "encoder"}, "guide is encoder: say which by --encoder, timm/NAME or open_clip/NAME"),
        ({**GIVEN, "warmup": 0.2}, "warmup is an option of guide mean-teacher or fixmatch or supervised: leave it out"),
        ({**GIVEN, "freeze_guide": True}, "freeze_guide is an option of guide mean-teacher"),
        ({**GIVEN, "consistency": 3.0}, "consistency is an option of guide mean-teacher: leave it out with guide encoder"),
        ({**GIVEN, "variant": "flipped"}, "variant is flipped: an encoder never learns and has no maps"),
        ({**GIVEN, "variant": "unfrozen"}, "variant is unfrozen: an encoder never learns"),
        ({"encoder": "timm/test_vit"}, "encoder is an option of guide encoder: leave it out with guide mean-teacher"),
    ],
)  # fmt: skip
def test_options_of_guides_that_learn_are_refused(options, message):
    with pytest.raises(UsageError, match=message):
        SciMixGeneratorOptions(**options)


GENERATOR = [
    "train", "scimix-generator", "--data", "digits", "--network", "wrn-10-1", "--device", "cpu", "--no-progress", "--guide", "encoder",
    "--encoder",
]  # fmt: skip


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A file of weights of a stand-in for open_clip."""
    with pytest.MonkeyPatch.context() as patch:
        yield stand_in(tmp_path_factory.mktemp("clip"), patch)[1]


@pytest.fixture(scope="module")
def run(clip, tmp_path_factory):
    """A run of four steps that was stopped before its third, and went on without the file; and the same unstopped."""
    folder = tmp_path_factory.mktemp("runs")
    file = folder / "clip.pt"
    file.write_bytes(clip.read_bytes())
    words = [
        *GENERATOR, "open_clip/ViT-tiny", "--encoder-weights", file, "--labels", "10", "--unlabelled-batch", "4", "--batch-size", "4", "--epochs", "2",
        "--epoch-steps", "2",
    ]  # fmt: skip
    loss = SciMixGenerator.loss

    def stopping(self, network, images, step):
        if step.index == 2:
            raise UsageError("stopped")
        return loss(self, network, images, step)

    with pytest.MonkeyPatch.context() as patch:
        for slow in (
            "results.draw_all",
            "results.write_report",
            "train.draw_progress",
        ):  # pictures and pages are not asked for
            patch.setattr(f"contentmix.runs.{slow}", lambda *_: None)
        assert contentmix(*words, "--out", folder / "whole") == 0
        with patch.context() as stopped:
            stopped.setattr(SciMixGenerator, "loss", stopping)
            assert contentmix(*words, "--out", folder / "stopped") == 2
        file.unlink()
        assert contentmix("resume", folder / "stopped") == 0
    return folder


def test_a_run_that_was_stopped_is_the_run_that_was_not_without_the_file_of_weights(run, clip):
    whole, stopped = (load_file(run / name / "model.safetensors") for name in ("whole", "stopped"))
    assert whole.keys() == stopped.keys()
    assert all(torch.equal(whole[name], stopped[name]) for name in whole)
    kept = torch.load(clip, weights_only=True)["visual.project.weight"]
    assert torch.equal(whole["classifier.backbone.encoder.project.weight"], kept)


def test_its_hybrids_are_made_and_it_predicts(run, tmp_path):
    generator = load_generator(run / "whole", "cpu")
    images = torch.randn(3, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    assert generator.network.hybridise(images, images).shape == images.shape
    assert generator.network.predict(images).shape == (3, 1, 10)
    assert contentmix("hybrids", run / "whole", "--out", tmp_path / "hybrids.png") == 0
    assert (tmp_path / "hybrids.png").is_file()


def test_missing_weights_are_told_before_data_are_read(clip, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("contentmix.runs.train.read_data", lambda *_: pytest.fail("data were read"))
    for words in (["open_clip/ViT-tiny", "--encoder-weights", "none.pth"], ["timm/tset_vit"]):
        assert contentmix(*GENERATOR, *words, "--out", tmp_path / "run") == 2
        assert "encoder_weights is none.pth" in (line := one_line(capsys)) or "unknown timm network" in line
        assert not (tmp_path / "run").exists()
