"""What the page of a run shows beyond figures: its classes, its mistakes and doubts as pictures, and what it was trained on."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from contentmix.batch import MemberLogits
from contentmix.data import ArraySet, BatchPlan, ImageSet, read_image
from contentmix.keys import keyed_generator
from contentmix.metrics import (
    accuracy_over_coverage,
    confusions,
    correct,
    ensemble_log_probs,
    nll,
    reliability,
    tempered,
)
from contentmix.report import AtTemperature, Details, Picture, thumbnail
from contentmix.runs.calibration import Calibration
from contentmix.runs.loaders import make_loaders
from contentmix.runs.prepare import Prepared

PICTURES = 12
SHARES = tuple(percent / 100 for percent in range(5, 101, 5))


def details(job: Prepared, predictions: MemberLogits, calibration: Calibration) -> Details:
    """Of the model of a run.

    Args:
        job: trained.
        predictions: of the model, on the test set.
        calibration: of the model, whose temperature its probabilities are at.
    """
    labels = predictions.labels
    log_probs = tempered(ensemble_log_probs(predictions.logits, job.config.run.average), calibration.temperature)
    probs = log_probs.exp()
    bins, coverage = reliability(probs, labels), accuracy_over_coverage(probs, labels, SHARES)
    confidence, wrong = probs.max(1).values, (~correct(probs, labels)).nonzero()[:, 0]
    surest = wrong[confidence[wrong].argsort(descending=True, stable=True)]
    classes = job.data.classes
    return Details(
        classes=list(classes),
        train_counts=torch.bincount(job.data.train.labels, minlength=len(classes)).tolist(),
        confusions=[list(each) for each in confusions(probs, labels)],
        coverage={name: list(getattr(coverage, name)) for name in ("share", "accuracy", "confidence")},
        temperature=AtTemperature(
            value=calibration.temperature,
            words=calibration.words,
            nll=nll(log_probs, labels),
            ece=bins.expected_calibration_error(),
            reliability=bins.to_dict(),
        ),
        mistakes=_pictures(job, probs, surest[:PICTURES]),
        doubtful=_pictures(job, probs, confidence.argsort(stable=True)[:PICTURES]),
        views=_views(job),
    )


def _pictures(job: Prepared, probs: Tensor, rows: Tensor) -> tuple[Picture, ...]:
    """Images of the test set with what is said of them."""
    data, best = job.data, probs.max(1)
    return tuple(
        Picture(
            image=thumbnail(_pixels(data.test, row, data.image_size, data.channels)),
            name=data.test.names[row] if data.test.names is not None else f"test image {row}",
            truth=data.classes[int(data.test.labels[row])],
            said=data.classes[int(best.indices[row])],
            probability=best.values[row].item(),
        )
        for row in rows.tolist()
    )


def _pixels(images: ImageSet, row: int, size: int, channels: int) -> Tensor:
    return images.images[row] if isinstance(images, ArraySet) else read_image(images.paths[row], size, channels)


def _views(job: Prepared) -> tuple[Picture, ...]:
    """Training images of the run's first draw, augmented as in training, before methods mix them."""
    data, run = job.data, job.config.run
    count = min(PICTURES, len(data.train))
    rows = torch.randperm(len(data.train), generator=keyed_generator(run.seed, "views"))[:count]
    loaders, _ = make_loaders(data, BatchPlan(count), replace(run, workers=0))
    assert loaders.labelled is not None
    loader = loaders.labelled(data.train[rows], 0, 1, torch.device("cpu"))
    batch = next(iter(loader))
    mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (data.mean, data.std))
    pixels = ((batch.images[:, 0] * std + mean) * 255).round().clamp(0, 255).byte()
    return tuple(
        Picture(image=thumbnail(image), name="training image", truth=data.classes[label])
        for image, label in zip(pixels, batch.labels[:, 0].tolist(), strict=True)
    )
