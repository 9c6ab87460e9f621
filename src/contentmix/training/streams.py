"""What the methods with a second, unlabelled stream have in common."""

from __future__ import annotations

from torch import Tensor

from contentmix.batch import Batch
from contentmix.errors import UsageError


def unlabelled_views(batch: Batch) -> tuple[Batch, tuple[Tensor, ...]]:
    """The unlabelled part of a batch, and its views, each (b, c, h, w).

    Raises:
        UsageError: the batch has none.
    """
    if batch.unlabelled is None:
        raise UsageError("the batch has no unlabelled images: this method takes those of a TwoStreamLoader")
    return batch.unlabelled, batch.unlabelled.images.unbind(1)


def accuracy(guesses: Tensor, labels: Tensor, among: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """(right, known): how many of the guesses (b,) int64 are the labels, of those known and ``among`` (b,) bool."""
    known = labels >= 0 if among is None else (labels >= 0) & among
    return ((guesses == labels) & known).sum(), known.sum()
