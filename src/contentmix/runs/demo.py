"""What a page in the browser answers: of one photo a prediction, of two their mixes or their hybrids."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from contentmix.data import read_image
from contentmix.errors import UsageError
from contentmix.hybrids import InClassGenerator
from contentmix.runs.generators import Generator
from contentmix.runs.hybrid_pictures import photo_grid
from contentmix.runs.mix_pictures import mixed_photos
from contentmix.runs.model import TrainedModel
from contentmix.runs.predict import predict_photos

_CLASSES, _COLUMNS = 5, 6


@dataclass(frozen=True)
class Answer:
    """What is said of a photo.

    Attributes:
        probabilities: of the most probable classes, by name, the best first.
        words: its class, how sure that is, and the members' doubt.
        votes: the class that each member would choose.
    """

    probabilities: dict[str, float]
    words: str
    votes: tuple[str, ...]


def answer(model: TrainedModel, photo: Path) -> Answer:
    """What ``model`` says of ``photo``.

    Raises:
        DataError: it cannot be read.
    """
    (said,) = predict_photos(model, [photo], min(_CLASSES, len(model.inputs.classes)))
    if isinstance(said, tuple):
        raise said[1]
    (name, probability), *_ = said.top
    words = f"{name}, {100 * probability:.1f} %"
    if said.doubt is not None:
        words += f"; doubt {said.doubt:.3f} (0: the members agree, 1: they could not differ more)"
    return Answer(dict(said.top), words, said.votes)


def pair_kind(model: TrainedModel) -> str | None:
    """What can be shown of two photos: ``hybrids`` of a generator, ``mixes`` of a method that mixes images, or nothing."""
    if isinstance(model.network, InClassGenerator):
        return "hybrids"
    blank = torch.zeros(model.inputs.channels, model.inputs.image_size, model.inputs.image_size)
    try:
        mixed_photos(model.config, blank, blank, 1, 0)
    except UsageError:
        return None
    return "mixes"


def pair_picture(model: TrainedModel, first: Path, second: Path, seed: int) -> bytes:
    """A PNG of what the run makes of two photos, of the kind ``pair_kind``; mixes are drawn by ``seed``.

    Raises:
        DataError: one of them cannot be read.
        UsageError: its method mixes nothing.
    """
    if isinstance(model.network, InClassGenerator):
        return photo_grid(Generator(model, model.network), first, second)
    inputs = model.inputs
    a, b = (read_image(path, inputs.image_size, inputs.channels).float() / 255 for path in (first, second))
    return mixed_photos(model.config, a, b, _COLUMNS, seed)
