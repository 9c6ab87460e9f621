"""How one's own data are trained: chosen by how many images there are, their size, and where they are computed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from contentmix.runs.recipe import Recipe

_SECONDS, _EPOCHS = 600, 250

# One network, from labelled images alone; with unlabelled ones, or several members; a generator of hybrids beside it.
Learner = Literal["one", "several", "generator"]


@dataclass(frozen=True)
class Extent:
    """What there is to train on.

    Attributes:
        images: of an epoch: all, or the unlabelled ones where a step takes so many of these.
        image_size: their side in pixels.
        device: its type: ``cpu``, ``cuda`` or ``mps``.
        passes: images that go through the network for each image of an epoch, in all trainings in a row.
        step_images: images of the epoch in a step, where that is not the batch size but an option of the method.
        learner: what learns.
        repetition: how many times the steps an epoch has, because batches hold each image so often or trainings are so many.
    """

    images: int
    image_size: int
    device: str
    passes: float = 1.0
    step_images: int | None = None
    learner: Learner = "one"
    repetition: int = 1


@dataclass(frozen=True)
class _Updates:
    """How weights are updated.

    Attributes:
        lr: for ``lr_batch`` images of a batch.
        lr_batch: these.
        weight_decay: of the optimiser.
        steps: by which few images are learnt.
        optimizer: its name.
    """

    lr: float
    lr_batch: int
    weight_decay: float
    steps: int
    optimizer: Literal["sgd", "adamw"] = "sgd"


@dataclass(frozen=True)
class _Size:
    """What suits images up to a size.

    Attributes:
        px: their largest side.
        learners: for which.
        network: for them; small ones keep their pixels, larger ones are shrunk to a quarter by its first layers.
        of_pixel: seconds of a training step for each pixel.
        of_step: and for the weights.
        updates: how it learns.
    """

    px: float
    learners: tuple[Learner, ...]
    network: str
    of_pixel: float
    of_step: float
    updates: _Updates


@dataclass(frozen=True)
class _Scale:
    """What suits a kind of device.

    Attributes:
        sizes: of images, in ascending order.
        transformer: seconds for an image of a small one, whose patches are as many at any size.
        batch: the largest.
    """

    sizes: tuple[_Size, ...]
    transformer: float
    batch: int


_ALL: tuple[Learner, ...] = ("one", "several", "generator")
# Two cores, as measured; an accelerator is taken for a modest one.
_CPU = _Scale(
    (
        _Size(32, _ALL, "wrn-16-1", 3.5e-6, 0.0, _Updates(0.1, 32, 5e-4, 5_000)),
        _Size(64, ("one",), "wrn-16-1-leaky", 2.05e-6, 0.0, _Updates(0.004, 16, 0.125, 8_000, "adamw")),
        _Size(math.inf, ("one", "several"), "resnet18-1", 2.6e-6, 0.1, _Updates(0.1, 16, 5e-4, 5_000)),
        _Size(math.inf, _ALL, "wrn-16-1-leaky", 2.05e-6, 0.0, _Updates(0.1, 32, 5e-4, 5_000)),
    ),
    transformer=3.2e-3,
    batch=16,
)
_CARD = _Updates(0.1, 128, 5e-4, 10_000)
_ACCELERATOR = _Scale(
    (
        _Size(64, _ALL, "wrn-28-2", 0.2e-6, 0.0, _CARD),
        _Size(math.inf, ("one", "several"), "resnet18-1", 0.04e-6, 0.0, _CARD),
        _Size(math.inf, _ALL, "wrn-28-2-leaky", 0.1e-6, 0.0, _CARD),
    ),
    transformer=0.1e-3,
    batch=128,
)


def own_recipe(extent: Extent, *, transformer: bool = False) -> Recipe:
    """A recipe that aims at ten minutes, on a CPU of two cores or on an accelerator, and at less for few images.

    - The network is a small WideResNet for images up to 64 px, wider on an accelerator, and ResNet-18 for larger ones, which
      shrinks them first, and whose weights alone take a CPU a tenth of a second. There, of more than 32 px, the WideResNet is
      that of chapter 2, whose strides come first, which makes steps cheaper; and ResNet-18 is also for steps with unlabelled
      images, which it makes faster and in less memory, and for several members, which need its width. Generators of hybrids are
      made of WideResNets: above these sizes they have chapter 2's, of the width of the small one.
    - A batch is the power of two next to a thirtieth of the images, so that an epoch has some thirty steps: 8 or 16 on a CPU,
      where more images take as much longer and leave fewer steps, and up to 128 on an accelerator, which idles with fewer.
    - Epochs are as many as ten minutes allow; not more than make the steps by which few images are learnt, 10,000 on an
      accelerator and 5,000 on a CPU, or 8,000 of chapter 2's network, nor than 250 of labelled images; not fewer than 5, as a
      network learns little from seeing images less often. A ``transformer`` is taken for a small one.
    - SGD's rate is 0.1 for 128 images on an accelerator, and for 32 or 16 on a CPU, whose short runs need larger steps, in
      proportion to the batch (Goyal et al. 2017). Chapter 2's network learns by AdamW, which takes as much of its
      weights in a step as SGD with its momentum would (0.004 * 0.125 = 10 * 0.1 * 5e-4). All this as ``supervised`` has shown
      on photos set aside. The rate is warmed up over a twentieth of training, and a cosine brings it to 0.
    """
    scale = _CPU if extent.device == "cpu" else _ACCELERATOR
    batch = max(8, min(scale.batch, 2 ** round(math.log2(max(1.0, extent.images / 30)))))
    drawn = extent.step_images or batch
    size = next(each for each in scale.sizes if extent.image_size <= each.px and extent.learner in each.learners)
    updates, steps = size.updates, max(1.0, extent.images / drawn)
    of_image, of_step = (
        (scale.transformer, 0.0) if transformer else (extent.image_size**2 * size.of_pixel, size.of_step)
    )
    affordable = _SECONDS / (extent.images * extent.passes * of_image + steps * extent.repetition * of_step)
    enough = updates.steps / steps
    most = enough if extent.step_images else min(_EPOCHS, enough)
    return Recipe(
        source=f"sized for {extent.images} images of {extent.image_size} px on {extent.device}",
        network=size.network,
        epochs=max(5, round(min(affordable, most))),
        batch_size=batch,
        lr=updates.lr,
        lr_batch=updates.lr_batch,
        weight_decay=updates.weight_decay,
        optimizer=updates.optimizer,
        lr_scaling="linear" if updates.optimizer == "sgd" else "sqrt",
        schedule="cosine",
        warmup_share=0.05,
    )
