"""Predictions on disk: what any later figure can be computed from, without the network."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from contentmix.batch import MemberLogits
from contentmix.digests import digest_of
from contentmix.errors import DataError
from contentmix.files import atomic_write


def save_predictions(path: Path, predictions: MemberLogits) -> None:
    """Write logits (n, m, k) and labels (n,) as safetensors, with a digest, and ``groups`` where networks' members differ."""
    tensors = {"logits": predictions.logits.contiguous(), "labels": predictions.labels.contiguous()}
    if predictions.weights is not None:
        tensors["groups"] = torch.tensor(predictions.groups)
    atomic_write(path, save(tensors, metadata={"digest": digest_of(tensors)}))


def read_predictions(path: Path) -> MemberLogits:
    """Read what ``save_predictions`` wrote; files of older versions have no digest.

    Raises:
        DataError: the file is missing or damaged.
    """
    try:
        with safe_open(path, "pt") as file:
            digest = (file.metadata() or {}).get("digest")
            names = ["logits", "labels", *({"groups"} & set(file.keys()))]
            tensors = {name: file.get_tensor(name) for name in names}
    except (OSError, SafetensorError) as error:
        raise DataError(f"predictions {path} cannot be read: {error}") from error
    if digest not in (None, digest_of(tensors)):
        raise DataError(f"predictions {path} are damaged: they do not match the digest that was written with them")
    groups = tuple(tensors["groups"].tolist()) if "groups" in tensors else None
    return MemberLogits(tensors["logits"], tensors["labels"], groups)
