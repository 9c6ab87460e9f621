"""Inputs of several members that are mixed themselves, image with image, before the members are."""

from __future__ import annotations

from torch import Tensor

from contentmix.batch import Batch
from contentmix.choices import InputMix
from contentmix.errors import require
from contentmix.mixing import cutmix, cutmix_mixup, mixup, soft_targets
from contentmix.training.method import Step

_MIXES = {"cutmix-mixup": cutmix_mixup, "cutmix": cutmix, "mixup": mixup}


def mixed_inputs(batch: Batch, mix: InputMix, smoothing: float, step: Step) -> tuple[Tensor, Tensor]:
    """Images (b, m, c, h, w) and targets (b, m, k) of a batch whose b * m inputs are mixed with one another by ``mix``.

    Args:
        batch: one image per member.
        mix: with the default probabilities and laws of ``contentmix.mixing``.
        smoothing: of labels.
        step: the source of the draw.
    """
    if mix == "none":
        return batch.images, soft_targets(batch.labels, step.classes, smoothing)
    require(mix in _MIXES, f"mix is {mix}: images become hybrids in HybridInputs, before they are mixed")
    mixer = _MIXES[mix](step.classes, smoothing=smoothing)
    generator = step.generator("mix", per_rank=True)
    images, targets = mixer(batch.images.flatten(0, 1), batch.labels.flatten(), generator=generator)
    return images.view_as(batch.images), targets.unflatten(0, batch.labels.shape)
