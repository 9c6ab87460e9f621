"""Hybrids of finished generators, measured: by an oracle, and by what is left of the class in their context."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast

import torch
from torch import Tensor

from contentmix.data import ArraySet
from contentmix.errors import UsageError, require
from contentmix.hybrids import fda
from contentmix.keys import keyed_generator
from contentmix.metrics import HybridQuality, hybrid_quality, probe_accuracy
from contentmix.mixing import Dirichlet, LargestFirst
from contentmix.runs.generators import Generator, Pixels, pairs_of, source_and_test
from contentmix.runs.model import TrainedModel

BATCH = 256


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
    _, test = source_and_test(generator.run)
    first, second = pairs_of(test, len(test), seed)
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
    source, test = source_and_test(generator.run)
    require(isinstance(source.train, ArraySet), f"{source.name} is not in memory: its codes are not gathered")
    assert isinstance(source.train, ArraySet)
    pixels, network = Pixels(generator.run.inputs), generator.network
    train, held = (
        (_in_batches(network.context, pixels.normalised(images.images)).clone(), images.labels)
        for images in (source.train, test)
    )
    return probe_accuracy(train, held)


def _in_batches(network: Callable[..., Tensor], *images: Tensor) -> Tensor:
    return torch.cat([network(*some) for some in zip(*(group.split(BATCH) for group in images), strict=True)])
