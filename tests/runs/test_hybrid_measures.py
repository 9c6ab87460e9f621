"""Hybrids measured through ``measure_hybrids``, with networks whose answers are known."""

from pathlib import Path

import pytest
import torch
from torch import nn

from contentmix.data import ArraySet, array_source, load_data, perfect_hybrids
from contentmix.runs.config import Config
from contentmix.runs.generators import Generator, pairs_of
from contentmix.runs.hybrid_measures import measure_hybrids, reconstruction_error
from contentmix.runs.loaders import input_spec
from contentmix.runs.model import TrainedModel


class Context(nn.Module):
    """A generator that returns the context image, and an oracle that sees nothing; it keeps what it is shown."""

    def __init__(self):
        super().__init__()
        self.shown = []

    def context(self, images):
        return images

    def hybridise(self, content_images, context_images):
        return context_images

    def predict(self, images):
        self.shown.append(images)
        return images.new_zeros(len(images), 1, 10)


@pytest.fixture
def measured(monkeypatch):
    """What is measured of a data set, and the batches that the oracle was shown of each kind of hybrid, in pixels."""

    def measure(source):
        room = "contentmix.runs.hybrid_measures"
        monkeypatch.setattr(f"{room}.source_and_test", lambda _: (source, source.test))
        monkeypatch.setattr(f"{room}.labelled_pairs", lambda *_: None)
        models = [TrainedModel(Path("run"), Config("supervised"), input_spec(source), Context()) for _ in range(2)]
        found = measure_hybrids(Generator(models[0], models[0].network), models[1])
        mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (source.mean, source.std))
        batches = [images * std + mean for images in models[1].network.shown]
        each = len(batches) // len(found)
        return found, {name: batches[i * each : (i + 1) * each] for i, name in enumerate(found)}

    return measure


def test_fda_is_made_of_pixels(measured):
    """A constant image has one amplitude, its mean: FDA of 0.2 in the context 0.9 is 0.9, and of 0.9 in 0.2 it is 0.2.

    On normalised images, whose means are on either side of 0, the phase of the content would make 0.2 of both.
    """
    levels, labels = torch.tensor([51, 230], dtype=torch.uint8), torch.arange(20) % 2
    images = ArraySet(levels[labels].view(-1, 1, 1, 1).repeat(1, 1, 8, 8), labels)
    found, shown = measured(array_source("made", ["dark", "bright"], images, images, flip=False))
    (fda,) = shown["fda"]
    assert found["fda"].s_r == 100
    assert fda.flatten(1).std(1).max() < 1e-5
    torch.testing.assert_close(
        fda.mean((1, 2, 3)).unique(dim=0)[[0, -1]], torch.tensor([0.2, 230 / 255]), atol=1e-5, rtol=0
    )


class Halved(nn.Module):
    """Rebuilds the images of its codes at half their normalised values."""

    def encode(self, images):
        return images, images

    def decode(self, content, context):
        return (content + context) / 4


def test_the_error_of_reconstructions_is_in_pixels(monkeypatch):
    """Levels 0.2 and 0.6, mean 0.4: half of the normalised values are 0.3 and 0.5, 0.1 away: 100 (0.1 / 0.2 + 0.1 / 0.6) / 2 %."""
    levels, labels = torch.tensor([51, 153], dtype=torch.uint8), torch.arange(20) % 2
    images = ArraySet(levels[labels].view(-1, 1, 1, 1).repeat(1, 1, 8, 8), labels)
    source = array_source("made", ["dark", "bright"], images, images, flip=False)
    monkeypatch.setattr("contentmix.runs.hybrid_measures.source_and_test", lambda _: (source, source.test))
    model = TrainedModel(Path("run"), Config("supervised"), input_spec(source), Halved())
    assert reconstruction_error(Generator(model, model.network)) == pytest.approx(100 / 3, abs=1e-3)


def test_the_perfect_hybrid_of_digits_on_photos(measured):
    """What the recipe makes of the two parents, ``|crop of the context - digit of the content|``, is not perfect by every figure.

    In pixels about 65 % are nearer to their context parent, and of these pairs 213 of 321: strokes weigh as much as photos do.
    Where both photos are alike, strokes too faint for the masks decide whose background it is: 306 of 321.
    """
    source = load_data("digits-m", image_size=16)
    found, shown = measured(source)
    first, second = pairs_of(source.test, len(source.test), 0)
    plain = load_data("digits", image_size=16).test
    same = torch.cdist(first.blend.shapes.flatten(1).float(), plain.images.flatten(1).float()).min(1).values
    assert not same.any()  # the digits of the grey set
    expected = (second.blend.backgrounds.int() - first.blend.shapes.int()).abs() / 255
    torch.testing.assert_close(torch.cat(shown["perfect"]), expected, atol=1e-5, rtol=0)
    assert found["perfect"].pairs == 321
    assert found["perfect"].s_r == pytest.approx(100 * 213 / 321)
    assert found["perfect"].background == pytest.approx(100 * 306 / 321)
    assert found["perfect"].background_ratio == pytest.approx(50, abs=0.1)


def test_what_is_not_made_by_a_recipe_has_no_perfect_hybrid():
    images = ArraySet(torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.arange(2))
    assert perfect_hybrids(images, images) is None
