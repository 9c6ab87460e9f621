"""Hybrids measured through ``measure_hybrids``, with networks whose answers are known."""

from pathlib import Path

import pytest
import torch
from torch import nn

from contentmix.data import ArraySet, array_source
from contentmix.experiments.config import Config
from contentmix.experiments.hybrid_measures import measure_hybrids
from contentmix.experiments.hybrids import Generator
from contentmix.experiments.loaders import input_spec
from contentmix.experiments.model import TrainedModel


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
        return images.new_zeros(len(images), 1, 2)


@pytest.fixture
def measured(monkeypatch):
    """What is measured of a data set, and what the oracle was shown of each kind of hybrid, in pixels."""

    def measure(source):
        monkeypatch.setattr("contentmix.experiments.hybrid_measures.source_and_test", lambda _: (source, source.test))
        models = [TrainedModel(Path("run"), Config("supervised"), input_spec(source), Context()) for _ in range(2)]
        found = measure_hybrids(Generator(models[0], models[0].network), models[1])
        mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (source.mean, source.std))
        order = [name for name in found if name != "hybrids"] + ["hybrids"]
        return found, dict(zip(order, (images * std + mean for images in models[1].network.shown), strict=True))

    return measure


def test_fda_is_made_of_pixels(measured):
    """A constant image has one amplitude, its mean: FDA of 0.2 in the context 0.9 is 0.9, and of 0.9 in 0.2 it is 0.2.

    On normalised images, whose means are on either side of 0, the phase of the content would make 0.2 of both.
    """
    levels, labels = torch.tensor([51, 230], dtype=torch.uint8), torch.arange(20) % 2
    images = ArraySet(levels[labels].view(-1, 1, 1, 1).repeat(1, 1, 8, 8), labels)
    found, shown = measured(array_source("made", ["dark", "bright"], images, images, flip=False))
    fda = shown["fda"]
    assert found["fda"].s_r == 100
    assert fda.flatten(1).std(1).max() < 1e-5
    torch.testing.assert_close(
        fda.mean((1, 2, 3)).unique(dim=0)[[0, -1]], torch.tensor([0.2, 230 / 255]), atol=1e-5, rtol=0
    )
