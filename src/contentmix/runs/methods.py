"""The methods by name. A method's options are the typed fields of its class here, and nowhere else."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Protocol

from contentmix.errors import UsageError, unknown
from contentmix.options.adain import AdaINOptions
from contentmix.options.multi_input import (
    CutMixMoOptions,
    LinearMixMoOptions,
    Mask,
    MimoOptions,
    MixShareOptions,
)
from contentmix.options.samosa import SamosaOptions
from contentmix.options.scimix import SciMixOptions
from contentmix.options.supervised import Mix, SupervisedOptions
from contentmix.training import FixMatch, MeanTeacher, Method, MixMatch, MixViT, SciMixGenerator


class MethodOptions(Protocol):
    """A frozen dataclass of options that builds its method."""

    def build(self, classes: int) -> Method:
        """The method for ``classes`` classes."""
        ...


# A method whose arguments are all plain values is its own options.
METHODS: dict[str, type[MethodOptions | Method]] = {
    "supervised": SupervisedOptions,
    "mimo": MimoOptions,
    "linear-mixmo": LinearMixMoOptions,
    "cut-mixmo": CutMixMoOptions,
    "mixshare": MixShareOptions,
    "mixvit": MixViT,
    "mean-teacher": MeanTeacher,
    "mixmatch": MixMatch,
    "fixmatch": FixMatch,
    "samosa": SamosaOptions,
    "scimix-generator": SciMixGenerator,
    "scimix": SciMixOptions,
    "adain": AdaINOptions,
}


def method_defaults(name: str) -> dict[str, Any]:
    """The options of a method with their defaults."""
    if name not in METHODS:
        raise unknown("method", name, METHODS)
    return {field.name: field.default for field in fields(METHODS[name])}  # type: ignore[arg-type]


def build_method(name: str, options: dict[str, Any], classes: int) -> Method:
    """The method ``name`` with ``options``, for ``classes`` classes."""
    defaults = method_defaults(name)
    surplus = sorted(set(options) - set(defaults))
    if surplus:
        raise UsageError(f"unknown option '{surplus[0]}' of {name} (valid: {', '.join(defaults)})")
    made = METHODS[name](**options)
    return made if isinstance(made, Method) else made.build(classes)


__all__ = ["METHODS", "Mask", "MethodOptions", "Mix", "build_method", "method_defaults"]
