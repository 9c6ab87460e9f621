"""Checkpoints that other programs wrote with ``torch.save``: their tensors are read, nothing in them is executed."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from contentmix.errors import CheckpointError, DataError

_STATE = "state_dict"


@dataclass(frozen=True)
class ForeignCheckpoint:
    """What is in a foreign file.

    Attributes:
        tensors: of the network, by the names that its program gives them.
        epoch: that it was written after, where the file says so.
        sha256: of the file.
    """

    tensors: dict[str, Tensor]
    epoch: int | None
    sha256: str


def read_foreign(path: Path) -> ForeignCheckpoint:
    """The network's tensors in the file ``path``, on the CPU.

    They are the file itself, or its one entry ``NAME_state_dict`` or ``state_dict`` that is not an optimiser's. The prefix that
    ``DataParallel`` puts before all names is taken off.

    Raises:
        DataError: the file cannot be read.
        CheckpointError: it holds other things than tensors, numbers and words in plain containers, or no network.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"checkpoint {path} cannot be read: {error.strerror}") from error
    try:
        found = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:
        # Whatever a damaged or hostile file makes of the reader.
        raise CheckpointError(
            f"checkpoint {path} is damaged, or holds more than tensors, numbers and words, which is all that is read: nothing "
            "in it was executed; save its state_dict by itself with the program that wrote it"
        ) from error
    tensors = _network_in(found, path)
    if all(name.startswith("module.") for name in tensors):
        tensors = {name.removeprefix("module."): tensor for name, tensor in tensors.items()}
    epoch = found.get("epoch")
    return ForeignCheckpoint(tensors, epoch if isinstance(epoch, int) else None, hashlib.sha256(content).hexdigest())


def _network_in(found: Any, path: Path) -> dict[str, Tensor]:
    entries = dict(found) if isinstance(found, dict) else {}
    states = [name for name in entries if str(name).endswith(_STATE) and "optimizer" not in str(name)]
    state = entries if not states else entries[states[0]]
    plain = isinstance(state, dict) and all(
        isinstance(name, str) and isinstance(tensor, Tensor) for name, tensor in state.items()
    )
    if len(states) > 1 or not plain or not state:
        inside = ", ".join(map(str, entries)) if entries else type(found).__name__
        raise CheckpointError(
            f"checkpoint {path} holds {inside}: tensors by name are needed, as the file or as its one entry ..._{_STATE}"
        )
    return dict(state)
