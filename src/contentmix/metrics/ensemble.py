"""From the predictions of members to the prediction of their ensemble, and from several runs to one ensemble."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import get_args

import torch
from torch import Tensor

from contentmix.batch import MemberLogits, class_numbers
from contentmix.choices import Average
from contentmix.errors import DataError, require, unknown


def ensemble_log_probs(logits: Tensor, average: Average = "logits", weights: Tensor | None = None) -> Tensor:
    """Log-probabilities of the ensemble of m members.

    Args:
        logits: (n, m, k) float; half precision is computed in float32.
        average: what is averaged over members: ``logits`` (as the published MixMo numbers do) or ``probabilities``.
        weights: (m,) of the members, summing to 1, as of ``MemberLogits`` (default: all alike).

    Returns:
        (n, k), each row summing to 1 in probability.

    Raises:
        UsageError: the shape or ``average`` is not one of the above.
    """
    require(logits.dim() == 3, f"logits have shape {tuple(logits.shape)}: they must be (n, m, k), one row per member")
    if logits.dtype in (torch.float16, torch.bfloat16):
        logits = logits.float()
    share = None if weights is None else weights.to(logits)[:, None]
    if average == "logits":
        # log p = log softmax(sum_i w_i z_i), w_i = 1/m by default
        return (logits.mean(1) if share is None else (share * logits).sum(1)).log_softmax(-1)
    if average == "probabilities":
        # log p = log(sum_i w_i softmax(z_i))
        log_probs = logits.log_softmax(-1)
        return (
            log_probs.logsumexp(1) - math.log(logits.shape[1])
            if share is None
            else (log_probs + share.log()).logsumexp(1)
        )
    raise unknown("average", average, get_args(Average))


def join(predictions: Sequence[MemberLogits]) -> MemberLogits:
    """The members of several networks as one deep ensemble: N networks of m members give N * m members (sec. 3.3.4).

    Each network has the same part in it, whatever the number of its members (``MemberLogits.groups``), so that a single network
    beside one of three members counts for a half.

    Raises:
        UsageError: nothing to join, or predictions that are not of the same images and classes; it names which.
    """
    require(len(predictions) > 0, "no predictions to join: give those of one network or more")
    first = predictions[0]
    for number, other in enumerate(predictions[1:], start=2):
        images, classes = other.logits.shape[0], other.logits.shape[2]
        for name, mine, theirs in (
            ("images", images, first.logits.shape[0]),
            ("classes", classes, first.logits.shape[2]),
        ):
            require(
                mine == theirs,
                f"predictions 1 are of {theirs} {name}, predictions {number} of {mine}: an ensemble needs the same {name}",
            )
        differing = int((other.labels != first.labels).sum())
        require(
            differing == 0,
            f"labels of predictions 1 and {number} differ for {differing} of {images} images: predict the same images in the "
            "same order",
        )
    groups = tuple(size for each in predictions for size in each.groups or (each.logits.shape[1],))
    return MemberLogits(torch.cat([each.logits for each in predictions], dim=1), first.labels, groups)


def check(predictions: MemberLogits) -> MemberLogits:
    """``predictions``, with int64 labels, once it is sure that they can be scored.

    Raises:
        UsageError: shapes that do not belong together, or no image.
        DataError: labels outside the classes, or logits that are not finite.
    """
    logits, labels = predictions.logits, class_numbers(predictions.labels)
    require(logits.is_floating_point(), f"logits are {logits.dtype}: give floats")
    require(
        logits.dim() == 3 and labels.shape == logits.shape[:1],
        f"logits {tuple(logits.shape)} and labels {tuple(labels.shape)} do not match: they must be (n, m, k) and (n,)",
    )
    groups = predictions.groups
    require(
        groups is None or (min(groups, default=0) > 0 and sum(groups) == logits.shape[1]),
        f"groups are {groups}: they must be 1 or more each and sum to {logits.shape[1]} members",
    )
    require(logits.numel() > 0, f"predictions of shape {tuple(logits.shape)} are empty: evaluate at least one image")
    classes = logits.shape[2]
    if int(labels.min()) < 0 or int(labels.max()) >= classes:
        raise DataError(
            f"labels run from {int(labels.min())} to {int(labels.max())}: with {classes} classes they are 0 to {classes - 1}"
        )
    spoilt = int((~torch.isfinite(logits)).flatten(1).any(1).sum())
    if spoilt:
        raise DataError(
            f"predictions of {spoilt} of {len(labels)} images are NaN or infinite: the network has diverged"
        )
    return MemberLogits(logits, labels, groups)
