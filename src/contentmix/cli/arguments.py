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
Rows = Annotated[list[str] | None, Parameter(consume_multiple=True, negative_iterable=())]
Switch = Annotated[bool, Parameter(negative=())]
Where = Literal["local", "ray"]


def check_where(on: str, address: str | None, jobs: int) -> None:
    """Raise a ``UsageError`` where an address or a number of jobs is given for what has none."""
    from contentmix.errors import require

    require(address is None or on == "ray", "--address is that of a Ray cluster: give --on ray with it")
    require(
        jobs == 1 or on == "local", "--jobs is of this machine: Ray knows how many runs its nodes take, leave it out"
    )
