"""A device that there is none of: ``meta`` tensors stand for those of an accelerator, tensors of the CPU stay what they are.

A meta tensor has no values, so whatever would make the host wait for a device fails: ``bool``, ``item``, ``tolist``, ``nonzero``, a
copy to the CPU. The modes below add what meta tensors would let pass.
"""

import contextlib

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

META = torch.device("meta")
Generator, autocast = torch.Generator, torch.autocast


class _Operations(TorchDispatchMode):
    """Fails where operands are on two devices, a copy is waited for, or a generator draws on another device than its own."""

    def __init__(self, generators):
        super().__init__()
        self.generators, self.count, self.computing = generators, 0, 0
        self.steady = False  # copies of a first step, such as of tables, may be waited for

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        leaves = tree_leaves([args, kwargs])
        devices = {leaf.device for leaf in leaves if isinstance(leaf, torch.Tensor)}
        copies = operation.overloadpacket in (torch.ops.aten._to_copy, torch.ops.aten.copy_)
        made = operation(*args, **kwargs)
        if META not in devices | {leaf.device for leaf in tree_leaves(made) if isinstance(leaf, torch.Tensor)}:
            on = torch.device("cpu")
        else:
            on, self.count = META, self.count + 1
            self.computing += _computes(operation)
        if len(devices) > 1:
            # A single number from the CPU is passed by value.
            assert copies or all(t.dim() == 0 for t in leaves if isinstance(t, torch.Tensor) and t.device != META), (
                operation
            )
        if copies and on == META and torch.device("cpu") in devices:
            blocking = not (kwargs.get("non_blocking") or args[2:3] == (True,))
            assert not (blocking and self.steady), f"{operation} makes the host wait for the device"
        for leaf in leaves:
            if isinstance(leaf, Generator):
                drawn = {t.device for t in tree_leaves(made) if isinstance(t, torch.Tensor)}
                seeds = [each.initial_seed() for each in self.generators]
                own = META if leaf.initial_seed() in seeds else torch.device("cpu")
                assert drawn == {own}, f"{operation} draws on {drawn} by a generator on {own}"
        return made


def _computes(operation):
    """Whether a device has anything to do: not for a view, nor for memory that nothing is written to."""
    aliases = (argument.alias_info for argument in operation._schema.arguments)
    views = any(alias is not None and not alias.is_write for alias in aliases)
    packet = operation.overloadpacket
    return not (views or packet is torch.ops.aten._unsafe_view or packet.__name__.startswith(("empty", "new_empty")))


class _Functions(TorchFunctionMode):
    """Fails where Python values are made a tensor on the device, which copies them and waits."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        assert not (function is torch.tensor and torch.device(kwargs.get("device") or "cpu") == META), (
            "waits for a copy"
        )
        return function(*args, **kwargs)


@contextlib.contextmanager
def stand_in(monkeypatch):
    """Inside, meta tensors are those of an accelerator; yields what counts the operations on it, and those that compute."""
    generators = []

    def generator(device="cpu"):
        made = Generator()
        if torch.device(device) == META:
            generators.append(made)
        return made

    monkeypatch.setattr(torch, "Generator", generator)
    monkeypatch.setattr(
        torch, "autocast", lambda kind, **options: autocast("cpu" if kind == "meta" else kind, **options)
    )
    with _Functions(), _Operations(generators) as operations:
        yield operations
