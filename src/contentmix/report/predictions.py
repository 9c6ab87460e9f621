"""Predictions on disk: what any later figure can be computed from, without the network."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from contentmix.batch import MemberLogits
from contentmix.digests import digest_of
from contentmix.errors import DataError
from contentmix.files import atomic_write


def save_predictions(path: Path, predictions: MemberLogits) -> None:
    """Write logits (n, m, k) and labels (n,) as safetensors, with a digest of them."""
    tensors = {"logits": predictions.logits.contiguous(), "labels": predictions.labels.contiguous()}
    atomic_write(path, save(tensors, metadata={"digest": digest_of(tensors)}))


def read_predictions(path: Path) -> MemberLogits:
    """Read what ``save_predictions`` wrote; files of older versions have no digest.

    Raises:
        DataError: the file is missing or damaged.
    """
    try:
        with safe_open(path, "pt") as file:
            digest = (file.metadata() or {}).get("digest")
            tensors = {name: file.get_tensor(name) for name in ("logits", "labels")}
    except (OSError, SafetensorError) as error:
        raise DataError(f"predictions {path} cannot be read: {error}") from error
    if digest not in (None, digest_of(tensors)):
        raise DataError(f"predictions {path} are damaged: they do not match the digest that was written with them")
    return MemberLogits(tensors["logits"], tensors["labels"])
