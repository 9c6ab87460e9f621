"""Training passes of a network replayed as CUDA graphs: the host launches two graphs where it launched hundreds of kernels."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from contentmix.errors import UsageError

Replay = Callable[..., Any]
# Of a module and arguments like those to come, what does as the module does.
Record = Callable[[nn.Module, tuple[Tensor, ...]], Replay]

_MOST = 4  # kinds of passes that are recorded, each with memory of its own for what it puts out


@contextmanager
def replayed(network: nn.Module, record: Record | None = None) -> Iterator[None]:
    """Inside, a pass of ``network`` in training is recorded when its kind comes for the second time, and replayed from then on.

    Passes are of one kind where they differ in nothing but the values of tensors among their arguments. What a pass puts out
    is written over by the next of its kind, and no other may begin before its backward pass: one a step, as
    ``Method.replayable`` promises. Passes without gradients, and those beyond the first four kinds, stay as they are.

    Args:
        network: on a CUDA device where its weights stay; its ``forward`` depends on its arguments, parameters and buffers alone.
        record: makes the replay (default: that of two CUDA graphs, forward and backward).

    Raises:
        UsageError: a pass cannot be recorded, as one that waits for the device.
    """
    passes = _Passes(network, record or partial(_as_graphs, pool=torch.cuda.graph_pool_handle()))
    network.forward = passes
    try:
        yield
    finally:
        del network.forward
        passes.forget()


class _Passes:
    """In place of a network's ``forward``."""

    def __init__(self, network: nn.Module, record: Record) -> None:
        self._network, self._forward, self._record = network, network.forward, record
        self._seen: deque[Hashable] = deque(maxlen=_MOST)
        self._recorded: dict[Hashable, Replay] = {}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not (self._network.training and torch.is_grad_enabled()):
            return self._forward(*args, **kwargs)
        tensors: list[Tensor] = []
        form = _form((args, kwargs), tensors)
        device = tensors[0].device.type
        half = torch.is_autocast_enabled(device) and torch.get_autocast_dtype(device)
        kind = (form, half, *((each.shape, each.dtype, each.requires_grad) for each in tensors))
        if kind not in self._recorded:
            if kind not in self._seen or len(self._recorded) == _MOST:
                self._seen.append(kind)
                return self._forward(*args, **kwargs)
            self._recorded[kind] = self._record(_Pass(self._network, self._forward, form, device), tuple(tensors))
        return self._recorded[kind](*tensors)

    def forget(self) -> None:
        """Give back the memory of what was recorded, which refers to itself."""
        self._recorded.clear()
        gc.collect()


class _Pass(nn.Module):
    """A kind of pass as a function of tensors, in the precision that it is made in; its backward pass is in no such context.

    Args:
        network: whose parameters it reads.
        forward: its own.
        form: of its arguments.
        device: kind of device that it computes on.
    """

    def __init__(self, network: nn.Module, forward: Replay, form: Any, device: str) -> None:
        super().__init__()
        self.network, self._forward, self._form = network, forward, form
        # Weights that are cast once for several passes would be cast outside the graph.
        self._half: dict[str, Any] = {
            "device_type": device,
            "dtype": torch.get_autocast_dtype(device),
            "enabled": torch.is_autocast_enabled(device),
            "cache_enabled": False,
        }

    def forward(self, *tensors: Tensor) -> Any:
        args, kwargs = _filled(self._form, iter(tensors))
        with torch.autocast(**self._half):
            return self._forward(*args, **kwargs)


def _form(value: Any, tensors: list[Tensor]) -> Any:
    """``value`` without the tensors in it, which are appended to ``tensors``: equal where all else is, and hashable."""
    if isinstance(value, Tensor):
        tensors.append(value)
        return Tensor
    if isinstance(value, dict):
        return dict, tuple((name, _form(each, tensors)) for name, each in value.items())
    if isinstance(value, list | tuple):
        return type(value), tuple(_form(each, tensors) for each in value)
    if is_dataclass(value):
        return type(value), tuple((each.name, _form(getattr(value, each.name), tensors)) for each in fields(value))
    return None, value


def _filled(form: Any, tensors: Iterator[Tensor]) -> Any:
    """What ``form`` was made of, with ``tensors`` in place of its own."""
    if form is Tensor:
        return next(tensors)
    made, parts = form
    if made is None:
        return parts
    if made in (list, tuple):
        return made(_filled(each, tensors) for each in parts)
    return made(**{name: _filled(each, tensors) for name, each in parts})


def _as_graphs(module: nn.Module, tensors: tuple[Tensor, ...], pool: Any) -> Replay:
    """Record ``module``: what that takes changes neither buffers nor the state of random draws."""
    device, buffers = tensors[0].device, list(module.buffers())
    kept = [buffer.clone() for buffer in buffers]
    still = tuple(tensor.detach().clone().requires_grad_(tensor.requires_grad) for tensor in tensors)
    try:
        with torch.random.fork_rng(devices=[device]), torch.autocast(device.type, enabled=False):
            replay: Replay = torch.cuda.make_graphed_callables(module, still, allow_unused_input=True, pool=pool)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise UsageError(
            f"cuda_graphs is given, and no pass of the network can be recorded: leave it out ({reason})"
        ) from error
    for buffer, value in zip(buffers, kept, strict=True):
        buffer.copy_(value)
    return replay
