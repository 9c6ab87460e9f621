"""Applying a mixture: to images, to features, to targets."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from contentmix.batch import Mixture, Partners, class_numbers
from contentmix.errors import UsageError, require


def mix_images(images: Tensor, mixture: Mixture) -> Tensor:
    """``x = sum_i mask_i x[partner_i]``: images, or feature maps, of one batch mixed with one another.

    Args:
        images: (b, c, h, w).
        mixture: of b samples, with partners; masks of any other size are resized.

    Returns:
        (b, c, h, w), in a tensor of its own.
    """
    partners = _partners(mixture)
    require(
        len(images) == len(partners),
        f"images {tuple(images.shape)} and a mixture of {len(partners)} samples: draw it for the batch that it mixes",
    )
    height, width = images.shape[-2:]
    masks = mixture.at((height, width)).masks.to(images.dtype)[:, :, None]
    if masks.shape[1] == 2:
        # lerp is exact at both ends, where it shows one image only.
        return torch.lerp(images[partners[:, 1]], images[partners[:, 0]], masks[:, 0])
    mixed = images[partners[:, 0]] * masks[:, 0]
    for i in range(1, masks.shape[1]):
        mixed.addcmul_(images[partners[:, i]], masks[:, i])
    return mixed


def mix_members(features: Sequence[Tensor], mixture: Mixture) -> Tensor:
    """The mixing block ``M sum_i mask_i f_i`` (eq. 3.2, A.3): M times, so that equal masks give the plain sum of MIMO.

    Args:
        features: m encodings (b, c, h, w).
        mixture: of m inputs for b samples; masks of any other size are resized.

    Returns:
        (b, c, h, w).
    """
    members, (size, _, height, width) = len(features), features[0].shape
    require(
        mixture.masks.shape[:2] == (size, members),
        f"{members} encodings of {size} samples and masks {tuple(mixture.masks.shape)}: they must be (b, m, h, w)",
    )
    masks = (members * mixture.at((height, width)).masks).to(features[0].dtype)[:, :, None]
    mixed = features[0] * masks[:, 0]
    for i in range(1, members):
        mixed.addcmul_(features[i], masks[:, i])  # in the product's own memory: autograd keeps the masks only
    return mixed


def soft_targets(labels: Tensor, num_classes: int, smoothing: float = 0.0) -> Tensor:
    """Targets (..., k): ``1 - smoothing`` on the class of ``labels`` (...,) and ``smoothing / k`` on every class.

    Labels that are soft already, floats (..., k) as another mix made them, are the targets.

    Raises:
        UsageError: ``smoothing`` outside [0, 1), or a label outside the classes (checked on the CPU; devices raise their
            own error, later).
    """
    require(0 <= smoothing < 1, f"smoothing is {smoothing}: choose it in [0, 1)")
    if labels.is_floating_point() and labels.dim() > 1:
        require(
            labels.shape[-1] == num_classes,
            f"soft labels {tuple(labels.shape)}: with {num_classes} classes they end in {num_classes}",
        )
        return labels
    labels = class_numbers(labels)
    if labels.device.type == "cpu" and labels.numel() and not 0 <= int(labels.min()) <= int(labels.max()) < num_classes:
        raise UsageError(
            f"labels run from {int(labels.min())} to {int(labels.max())}: with {num_classes} classes they are 0 to "
            f"{num_classes - 1}"
        )
    targets = torch.full((*labels.shape, num_classes), smoothing / num_classes, device=labels.device)
    return targets.scatter_(-1, labels[..., None], 1 - smoothing + smoothing / num_classes)


def mix_targets(targets: Tensor, mixture: Mixture) -> Tensor:
    """``y = sum_i kappa_i y[partner_i]`` with the recomputed ratios: targets (b, k) of one batch mixed like its images."""
    return (mixture.ratios.to(targets.dtype)[:, :, None] * targets[_partners(mixture)]).sum(1)


def mix_partners(
    images: Tensor, targets: Tensor, partners: Partners, partner_targets: Tensor, keep: Tensor, ratios: Tensor
) -> tuple[Tensor, Tensor]:
    """Mix the partners of some images into these: ``keep x + (1 - keep) x'``, with targets by ``ratios``.

    Args:
        images: (b, c, h, w), left untouched.
        targets: (b, k), likewise.
        partners: of p of the b images.
        partner_targets: (p, k).
        keep: (p, h, w) or (p, 1, 1), the share of the image itself at each pixel.
        ratios: (p,) the share of its own target.

    Returns:
        Images and targets of the same shapes.
    """
    rows = partners.rows
    mixed = torch.lerp(partners.images, images[rows], keep[:, None].to(images.dtype))
    blended = torch.lerp(partner_targets, targets[rows], ratios[:, None].to(targets.dtype))
    return images.index_copy(0, rows, mixed), targets.index_copy(0, rows, blended)


def _partners(mixture: Mixture) -> Tensor:
    if mixture.partners is None:
        raise UsageError(
            "the mixture has no partners: it was drawn for stacked inputs; use mix_members, or add partners"
        )
    return mixture.partners
