"""Finished generators, and the images that their hybrids are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from contentmix.data import ArraySet, DataSource, Normalise, read_image
from contentmix.data.labels import UNKNOWN
from contentmix.errors import UsageError
from contentmix.hybrids import InClassGenerator
from contentmix.keys import keyed_generator
from contentmix.runs.model import InputSpec, TrainedModel, load_model
from contentmix.runs.source import read_data, read_test_data


@dataclass(frozen=True)
class Generator:
    """The generator of a finished run.

    Attributes:
        run: its folder and inputs
        network: makes hybrids
    """

    run: TrainedModel
    network: InClassGenerator


def load_generator(run: Path, device: str = "auto") -> Generator:
    """The generator of a finished run, on ``device``.

    Raises:
        UsageError: the run's method makes no hybrids.
        DataError, CheckpointError: as ``load_model``.
    """
    model = load_model(run, device=device)
    if not isinstance(model.network, InClassGenerator):
        raise UsageError(
            f"run {run} is of {model.config.method}, which makes no hybrids: choose a run of scimix-generator, samosa or adain"
        )
    return Generator(model, model.network)


class Pixels:
    """Between images as a network takes them and pictures.

    Args:
        inputs: the network's.
        device: where normalised images are wanted.
    """

    def __init__(self, inputs: InputSpec, device: torch.device = torch.device("cpu")) -> None:
        self._normalise, self._device = Normalise(inputs.mean, inputs.std, device), device
        self._mean, self._std = (torch.tensor(values).view(-1, 1, 1) for values in (inputs.mean, inputs.std))

    def normalised(self, pixels: Tensor) -> Tensor:
        """(b, c, h, w) uint8 to float."""
        return self._normalise(pixels.to(self._device))

    def shown(self, images: Tensor) -> Tensor:
        """(b, c, h, w) float to [0, 1], on the CPU."""
        return (images.cpu() * self._std + self._mean).clamp(0, 1)

    def on_pixels(self, make: Callable[..., Tensor], *images: Tensor) -> Tensor:
        """What ``make`` makes of images in [0, 1]: normalised ones (b, c, h, w) to a normalised one, whose pixels are clipped."""
        made = make(*(self.shown(each) for each in images)).clamp(0, 1)
        return (made - self._mean) / self._std


def pairs_of(images: ArraySet, count: int, seed: int) -> tuple[ArraySet, ArraySet]:
    """``count`` images and a partner of another class for each, where there is one."""
    generator = keyed_generator(seed, "hybrid pairs")
    first = torch.randperm(len(images), generator=generator)
    second = first[torch.randperm(len(images), generator=generator)]
    different = (images.labels[first] != images.labels[second]).nonzero()[:, 0]
    return images[first[different[:count]]], images[second[different[:count]]]


def labelled_pairs(model: TrainedModel, copies: int, seed: int) -> tuple[ArraySet, ArraySet] | None:
    """``copies`` times the labelled images that a run learnt from, and as many random unlabelled ones, whose labels are hidden.

    None where all are labelled, or where they are not in memory.
    """
    source, _ = read_data(model.config.run, model.run)
    if not isinstance(source.train, ArraySet) or not isinstance(source.unlabelled, ArraySet):
        return None
    first = torch.arange(len(source.train)).repeat(copies)
    second = torch.randint(len(source.unlabelled), (len(first),), generator=keyed_generator(seed, "labelled pairs"))
    contexts = source.unlabelled[second]
    return source.train[first], replace(contexts, labels=torch.full_like(contexts.labels, UNKNOWN))


def source_and_test(model: TrainedModel) -> tuple[DataSource, ArraySet]:
    """The data of a run, and its test images in memory."""
    source = read_test_data(replace(model.config.run, image_size=model.inputs.image_size), [model.run])
    test = source.test
    if not isinstance(test, ArraySet):
        pixels = torch.stack([read_image(path, source.image_size, source.channels) for path in test.paths])
        test = ArraySet(pixels, test.labels)
    return source, test
