"""Hybrids of finished generators as pictures."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec

import torch
from torch import Tensor

from contentmix.data import read_image
from contentmix.files import atomic_write
from contentmix.hybrids import InClassGenerator
from contentmix.report import image_grid
from contentmix.runs.generators import Generator, Pixels, load_generator, pairs_of, source_and_test
from contentmix.runs.model import TrainedModel

P = ParamSpec("P")


def _as_trained(draw: Callable[Concatenate[Generator, P], bytes]) -> Callable[Concatenate[Generator, P], bytes]:
    """``draw`` in the arithmetic of the generator's run."""

    @wraps(draw)
    def drawn(generator: Generator, /, *args: P.args, **kwargs: P.kwargs) -> bytes:
        with generator.run.predicting():
            return draw(generator, *args, **kwargs)

    return drawn


@_as_trained
def hybrid_grid(generator: Generator, columns: int, seed: int) -> bytes:
    """A PNG as figures 2.13 to 2.15: parents in the first and the last row, their two hybrids between."""
    source, test = source_and_test(generator.run)
    first, second = pairs_of(test, columns, seed)
    names = [
        f"{source.classes[int(a)]} / {source.classes[int(b)]}" for a, b in zip(first.labels, second.labels, strict=True)
    ]
    return _grid(generator, first.images, second.images, names)


@_as_trained
def photo_grid(generator: Generator, first: Path, second: Path) -> bytes:
    """The two hybrids of two photos, with what one code between theirs makes of the other."""
    inputs = generator.run.inputs
    a, b = (read_image(path, inputs.image_size, inputs.channels)[None] for path in (first, second))
    return _grid(generator, a, b, [f"{first.name} / {second.name}"])


def _grid(generator: Generator, first: Tensor, second: Tensor, captions: list[str]) -> bytes:
    pixels, network = Pixels(generator.run.inputs, generator.run.device), generator.network
    a, b = pixels.normalised(first), pixels.normalised(second)
    rows = {
        "parent 1": a,
        "content of 1": network.hybridise(a, b),
        "content of 2": network.hybridise(b, a),
        "parent 2": b,
    }
    return image_grid({name: pixels.shown(images) for name, images in rows.items()}, captions)


@_as_trained
def interpolation_grid(generator: Generator, columns: int, seed: int) -> bytes:
    """A PNG of one code between those of two images while the other stays; reconstructions stand at the ends."""
    _, test = source_and_test(generator.run)
    pixels, network = Pixels(generator.run.inputs, generator.run.device), generator.network
    first, second = (pixels.normalised(images.images) for images in pairs_of(test, 3, seed))
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


@_as_trained
def reconstruction_grid(generator: Generator, columns: int, seed: int) -> bytes:
    """A PNG of test images and their reconstructions."""
    _, test = source_and_test(generator.run)
    pixels, network = Pixels(generator.run.inputs, generator.run.device), generator.network
    images = pixels.normalised(pairs_of(test, columns, seed)[0].images)
    rebuilt = network.decode(*network.encode(images))
    return image_grid({"image": pixels.shown(images), "reconstruction": pixels.shown(rebuilt)})


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
