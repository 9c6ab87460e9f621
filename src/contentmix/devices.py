"""Where values are: the device that a word names, and how small values get there without anybody waiting.

A step draws on the CPU, whatever device it computes on: the same run then draws the same everywhere, and a decision of the
host waits for no device. Only noise of whole images is drawn where it is wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from contentmix.errors import require


def device_of(name: str) -> torch.device:
    """The device that an option names; ``auto`` is the fastest there is.

    Raises:
        UsageError: there is no such device here.
    """
    here = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    kinds = [kind for kind, found in here.items() if found]
    require(name == "auto" or name in kinds, f"device is {name}: there is {' and '.join(kinds)} here, or auto")
    return torch.device(kinds[0] if name == "auto" else name)


def words_of(device: torch.device) -> str:
    """``device`` with the name of its card, where it is one: ``cuda:0 (NVIDIA H100 80GB HBM3)``."""
    return f"{device} ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else str(device)


def sent(tensor: Tensor, device: torch.device) -> Tensor:
    """``tensor`` on ``device``, itself where it is there; neither the host nor the device waits for the copy."""
    if tensor.device == device:
        return tensor
    if device.type == "cuda" and tensor.device.type == "cpu":
        tensor = tensor.pin_memory()  # a copy from other memory may wait for all that the device has to do
    return tensor.to(device, non_blocking=True)


def sent_together(device: torch.device, *rows: Tensor) -> Sequence[Tensor]:
    """Small ``rows``, each (b, n) and of one type, on ``device`` by one copy; themselves where they are there."""
    if all(each.device == device for each in rows):
        return rows
    return sent(torch.cat(rows, 1), device).split([each.shape[1] for each in rows], 1)


def generator_on(device: torch.device, generator: torch.Generator) -> torch.Generator:
    """What draws large noise on ``device``: ``generator`` itself where it is there, else a new one that it seeds."""
    if generator.device.type == device.type:
        return generator
    seed = torch.randint(2**62, (), generator=generator, device=generator.device)
    return torch.Generator(device).manual_seed(int(seed))


def widest_float(device: torch.device) -> torch.dtype:
    """The floating-point type that sums are kept in on ``device``: double precision where there is such."""
    return torch.float32 if device.type == "mps" else torch.float64


def fits(size: int, device: torch.device, share: float = 0.25) -> bool:
    """Whether ``size`` bytes take at most ``share`` of the memory that is free on a CUDA ``device``; on others they do not."""
    return device.type == "cuda" and size <= share * torch.cuda.mem_get_info(device)[0]


def in_parts(function: Callable[..., Tensor], *batch: Tensor) -> Tensor:
    """``function(*batch)``; where the device lacks the memory, of one half of the rows after the other, and so on.

    Args:
        function: tensors (b, ...) to (b, ...), each row by itself.
        batch: its arguments.
    """
    try:
        return function(*batch)
    except torch.OutOfMemoryError:
        if len(batch[0]) == 1:
            raise
    # Only now, when the error no longer holds on to what it was about.
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    halves = zip(*(tensor.chunk(2) for tensor in batch), strict=True)
    return torch.cat([in_parts(function, *half) for half in halves])
