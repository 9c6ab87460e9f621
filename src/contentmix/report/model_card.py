"""The page of a model that is shared: what it is, its figures and its calibration, what it is for, and how it was made."""

from __future__ import annotations

from collections.abc import Sequence

import yaml

from contentmix.catalogue import HUB, hub_address
from contentmix.report.record import Record
from contentmix.report.tables import COLUMNS, number

_MEANING = {
    "top1": "share of images whose most probable class is right",
    "top5": "share with the right class among the five most probable",
    "member_top1_mean": "top-1 of one member alone, on average",
    "nll": "negative log-likelihood",
    "nll_c": "the same after temperature scaling",
    "ece": "expected calibration error",
    "d_re": "diversity of the members: errors that one makes for each that all make",
}


def model_card(record: Record, classes: Sequence[str], channels: int, image_size: int, repo: str) -> str:
    """A model card in Markdown, with the metadata that the Hugging Face hub reads in front.

    Args:
        record: of the run.
        classes: names, in the order of the probabilities.
        channels: of the images.
        image_size: side in pixels.
        repo: OWNER/NAME that it is shared as.
    """
    final = record.final
    images = f"{'grey' if channels == 1 else 'RGB'} images of {image_size} x {image_size} px"
    known = ", ".join(classes[:20]) + (f" and {len(classes) - 20} others" if len(classes) > 20 else "")
    rows = "\n".join(
        f"| {heading} | {number(getattr(final, name), decimals)} | {_MEANING[name]} |"
        for name, heading, decimals in COLUMNS
        if getattr(final, name) is not None
    )
    return f"""---
{yaml.safe_dump(_metadata(record), sort_keys=False)}---

# {record.method} on {record.data}

`{record.network}` of {record.parameters:,} parameters ({record.flops:,} multiply-adds for an image), trained by contentmix as
`{record.method}`, with {final.members} {"member" if final.members == 1 else "members"}.

## Use

```python
import contentmix as cm

model = cm.load("hf:{repo}")
found = model.predict(["photo.jpg"])  # images of any size: they are cropped to squares and scaled
print(found.labels, found.probabilities, found.members)
```

Weights are safetensors, all options are in `config.yaml`: nothing that is loaded is executed.

## Intended use

It tells {images} of {len(classes)} classes apart: {known}. It gives a class to any image, also to one of none. Its figures
hold for images like those it was evaluated on; they say nothing of others, so evaluate it on yours before you rely on it.

## Figures

On the {final.images:,} images of the {final.split} set of {record.data}; weights after epoch {final.epoch}, selected on:
{final.selected_on}.

| figure | value | meaning |
| --- | ---: | --- |
{rows}

## Calibration

{_calibration(record)}

## How it was made

```
{record.command}
```

{record.train["images"]:,} labelled training images, {record.train["epochs"]} epochs, seed {record.seed}, on {record.device}, with
{", ".join(f"{name} {version}" for name, version in record.versions.items())}. All options are in `config.yaml`, all figures in
`results.json`.
"""


def _calibration(record: Record) -> str:
    """Confidence and accuracy in bins, and what makes them agree."""
    bins = record.final.reliability
    columns = (bins["confidence"], bins["accuracy"], bins["count"])
    rows = "\n".join(
        f"| {confidence:.3f} | {accuracy:.3f} | {count} |"
        for confidence, accuracy, count in zip(*columns, strict=True)
        if count
    )
    scales = ", ".join(f"{each:.3f}" for each in record.final.temperatures)
    fitted = (
        f"Temperatures that NLL_c was found with, each fitted on one half of these images and used on the other: {scales}.\n"
        "Above 1 the model is too sure of itself."
    )
    return f"""How often it is right where it is so sure, by bins of its confidence:

| mean confidence | accuracy | images |
| ---: | ---: | ---: |
{rows}

{fitted if scales else "There were too few images to fit a temperature."}"""


def _metadata(record: Record) -> dict[str, object]:
    shared = record.data.startswith(HUB)
    data = hub_address(record.data)[0] if shared else record.data
    metrics = [{"type": "accuracy", "value": round(record.final.top1, 2), "name": "top-1 %"}]
    result = {
        "task": {"type": "image-classification"},
        "dataset": {"type": data, "name": data, "split": record.final.split},
        "metrics": metrics,
    }
    return {
        "library_name": "contentmix",
        "pipeline_tag": "image-classification",
        "tags": ["contentmix", record.method, "calibration", "safetensors"],
        **({"datasets": [data]} if shared else {}),
        "model-index": [{"name": f"{record.method}-{record.network}".replace("/", "-"), "results": [result]}],
    }
