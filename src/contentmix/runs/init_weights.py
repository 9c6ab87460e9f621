"""Weights of a finished run as a beginning."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from contentmix.data import DataSource
from contentmix.errors import UsageError
from contentmix.hybrids import HybridNetwork
from contentmix.runs.model import load_model


def begin_with(network: nn.Module, run: Path, data: DataSource) -> None:
    """Give ``network`` the weights of ``run``, in place; of generators of hybrids, their classifiers give and take.

    Raises:
        UsageError: ``run`` is of another network, or for other images.
        DataError, CheckpointError: as ``load_model``.
    """
    model = load_model(run, device="cpu")
    for name in ("classes", "channels", "image_size"):
        if getattr(model.inputs, name) != getattr(data, name):
            raise UsageError(f"init {run} and {data.name} differ in {name}: begin with a run on the same data")
    try:
        classifier_of(network).load_state_dict(classifier_of(model.network).state_dict())
    except RuntimeError as error:
        raise UsageError(
            f"init {run} is of {model.config.method} with network {model.config.run.network}, whose weights do not fit: begin "
            "with a run of the same network, and a method with as many heads"
        ) from error


def classifier_of(network: nn.Module) -> nn.Module:
    """The part of a network that classifies."""
    return network.classifier if isinstance(network, HybridNetwork) else network
