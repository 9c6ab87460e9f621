"""Checkpoints that survive a crash and carry no code.

A checkpoint is one safetensors file: tensors as they are, everything else as JSON in the header. Its name carries the
step and the digest of its content (``step-00000030-1f0c9a….safetensors``), so writing it is a single atomic rename and
any truncation or flipped bit is seen on reading. Nothing is ever unpickled.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.plugins.io import CheckpointIO
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from contentmix.errors import CheckpointError
from contentmix.files import atomic_write

_NAME = re.compile(r"(?P<stem>[a-z]+-\d{8})-(?P<digest>[0-9a-f]{16})\.safetensors")
_HEADER = "tree"


def _flatten(node: Any, path: str, tensors: dict[str, torch.Tensor]) -> Any:
    """Move tensors out of ``node`` into ``tensors`` and describe the rest in JSON, dictionary key types included."""
    if isinstance(node, torch.Tensor):
        tensors[path] = node.detach().to("cpu").contiguous().clone()
        # Fused optimisers need state and weights in one layout.
        last = not node.is_contiguous() and node.dim() == 4 and node.is_contiguous(memory_format=torch.channels_last)
        return {"channels_last" if last else "t": path}
    if isinstance(node, dict):
        return {"d": [[key, _flatten(value, f"{path}/{key}", tensors)] for key, value in node.items()]}
    if isinstance(node, list | tuple):
        kind = "l" if isinstance(node, list) else "u"
        return {kind: [_flatten(value, f"{path}/{i}", tensors) for i, value in enumerate(node)]}
    if node is None or isinstance(node, bool | int | float | str):
        return {"v": node}
    raise CheckpointError(
        f"checkpoint entry {path} has type {type(node).__name__}: only tensors and plain values are saved"
    )


def _restore(node: dict[str, Any], tensors: dict[str, torch.Tensor]) -> Any:
    ((kind, value),) = node.items()
    if kind == "t":
        return tensors[value]
    if kind == "channels_last":
        return tensors[value].contiguous(memory_format=torch.channels_last)
    if kind == "d":
        return {key: _restore(child, tensors) for key, child in value}
    if kind in "lu":
        items = [_restore(child, tensors) for child in value]
        return items if kind == "l" else tuple(items)
    return value


def write_checkpoint(state: dict[str, Any], folder: Path, stem: str) -> Path:
    """Write ``state`` atomically as ``folder/STEM-DIGEST.safetensors`` and return that path."""
    tensors: dict[str, torch.Tensor] = {}
    tree = _flatten(state, "", tensors)
    content = save_tensors(tensors, metadata={_HEADER: json.dumps(tree)})
    path = folder / f"{stem}-{hashlib.sha256(content).hexdigest()[:16]}.safetensors"
    atomic_write(path, content)
    return path


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The state in ``path``; ``CheckpointError`` if its content is not what its name says."""
    match = _NAME.fullmatch(path.name)
    if not match:
        raise CheckpointError(f"{path} is not a checkpoint: its name is not STEM-STEP-DIGEST.safetensors")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"checkpoint {path} cannot be read: {error.strerror}") from error
    if hashlib.sha256(content).hexdigest()[:16] != match["digest"]:
        raise CheckpointError(f"checkpoint {path} is damaged: its content does not match the digest in its name")
    try:
        tensors = load_tensors(content)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        tree = json.loads(header["__metadata__"][_HEADER])
    except (SafetensorError, KeyError, ValueError) as error:
        raise CheckpointError(f"checkpoint {path} was not written by this program: {error}") from error
    restored: dict[str, Any] = _restore(tree, tensors)
    return restored


def read_plain(path: Path, *keys: str) -> Any:
    """The entry under ``keys`` of an intact checkpoint, without tensors; None where there is none. Only the header is read."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    node = json.loads(header["__metadata__"][_HEADER])
    for key in keys:
        node = dict(node.get("d", ())).get(key)
        if node is None:
            return None
    return _restore(node, {})


def list_checkpoints(folder: Path, stem: str = "step") -> list[Path]:
    """The checkpoints of one kind, newest first."""
    found = (path for path in folder.glob(f"{stem}-*.safetensors") if _NAME.fullmatch(path.name))
    return sorted(found, key=lambda path: path.name, reverse=True)


def newest_intact(folder: Path, stem: str = "step") -> tuple[Path, list[str]]:
    """The newest readable checkpoint and a line for each damaged one that was passed over.

    Raises:
        CheckpointError: there is none, or none is intact.
    """
    damaged: list[str] = []
    for path in list_checkpoints(folder, stem):
        try:
            read_checkpoint(path)
        except CheckpointError as error:
            damaged.append(str(error))
        else:
            return path, damaged
    if damaged:
        raise CheckpointError(f"no intact checkpoint in {folder} ({'; '.join(damaged)})")
    raise CheckpointError(f"no checkpoint in {folder}")


def last_weights(folder: Path) -> dict[str, torch.Tensor]:
    """Those of the network that is evaluated, its moving average where it has one, in the newest intact checkpoint.

    Raises:
        CheckpointError: there is none.
    """
    path, _ = newest_intact(folder)
    state: dict[str, torch.Tensor] = read_checkpoint(path)["state_dict"]
    of = "ema.module." if any(name.startswith("ema.module.") for name in state) else "network."
    return {name.removeprefix(of): tensor for name, tensor in state.items() if name.startswith(of)}


class SafetensorsCheckpointIO(CheckpointIO):
    """Lightning's checkpoints in this format. The path given on saving is ``folder/STEM-STEP``; the digest is added."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write ``checkpoint`` atomically."""
        target = Path(path)
        write_checkpoint(checkpoint, target.parent, target.name)

    def load_checkpoint(self, path: Any, map_location: Any = None, weights_only: bool | None = None) -> dict[str, Any]:
        """Read and verify a checkpoint; tensors are on the CPU."""
        return read_checkpoint(Path(path))

    def remove_checkpoint(self, path: Any) -> None:
        """Delete a checkpoint."""
        Path(path).unlink(missing_ok=True)
