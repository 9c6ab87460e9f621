"""The headlines' rows, and what they are trained on at each scale."""

from __future__ import annotations

from typing import Any

from contentmix.studies.study import RunOf, Scale, Study
from contentmix.thesis.headlines import few_labels, multi_input, transformers
from contentmix.thesis.tables.settings import MIXMATCH_NETWORK, NETWORK, samosa_training, setting

# The last epoch stands, and every row makes as many steps.
_ALL: dict[str, Any] = {"select": "last", "epoch_steps": 1000, "network": "wrn-28-{width}"}
_SAMOSA = {
    name: value for name, value in samosa_training("cifar10", 250).items() if name not in setting("cifar10", 250)
}
# Ensembles and their members learn from the same images, as in chapters 3 and 4 of the thesis.
_SAME_IMAGES = {"labels_seed": 0}
# Of networks whose steps are bound by the number of kernels: half precision casts weights, one by one.
_TF32 = {"precision": "tf32"}
# An image comes once in a batch.
_ONCE = {name: {"batch_repetition": 1} for name in multi_input.MULTI_INPUT}


def _few_labels(
    network: str, batch: int, epochs: int, generator_epochs: int, oracle: dict[str, Any], hybrids: int | None = None
) -> dict[str, dict[str, Any]]:
    """Options of the rows of chapter 2: ``batch`` labelled images, thrice as many unlabelled ones, batches of ``hybrids``."""
    both = {"batch_size": batch, "unlabelled_batch": 3 * batch, "epochs": epochs}
    own: dict[str, dict[str, Any]] = {row.name: both for row in few_labels.ROWS}
    own |= {name: {**both, "epochs": epochs // 3} for name in few_labels.CYCLES}  # of each of three cycles
    own |= {name: {**both, "hybrid_batch": hybrids} for name in few_labels.HYBRIDS}
    # The labels alone learn as they do beside images without labels: at Mean Teacher's rate on small data.
    own["few-labels"] = {"batch_size": batch, "epochs": epochs, "lr": 0.1, "warmup_epochs": 0.0, "weight_decay": 5e-4}
    own["mixmatch"] = {**both, "network": f"{network}-norm", "lr": 0.002}  # normalised shortcuts (A.5), and A.1.1
    # Generators begin with the guide that the Mean Teacher of the same seed has become.
    taught = {"init": RunOf("mean-teacher"), "warmup": 0.0, "ema_decay": 0.99, "epochs": generator_epochs}
    own |= {name: {**both, **taught} for name in few_labels.GENERATORS}
    for name in ("generator-unfrozen", "generator-guide-learns"):
        own[name] = {**own[name], "freeze_guide": False}
    return {**own, "oracle": {"labels": None, "epoch_steps": None, **oracle}}


CHAPTERS = {
    chapter: tuple(row.name for row in each.ROWS)
    for chapter, each in {"2": few_labels, "3": multi_input, "4": transformers}.items()
}
HEADLINES = Study(
    "headlines",
    "What carries the thesis",
    (*few_labels.ROWS, *multi_input.ROWS, *transformers.ROWS),
    {
        "thesis": Scale(
            {"network": "wrn-28-{width}"},
            data={
                few_labels.DATA: {**setting("cifar10", 250), "network": NETWORK},
                multi_input.DATA: {"data": "cifar100", "batch_size": 64, "epochs": 300, "select": "test"},
                transformers.DATA: {"data": "cifar100", "network": "convit", "epochs": 150, "select": "test"},
            },
            own={
                **{name: {"batch_repetition": 4} for name in multi_input.REPEATED},
                **dict.fromkeys(few_labels.CYCLES, _SAMOSA),
                "few-labels": {"epochs": 300},
                "mixmatch": {"network": MIXMATCH_NETWORK, "batch_size": 250, "lr": 0.002},
                "generator-guide-learns": {"freeze_guide": False},
                "oracle": {"network": "wrn-28-10", "labels": None},
            },
        ),
        "small": Scale(
            _ALL,
            networks={"wrn-28-2": "wrn-10-1", "wrn-28-4": "wrn-10-2", "wrn-28-7": "wrn-10-3", "wrn-28-10": "wrn-10-4"},
            data={
                few_labels.DATA: {
                    "data": "digits-m", "image_size": 16, "labels": 100, "network": "wrn-10-1-leaky", "epoch_steps": 500,
                },
                multi_input.DATA: {
                    "data": "fashion-mnist", "image_size": 8, "labels": 1000, "batch_size": 64, "epochs": 4, **_SAME_IMAGES,
                },
                transformers.DATA: {
                    "data": "fashion-mnist", "image_size": 14, "labels": 1000, "batch_size": 128, "epochs": 4,
                    "network": "convit-64-3-4-2", "random_erasing": 0.0, **_SAME_IMAGES,
                },
            },
            own={**_ONCE, **_few_labels("wrn-10-1-leaky", 20, 3, 3, {"network": "wrn-10-2", "epochs": 30, "batch_size": 64})},
        ),
        "gpu": Scale(
            {**_ALL, "precision": "bf16-mixed", "logger": "none"},
            networks={"wrn-28-2": "wrn-16-1", "wrn-28-4": "wrn-16-2", "wrn-28-7": "wrn-16-3", "wrn-28-10": "wrn-16-4"},
            data={
                few_labels.DATA: {
                    "data": "fashion-mnist-m", "image_size": 32, "labels": 100, "network": "wrn-10-2-leaky", **_TF32,
                },
                multi_input.DATA: {
                    "data": "fashion-mnist", "image_size": 28, "labels": 1000, "batch_size": 64, "epochs": 3,
                    "epoch_steps": 800, **_SAME_IMAGES,
                },
                transformers.DATA: {
                    "data": "fashion-mnist", "image_size": 28, "labels": 1000, "batch_size": 128, "epochs": 4,
                    "network": "convit-128-6-4-4", "random_erasing": 0.0, **_SAME_IMAGES, **_TF32,
                },
            },
            own={
                **_ONCE,
                **_few_labels(
                    "wrn-10-2-leaky", 20, 3, 4, {"network": "wrn-16-4", "epochs": 4, "batch_size": 128}, hybrids=80
                ),
            },
        ),
    },
    (*few_labels.CLAIMS, *multi_input.CLAIMS, *transformers.CLAIMS),
    helpers=(few_labels.ORACLE,),
    reference="thesis",
    heading="Headlines",
    command=("reproduce", "headlines"),
    corrected=True,
)  # fmt: skip
