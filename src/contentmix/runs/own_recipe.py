"""How one's own data are trained: chosen by how many images there are, their size, and where they are computed."""

from __future__ import annotations

import math
from dataclasses import dataclass

from contentmix.runs.recipe import Recipe

_SECONDS, _EPOCHS = 600, 100


@dataclass(frozen=True)
class Extent:
    """What there is to train on.

    Attributes:
        images: of an epoch: all, or the unlabelled ones where a step takes so many of these.
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


@dataclass(frozen=True)
class _Scale:
    """What suits a kind of device.

    Attributes:
        small: network of images up to ``small_px`` px, which keeps their pixels; seconds of a training step for each pixel, and
            for its weights.
        large: likewise, of larger images, which its first layers shrink to a quarter.
        transformer: seconds for an image of a small one, whose patches are as many at any size.
        small_px: the limit.
        batch: the largest.
        steps: by which few images are learnt.
        lr_batch: images of a batch for which the learning rate is 0.1.
    """

    small: tuple[str, float, float]
    large: tuple[str, float, float]
    transformer: float
    small_px: int
    batch: int
    steps: int
    lr_batch: int


# Two cores, as measured; an accelerator is taken for a modest one.
_CPU = _Scale(("wrn-16-1", 3.5e-6, 0.0), ("resnet18-1", 2.6e-6, 0.1), 3.2e-3, 48, 16, 5_000, 32)
_ACCELERATOR = _Scale(("wrn-28-2", 0.2e-6, 0.0), ("resnet18-1", 0.04e-6, 0.0), 0.1e-3, 64, 128, 10_000, 128)


def own_recipe(extent: Extent, *, transformer: bool = False) -> Recipe:
    """A recipe that aims at ten minutes, on a CPU of two cores or on an accelerator, and at less for few images.

    - The network is a small WideResNet for small images, wider on an accelerator, and ResNet-18 for larger ones, which shrinks
      them first, and whose weights alone take a CPU a tenth of a second.
    - A batch is the power of two next to a thirtieth of the images, so that an epoch has some thirty steps: 8 or 16 on a CPU,
      where more images take as much longer and leave fewer steps, and up to 128 on an accelerator, which idles with fewer.
    - Epochs are as many as ten minutes allow; not more than make 5,000 steps on a CPU or 10,000 on an accelerator, by which few
      images are learnt, nor than 100 of labelled images; not fewer than 5, as a network learns little from seeing images less
      often. A ``transformer`` is taken for a small one.
    - The rate is 0.1 for 32 images on a CPU, whose short runs need larger steps, and for 128 on an accelerator, in proportion
      to the batch (Goyal et al. 2017). It is warmed up over a twentieth of training, and a cosine brings it to 0.
    """
    scale = _CPU if extent.device == "cpu" else _ACCELERATOR
    network, of_pixel, of_step = scale.small if extent.image_size <= scale.small_px else scale.large
    batch = max(8, min(scale.batch, 2 ** round(math.log2(max(1.0, extent.images / 30)))))
    steps = max(1.0, extent.images / (extent.step_images or batch))
    of_image, of_step = (scale.transformer, 0.0) if transformer else (extent.image_size**2 * of_pixel, of_step)
    affordable = _SECONDS / (extent.images * extent.passes * of_image + steps * of_step)
    enough = scale.steps / steps
    most = enough if extent.step_images else min(_EPOCHS, enough)
    return Recipe(
        source=f"sized for {extent.images} images of {extent.image_size} px on {extent.device}",
        network=network,
        epochs=max(5, round(min(affordable, most))),
        batch_size=batch,
        lr=0.1,
        lr_batch=scale.lr_batch,
        weight_decay=5e-4,
        schedule="cosine",
        warmup_share=0.05,
    )
