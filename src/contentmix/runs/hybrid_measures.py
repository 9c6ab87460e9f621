"""Hybrids of finished generators, measured: by an oracle, and by what is left of the class in their context."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor

from contentmix.data import ArraySet, perfect_hybrids
from contentmix.devices import in_parts, sent
from contentmix.errors import UsageError, require
from contentmix.hybrids import fda
from contentmix.keys import keyed_generator
from contentmix.metrics import HybridQuality, hybrid_quality, probe_accuracy
from contentmix.mixing import Dirichlet, LargestFirst
from contentmix.runs.generators import Generator, Pixels, labelled_pairs, pairs_of, source_and_test
from contentmix.runs.model import TrainedModel

BATCH = 256
COPIES = 10  # hybrids of each labelled image in the study of A.3.2


@torch.inference_mode()
def measure_hybrids(generator: Generator, oracle: TrainedModel, seed: int = 0) -> dict[str, HybridQuality]:
    """Figures by kind of hybrid.

    ``hybrids`` are of all test images with partners of other classes, ``mixup`` and ``fda`` of the same parents (table 2.5), and
    ``perfect`` what the recipe of the data makes of them, where it is known: its figures need not be 100. ``labelled`` are the
    generator's of table A.13, ten of each labelled image of its run in unlabelled contexts (A.3.2).

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
    pixels, network = Pixels(generator.run.inputs), generator.network
    to_oracle, predict = Pixels(oracle.inputs), cast(Callable[[Tensor], Tensor], oracle.network.predict)

    def seen(hybrids: Tensor) -> Tensor:
        shown = (255 * pixels.shown(hybrids)).round().to(torch.uint8)
        return _in_batches(oracle, lambda x: predict(x)[:, 0].argmax(1), to_oracle.normalised(shown))

    def measure(pairs: Pairs, hybrids: Tensor, **known: Any) -> HybridQuality:
        labels = (pairs.first.labels, pairs.second.labels)
        masks = (pairs.first.masks, pairs.second.masks)
        known |= {} if masks[0] is None or masks[1] is None else {"masks": masks}
        return hybrid_quality(hybrids, pairs.content, pairs.context, labels, seen(hybrids), **known)

    def measure_own(pairs: Pairs) -> HybridQuality:
        hybrids = _in_batches(generator.run, network.hybridise, pairs.content, pairs.context)
        judged = _in_batches(generator.run, lambda x: network.predict(x)[:, 0].argmax(1), hybrids)
        codes = tuple(
            _in_batches(generator.run, network.context, images) for images in (hybrids, pairs.content, pairs.context)
        )
        return measure(pairs, hybrids, judged=judged, codes=codes)

    _, test = source_and_test(generator.run)
    tested = Pairs(pixels, *pairs_of(test, len(test), seed))
    a, b = tested.content, tested.context
    ratios = LargestFirst(Dirichlet(1.0)).draw(len(a), 2, keyed_generator(seed, "mixup hybrids"))[:, :1, None, None]
    made = {
        "mixup": ratios * a + (1 - ratios) * b,  # linear: on pixels it is the same
        "fda": pixels.on_pixels(fda, a, b),
    }
    perfect, labelled = perfect_hybrids(tested.first, tested.second), labelled_pairs(generator.run, COPIES, seed)
    if perfect is not None:
        made["perfect"] = pixels.normalised(perfect)
    found = {"hybrids": measure_own(tested), **{name: measure(tested, hybrids) for name, hybrids in made.items()}}
    return found if labelled is None else {**found, "labelled": measure_own(Pairs(pixels, *labelled))}


class Pairs:
    """Parents of hybrids.

    Args:
        pixels: of the generator.
        first: parents whose object hybrids show.
        second: parents whose surroundings they show.
    """

    def __init__(self, pixels: Pixels, first: ArraySet, second: ArraySet) -> None:
        self.first, self.second = first, second
        self.content, self.context = pixels.normalised(first.images), pixels.normalised(second.images)


@torch.inference_mode()
def content_in_context(generator: Generator) -> float:
    """Test accuracy (%) of a linear classifier of z_r that learnt from all training labels (A.3.3)."""
    source, test = source_and_test(generator.run)
    require(isinstance(source.train, ArraySet), f"{source.name} is not in memory: its codes are not gathered")
    assert isinstance(source.train, ArraySet)
    pixels, network = Pixels(generator.run.inputs), generator.network
    train, held = (
        (
            _in_batches(generator.run, network.context, pixels.normalised(images.images)).to(generator.run.device),
            images.labels,
        )
        for images in (source.train, test)
    )
    return probe_accuracy(train, held)


@torch.inference_mode()
def reconstruction_error(generator: Generator) -> float:
    """Mean distance of test images to what is made of their own codes, in percent of the norm of their pixels in [0, 1]."""
    _, test = source_and_test(generator.run)
    pixels, network = Pixels(generator.run.inputs), generator.network
    images = pixels.normalised(test.images)
    rebuilt = _in_batches(generator.run, lambda x: network.decode(*network.encode(x)), images)
    shown, away = pixels.shown(images), pixels.shown(rebuilt) - pixels.shown(images)
    return 100 * float((away.flatten(1).norm(dim=1) / shown.flatten(1).norm(dim=1).clamp(min=1e-6)).mean())


def _in_batches(model: TrainedModel, function: Callable[..., Tensor], *images: Tensor) -> Tensor:
    """What ``function`` makes of images on the CPU where ``model`` is, brought back to the CPU."""
    batches = zip(*(group.split(BATCH) for group in images), strict=True)
    with model.predicting():
        return torch.cat([in_parts(function, *(sent(each, model.device) for each in some)).cpu() for some in batches])
