"""What a run is about to do, in a few lines: its images, what is trained, and what was chosen for it."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from contentmix.devices import device_of
from contentmix.options.run import RunOptions
from contentmix.runs.prepare import Prepared

# Classes of a table; of more, those with the most and the fewest images are shown.
_ROWS = 20
_UNEVEN = 1.5
_CHOSEN = ("image_size", "network", "batch_size", "epochs", "lr")


def summary(given: RunOptions, job: Prepared) -> list[str]:
    """The lines about ``job``, whose options were ``given``."""
    run, data = job.config.run, job.data
    assert job.module.loaders.steps is not None
    counts = _counts(job)
    lines = [f"{data.name}: {len(data.classes)} classes, images of {data.image_size} px", *_table(data.classes, counts)]
    if data.unlabelled is not None:
        lines.append(f"and {len(data.unlabelled):,} images without labels")
    lines.append(_imbalance(data.classes, counts["train"], run))
    epochs = f"{job.epochs} epoch{'s' * (job.epochs > 1)} x {job.module.loaders.steps:,} steps"
    lines.append(
        f"{job.config.method} with {run.network} on {device_of(run.device).type}: {epochs} of "
        f"{run.batch_size} images{_without(job)}, learning rate {run.lr:.3g}"
    )
    if run.pretrained:
        lines.append(_fine_tuning(run))
    chosen = [name for name in _CHOSEN if getattr(given, name) is None and getattr(run, name) is not None]
    if chosen:
        said = ", ".join(f"--{name.replace('_', '-')} {_text(getattr(run, name))}" for name in chosen)
        lines.append(f"chosen for these data, and yours to give: {said}")
    return lines


def resumption(job: Prepared, done: int) -> str:
    """What becomes of a run that is continued after ``done`` steps."""
    each = job.module.loaders.steps
    assert each is not None
    whole = job.epochs * each
    if done >= whole:
        return f"run {job.folder} has made all of its {whole:,} steps: what is missing of its results is made now"
    return (
        f"run {job.folder} continues in epoch {done // each + 1} of {job.epochs}, after {done:,} of {whole:,} steps: "
        f"{whole - done:,} to come"
    )


def _without(job: Prepared) -> str:
    """What a step sees beside labelled images."""
    count = job.config.method_options.get("unlabelled_batch")
    return "" if count is None or job.data.unlabelled is None else f" and {count} without labels"


def _fine_tuning(run: RunOptions) -> str:
    if run.freeze:
        return "pretrained weights stay as they are: only heads learn, and what several inputs add to them (--freeze)"
    return (
        f"pretrained weights are fine-tuned: heads learn alone for {run.head_warmup_epochs:g} epochs (--head-warmup-epochs), "
        f"then each layer at {run.layer_decay:g} of the rate of the one above (--layer-decay); --freeze leaves them as they are"
    )


def _text(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _counts(job: Prepared) -> dict[str, list[int]]:
    """Images of each class in every split that there is."""
    data, classes = job.data, len(job.data.classes)
    splits = {"train": data.train, "validation": data.validation, "test": data.test}
    return {
        name: torch.bincount(images.labels, minlength=classes).tolist()
        for name, images in splits.items()
        if images is not None
    }


def _table(classes: Sequence[str], counts: dict[str, list[int]]) -> list[str]:
    order = list(range(len(classes)))
    if len(order) > _ROWS:
        by_size = sorted(order, key=lambda label: -counts["train"][label])
        order = [*by_size[: _ROWS // 2], -1, *by_size[-_ROWS // 2 :]]
    rows = [["class", *counts]]
    for label in order:
        if label < 0:
            rows.append([f"({len(classes) - _ROWS} others)", *("" for _ in counts)])
        else:
            rows.append([classes[label], *(f"{each[label]:,}" for each in counts.values())])
    rows.append(["all", *(f"{sum(each):,}" for each in counts.values())])
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(
            [f"  {row[0]:<{widths[0]}}", *(f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]


def _imbalance(classes: Sequence[str], counts: list[int], run: RunOptions) -> str:
    most, least = counts.index(max(counts)), counts.index(min(counts))
    if most == least:
        return "imbalance: none, classes have as many training images"
    ratio = counts[most] / counts[least]
    said = f"imbalance: {classes[most]} has {ratio:.3g} times the training images of {classes[least]}"
    if run.balance == "none" and ratio < _UNEVEN:
        return said
    share = sum(counts) / len(counts)
    made_up = {
        "none": "--balance loss or sampler makes up for it",
        "loss": f"in the loss they weigh {share / counts[most]:.2g} and {share / counts[least]:.2g} (--balance loss)",
        "sampler": f"an epoch shows {share:,.0f} images of each class (--balance sampler)",
    }
    return f"{said}; {made_up[run.balance]}"
