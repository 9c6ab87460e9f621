"""How one's own data are trained: chosen by how many images there are, their size, and where they are computed."""

from __future__ import annotations

import math
from dataclasses import dataclass

from contentmix.runs.recipe import Recipe

_SECONDS = 600
# Network, and microseconds of a training step for each pixel of its images. On the CPU of two cores, as measured there; an
# accelerator is taken for a modest one. Above so many pixels a network has to shrink images before it does anything else.
_SHRINKING_ABOVE = {"cpu": 48}
_CPU = {False: ("wrn-16-1", 3.5), True: ("timm/regnetx_002", 0.9)}
_ACCELERATOR = {False: ("wrn-28-2", 0.2), True: ("resnet18-1", 0.04)}


@dataclass(frozen=True)
class Extent:
    """What there is to train on.

    Attributes:
        images: of an epoch, unlabelled ones included.
        image_size: their side in pixels.
        device: its type: ``cpu``, ``cuda`` or ``mps``.
        passes: images that go through the network for each image of an epoch.
        step_images: images of the epoch in a step, where that is not the batch size but an option of the method.
    """

    images: int
    image_size: int
    device: str
    passes: float = 1.0
    step_images: int | None = None


def own_recipe(extent: Extent) -> Recipe:
    """A recipe that ends in about ten minutes, on a CPU of two cores or on an accelerator, and sooner for few images.

    - The network is a small one for the CPU, a larger one for an accelerator; small images keep their pixels in a WideResNet,
      large ones are shrunk to a quarter by its first layers, as every network for photos does it.
    - A batch is the power of two next to a thirtieth of the images, so that an epoch has some thirty steps, between 8 and 32 on a
      CPU, which is as fast with few images at a time, and up to 128 on an accelerator, which idles on fewer.
    - Epochs are as many as ten minutes allow; not more than make 1,500 steps on a CPU or 10,000 on an accelerator, by which few
      images are learnt, nor than 100; not fewer than 5, with which a network learns little.
    - The rate is 0.1 for 128 images in proportion to the batch (Goyal et al. 2017), warmed up and brought to 0 by a cosine: the
      schedule that needs no choice of milestones.
    """
    on_cpu = extent.device == "cpu"
    shrinking = extent.image_size > _SHRINKING_ABOVE.get(extent.device, 64)
    network, microseconds = (_CPU if on_cpu else _ACCELERATOR)[shrinking]
    largest, steps = (32, 1_500) if on_cpu else (128, 10_000)
    batch = max(8, min(largest, 2 ** _nearest_log2(extent.images / 30)))
    seconds_an_epoch = extent.images * extent.passes * extent.image_size**2 * microseconds * 1e-6
    for_steps = steps * (extent.step_images or batch) / extent.images
    epochs = max(5, min(100, round(_SECONDS / seconds_an_epoch), round(for_steps)))
    return Recipe(
        f"sized for {extent.images} images of {extent.image_size} px on {extent.device}",
        network,
        epochs,
        batch,
        0.1,
        128,
        5e-4,
        "cosine",
        warmup_share=0.05,
    )


def _nearest_log2(value: float) -> int:
    """The exponent of the power of two next to ``value``, a positive number."""
    return max(0, round(math.log2(max(value, 1.0))))
