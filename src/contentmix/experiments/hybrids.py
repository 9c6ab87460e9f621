"""Hybrids of finished generators: as pictures, and measured with an oracle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from contentmix.data import ArraySet, DataSource, Normalise, load_data, read_image
from contentmix.errors import UsageError, require
from contentmix.experiments.model import InputSpec, TrainedModel, load_model
from contentmix.files import atomic_write
from contentmix.hybrids import InClassGenerator, fda
from contentmix.keys import keyed_generator
from contentmix.metrics import HybridQuality, hybrid_quality, probe_accuracy
from contentmix.mixing import Dirichlet, LargestFirst
from contentmix.report import image_grid

BATCH = 256


@dataclass(frozen=True)
class Generator:
    """The generator of a finished run.

    Attributes:
        run: its folder and inputs
        network: makes hybrids
    """

    run: TrainedModel
    network: InClassGenerator


def load_generator(run: Path) -> Generator:
    """The generator of a finished run.

    Raises:
        UsageError: the run's method makes no hybrids.
        DataError, CheckpointError: as ``load_model``.
    """
    model = load_model(run)
    if not isinstance(model.network, InClassGenerator):
        raise UsageError(
            f"run {run} is of {model.config.method}, which makes no hybrids: choose a run of scimix-generator, samosa or adain"
        )
    return Generator(model, model.network)


class Pixels:
    """Between images as a network takes them and pictures.

    Args:
        inputs: the network's.
    """

    def __init__(self, inputs: InputSpec) -> None:
        self._normalise = Normalise(inputs.mean, inputs.std, torch.device("cpu"))
        self._mean, self._std = (torch.tensor(values).view(-1, 1, 1) for values in (inputs.mean, inputs.std))

    def normalised(self, pixels: Tensor) -> Tensor:
        """(b, c, h, w) uint8 to float."""
        return self._normalise(pixels)

    def shown(self, images: Tensor) -> Tensor:
        """(b, c, h, w) float to [0, 1]."""
        return (images * self._std + self._mean).clamp(0, 1)


def _pairs(images: ArraySet, count: int, seed: int) -> tuple[ArraySet, ArraySet]:
    """``count`` images and a partner of another class for each, where there is one."""
    generator = keyed_generator(seed, "hybrid pairs")
    first = torch.randperm(len(images), generator=generator)
    second = first[torch.randperm(len(images), generator=generator)]
    different = (images.labels[first] != images.labels[second]).nonzero()[:, 0]
    return images[first[different[:count]]], images[second[different[:count]]]


def _test_images(model: TrainedModel) -> tuple[DataSource, ArraySet]:
    run = model.config.run
    source = load_data(run.data, root=run.data_root, image_size=model.inputs.image_size)
    test = source.test
    if not isinstance(test, ArraySet):
        pixels = torch.stack([read_image(path, source.image_size, source.channels) for path in test.paths])
        test = ArraySet(pixels, test.labels)
    return source, test


@torch.inference_mode()
def hybrid_grid(generator: Generator, columns: int, seed: int) -> bytes:
    """A PNG as figures 2.13 to 2.15: parents in the first and the last row, their two hybrids between."""
    source, test = _test_images(generator.run)
    first, second = _pairs(test, columns, seed)
    names = [
        f"{source.classes[int(a)]} / {source.classes[int(b)]}" for a, b in zip(first.labels, second.labels, strict=True)
    ]
    return _grid(generator, first.images, second.images, names)


@torch.inference_mode()
def photo_grid(generator: Generator, first: Path, second: Path) -> bytes:
    """The two hybrids of two photos, with what one code between theirs makes of the other."""
    inputs = generator.run.inputs
    a, b = (read_image(path, inputs.image_size, inputs.channels)[None] for path in (first, second))
    return _grid(generator, a, b, [f"{first.name} / {second.name}"])


def _grid(generator: Generator, first: Tensor, second: Tensor, captions: list[str]) -> bytes:
    pixels, network = Pixels(generator.run.inputs), generator.network
    a, b = pixels.normalised(first), pixels.normalised(second)
    rows = {
        "parent 1": a,
        "content of 1": network.hybridise(a, b),
        "content of 2": network.hybridise(b, a),
        "parent 2": b,
    }
    return image_grid({name: pixels.shown(images) for name, images in rows.items()}, captions)


@torch.inference_mode()
def interpolation_grid(generator: Generator, columns: int, seed: int) -> bytes:
    """A PNG of one code between those of two images while the other stays; reconstructions stand at the ends."""
    _, test = _test_images(generator.run)
    pixels, network = Pixels(generator.run.inputs), generator.network
    first, second = (pixels.normalised(images.images) for images in _pairs(test, 3, seed))
    shares = torch.linspace(0, 1, columns)
    rows = {}
    for number, (a, b) in enumerate(zip(first, second, strict=True), 1):
        (c_1, r_1), (c_2, r_2) = (network.encode(image[None]) for image in (a, b))
        content = torch.cat([c_1.lerp(c_2, float(share)) for share in shares])
        context = torch.cat([r_1.lerp(r_2, float(share)) for share in shares])
        rows[f"content, pair {number}"] = network.decode(content, r_1.expand_as(context))
        rows[f"context, pair {number}"] = network.decode(c_1.expand_as(content), context)
    return image_grid(
        {name: pixels.shown(images) for name, images in rows.items()}, [f"{float(share):.2f}" for share in shares]
    )


@torch.inference_mode()
def reconstruction_grid(generator: Generator, columns: int, seed: int) -> bytes:
    """A PNG of test images and their reconstructions."""
    _, test = _test_images(generator.run)
    pixels, network = Pixels(generator.run.inputs), generator.network
    images = pixels.normalised(_pairs(test, columns, seed)[0].images)
    rebuilt = network.decode(*network.encode(images))
    return image_grid({"image": pixels.shown(images), "reconstruction": pixels.shown(rebuilt)})


@torch.inference_mode()
def measure_hybrids(generator: Generator, oracle: TrainedModel, seed: int = 0) -> dict[str, HybridQuality]:
    """Hybrids of all test images with partners of other classes, and those of MixUp and FDA from the same parents.

    Args:
        generator: makes them.
        oracle: a classifier trained on all labels of the same data, "as a proxy for human evaluation" (section 2.5.3.1).
        seed: of the pairs.

    Raises:
        UsageError: the oracle takes other images or has other classes.
    """
    for name in ("classes", "channels", "image_size"):
        mine, other = getattr(generator.run.inputs, name), getattr(oracle.inputs, name)
        if mine != other:
            raise UsageError(
                f"oracle {oracle.run} and generator {generator.run.run} differ in {name}: train it on the same data"
            )
    _, test = _test_images(generator.run)
    first, second = _pairs(test, len(test), seed)
    pixels, network = Pixels(generator.run.inputs), generator.network
    a, b = pixels.normalised(first.images), pixels.normalised(second.images)
    to_oracle, predict = Pixels(oracle.inputs), cast(Callable[[Tensor], Tensor], oracle.network.predict)

    def seen(hybrids: Tensor) -> Tensor:
        shown = (255 * pixels.shown(hybrids)).round().to(torch.uint8)
        return _in_batches(lambda x: predict(x)[:, 0].argmax(1), to_oracle.normalised(shown))

    ratios = LargestFirst(Dirichlet(1.0)).draw(len(a), 2, keyed_generator(seed, "mixup hybrids"))[:, :1, None, None]
    made = {
        "hybrids": _in_batches(network.hybridise, a, b),
        "mixup": ratios * a + (1 - ratios) * b,
        "fda": fda(a, b),
    }
    masks = None if first.masks is None or second.masks is None else (first.masks, second.masks)
    measure = partial(hybrid_quality, content=a, context=b, labels=(first.labels, second.labels), masks=masks)
    found = {name: measure(hybrids, oracle=seen(hybrids)) for name, hybrids in made.items() if name != "hybrids"}
    hybrids = made["hybrids"]
    judged = _in_batches(lambda x: network.predict(x)[:, 0].argmax(1), hybrids)
    codes = (_in_batches(network.context, hybrids), _in_batches(network.context, a), _in_batches(network.context, b))
    return {"hybrids": measure(hybrids, oracle=seen(hybrids), judged=judged, codes=codes), **found}


@torch.inference_mode()
def content_in_context(generator: Generator) -> float:
    """Test accuracy (%) of a linear classifier of z_r that learnt from all training labels (A.3.3)."""
    source, test = _test_images(generator.run)
    require(isinstance(source.train, ArraySet), f"{source.name} is not in memory: its codes are not gathered")
    assert isinstance(source.train, ArraySet)
    pixels, network = Pixels(generator.run.inputs), generator.network
    train, held = (
        (_in_batches(network.context, pixels.normalised(images.images)).clone(), images.labels)
        for images in (source.train, test)
    )
    return probe_accuracy(train, held)


PICTURES = {"hybrids": hybrid_grid, "interpolation": interpolation_grid, "reconstructions": reconstruction_grid}
COLUMNS = 8


def draw_all(run: Path) -> None:
    """Keep every kind of picture in the ``hybrids`` folder of a finished run."""
    generator = load_generator(run)
    (run / "hybrids").mkdir(exist_ok=True)
    for name, draw in PICTURES.items():
        atomic_write(run / "hybrids" / f"{name}.png", draw(generator, COLUMNS, generator.run.config.run.seed))


def draw_progress(model: TrainedModel, path: Path) -> None:
    """Keep a picture of the hybrids of a generator in training, which is left as it was."""
    network, training = model.network, model.network.training
    assert isinstance(network, InClassGenerator)
    network.eval()
    path.parent.mkdir(exist_ok=True)
    atomic_write(path, hybrid_grid(Generator(model, network), COLUMNS, model.config.run.seed))
    network.train(training)


def _in_batches(network: Callable[..., Tensor], *images: Tensor) -> Tensor:
    return torch.cat([network(*some) for some in zip(*(group.split(BATCH) for group in images), strict=True)])
