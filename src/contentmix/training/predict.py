"""Predictions of a network over a whole set, for the metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor, nn

from contentmix.batch import Batch, MemberLogits
from contentmix.devices import in_parts


def predict_set(network: nn.Module, loader: Iterable[Batch]) -> MemberLogits:
    """The logits of every member for every image of ``loader``, on the CPU, with the true labels."""
    was_training = network.training
    network.eval()
    (found,) = predict_sets([network.predict], loader)  # type: ignore[list-item]
    network.train(was_training)
    return found


@torch.inference_mode()
def predict_sets(functions: Sequence[Callable[[Tensor], Tensor]], loader: Iterable[Batch]) -> list[MemberLogits]:
    """What each of ``functions``, images (b, c, h, w) to logits (b, m, k), says; ``loader`` is gone through once."""
    logits, labels = [], []
    for batch in loader:
        logits.append([in_parts(function, batch.images[:, 0]).float().cpu() for function in functions])
        labels.append(batch.labels[:, 0].cpu())
    return [MemberLogits(torch.cat(parts), torch.cat(labels)) for parts in zip(*logits, strict=True)]
