"""A trained network on photos, whatever their number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from contentmix.data import Normalise, in_threads, read_image
from contentmix.devices import in_parts, sent
from contentmix.errors import DataError, require
from contentmix.metrics import disagreement
from contentmix.runs.model import TrainedModel

BATCH = 64


@dataclass(frozen=True)
class Prediction:
    """What a network says of one photo.

    Attributes:
        path: of the photo.
        top: its most probable classes with their probabilities, at the model's temperature, the best first.
        votes: the class that each member would choose.
        doubt: the members' ``disagreement``; None of a network of one member.
    """

    path: Path
    top: tuple[tuple[str, float], ...]
    votes: tuple[str, ...]
    doubt: float | None


def predict_photos(
    model: TrainedModel, paths: Sequence[Path], top: int = 1
) -> Iterator[Prediction | tuple[Path, DataError]]:
    """What ``model`` says of each photo, in order, or why it cannot be read; 64 are in memory at a time.

    Args:
        model: of a run.
        paths: of the photos.
        top: how many classes to name.

    Raises:
        UsageError: there are fewer classes than ``top``.
    """
    inputs = model.inputs
    require(
        top <= len(inputs.classes), f"top is {top}, but run {model.run} has {len(inputs.classes)} classes: choose fewer"
    )
    normalise = Normalise(inputs.mean, inputs.std, model.device)

    def read(path: Path) -> Tensor | DataError:
        try:
            return read_image(path, inputs.image_size, inputs.channels)
        except DataError as error:
            return error

    for first in range(0, len(paths), BATCH):
        part = paths[first : first + BATCH]
        read_ones = in_threads(read, part)
        images = [image for image in read_ones if isinstance(image, Tensor)]
        said = iter(_say(model, normalise(sent(torch.stack(images), model.device)), top) if images else ())
        for path, image in zip(part, read_ones, strict=True):
            yield (path, image) if isinstance(image, DataError) else Prediction(path, *next(said))


def members_of(model: TrainedModel) -> int:
    """How many members vote on a photo."""
    inputs = model.inputs
    blank = torch.zeros(1, inputs.channels, inputs.image_size, inputs.image_size)
    return model.predict(sent(blank, model.device)).shape[1]


def _say(
    model: TrainedModel, images: Tensor, top: int
) -> Iterator[tuple[tuple[tuple[str, float], ...], tuple[str, ...], float | None]]:
    """Of each of the normalised images (b, c, h, w): its best classes, the members' votes, their disagreement."""
    classes = model.inputs.classes
    logits = in_parts(model.predict, images).float().cpu()
    best = model.log_probs(logits).exp().topk(top)
    doubts: list[float | None] = [None] * len(images)
    if logits.shape[1] > 1:
        doubts = disagreement(logits).tolist()
    for probs, labels, votes, doubt in zip(
        best.values.tolist(), best.indices.tolist(), logits.argmax(2).tolist(), doubts, strict=True
    ):
        named = tuple((classes[label], prob) for label, prob in zip(labels, probs, strict=True))
        yield named, tuple(classes[vote] for vote in votes), doubt
