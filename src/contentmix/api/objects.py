"""What people give as a method, as data or as a network, by the names that a configuration holds."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from torch import nn

from contentmix.data import DataSource, as_data, give_data
from contentmix.errors import UsageError, kind_of
from contentmix.networks import OwnNetwork, give_network
from contentmix.runs.own_method import Method, give_method

# A name or folder, (images, labels), a torch Dataset of (image, label), or a DataSource.
Data = Any
Network = str | nn.Module | OwnNetwork


def named_data(data: Data, image_size: int | None = None) -> tuple[str, DataSource | None]:
    """The name of ``data``, and what must be held for as long as the name is used."""
    if isinstance(data, str | os.PathLike):
        return os.fspath(data), None
    source = data if isinstance(data, DataSource) else as_data(data, image_size=image_size)
    return give_data(source), source


def named_test(data: Data, classes: Sequence[str], image_size: int) -> tuple[str, DataSource | None]:
    """Likewise, of images to evaluate on: all of them, of ``classes``."""
    if isinstance(data, str | os.PathLike | DataSource):
        return named_data(data)
    source = as_data(data, data, classes=classes, image_size=image_size)
    return give_data(source), source


def named_method(method: str | Method) -> tuple[str, Method | None]:
    """The name of ``method``, and what must be held for as long as the name is used."""
    return (method, None) if isinstance(method, str) else (give_method(method), method)


def named_network(network: Network) -> tuple[str, OwnNetwork | None]:
    """The name of ``network``, and what must be held for as long as the name is used."""
    if isinstance(network, str):
        return network, None
    if isinstance(network, nn.Module):
        network = OwnNetwork(network)
    if not isinstance(network, OwnNetwork):
        raise UsageError(f"network is {kind_of(network)}: give a name (contentmix list networks) or an nn.Module")
    return give_network(network), network
