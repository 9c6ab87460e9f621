"""Predictions on disk: what any later figure can be computed from, without the network."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save

from contentmix.batch import MemberLogits
from contentmix.errors import DataError
from contentmix.files import atomic_write


def save_predictions(path: Path, predictions: MemberLogits) -> None:
    """Write logits (n, m, k) and labels (n,) as safetensors."""
    atomic_write(path, save({"logits": predictions.logits.contiguous(), "labels": predictions.labels.contiguous()}))


def read_predictions(path: Path) -> MemberLogits:
    """Read what ``save_predictions`` wrote.

    Raises:
        DataError: the file is missing or damaged.
    """
    try:
        tensors = load(path.read_bytes())
        return MemberLogits(tensors["logits"], tensors["labels"])
    except (OSError, SafetensorError, KeyError) as error:
        raise DataError(f"predictions {path} cannot be read: {error}") from error
