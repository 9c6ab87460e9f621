"""Predictions of a network over a whole set, for the metrics."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from contentmix.batch import Batch, MemberLogits
from contentmix.devices import in_parts


@torch.inference_mode()
def predict_set(network: nn.Module, loader: Iterable[Batch]) -> MemberLogits:
    """The logits of every member for every image of ``loader``, on the CPU, with the true labels."""
    was_training = network.training
    network.eval()
    logits, labels = [], []
    for batch in loader:
        logits.append(in_parts(network.predict, batch.images[:, 0]).float().cpu())  # type: ignore[arg-type]
        labels.append(batch.labels[:, 0].cpu())
    network.train(was_training)
    return MemberLogits(torch.cat(logits), torch.cat(labels))
