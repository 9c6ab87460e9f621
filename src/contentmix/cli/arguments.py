"""Types of arguments that several commands have. What checks their values is loaded once there are some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from cyclopts import Parameter, Token


def _count(_: Any, tokens: Sequence[Token]) -> Any:
    """What was typed as a whole number, or not at all: 1.5 is none."""
    from contentmix.options.declared import Count, fit

    return fit(tokens[-1].keyword or "it", tokens[-1].value, Count)


def _seed(_: Any, tokens: Sequence[Token]) -> Any:
    from contentmix.options.declared import Seed, fit

    return fit(tokens[-1].keyword or "it", tokens[-1].value, Seed)


Number = Annotated[int, Parameter(converter=_count)]
SeedNumber = Annotated[int, Parameter(converter=_seed)]
Device = Literal["auto", "cpu", "cuda", "mps"]
