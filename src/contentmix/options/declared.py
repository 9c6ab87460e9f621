"""How options are declared: as typed fields with the values that they may take, held against whatever is given.

A type such as ``Share`` says its bounds in the terms of ``annotated_types``; Python, YAML and the command line are all checked by
them, and a test can draw values from them.
"""

from __future__ import annotations

import math
import types
import typing
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Ge, Gt, Interval, Lt

from contentmix.errors import UsageError, require

INFINITE = "infinity is a value"
Count = Annotated[int, Ge(1)]
Natural = Annotated[int, Ge(0)]
Share = Annotated[float, Interval(ge=0, le=1)]
ShareBelowOne = Annotated[float, Interval(ge=0, lt=1)]
Weight = Annotated[float, Ge(0)]
Positive = Annotated[float, Gt(0)]
Root = Annotated[float, Gt(0), INFINITE]


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options as a frozen dataclass: every value is brought to its field's type, and held against its bounds.

    Raises:
        UsageError: a value that is none of its field's; one line names it.
    """

    def __post_init__(self) -> None:
        for name, hint in hints_of(type(self)).items():
            object.__setattr__(self, name, fit(name, getattr(self, name), hint))


def hints_of(options: type[Options]) -> dict[str, Any]:
    """The type of every field, with its bounds."""
    of: Any = options  # which mypy takes for no key of a cache
    return _hints(of)


@cache  # reading the types of a class takes longer than all else that options need
def _hints(options: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(options, include_extras=True)
    return {field.name: hints[field.name] for field in fields(options)}


def defaults_of(options: type[Options]) -> dict[str, Any]:
    """The default of every field."""
    return {field.name: field.default for field in fields(options)}


def fit(name: str, value: Any, hint: Any) -> Any:
    """``value`` as the type ``hint``: numbers may come as text, lists as tuples, paths as text, as YAML has them.

    Raises:
        UsageError: it is of another type, or outside the bounds.
    """
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        value = fit(name, value, parts[0])
        _check_bounds(name, value, parts[1:])
        return value
    if origin in (types.UnionType, typing.Union):
        return _fit_one(name, value, [part for part in parts if part is not type(None)], type(None) in parts)
    if origin is typing.Literal:
        require(value in parts, f"{name} is {value!r}: choose one of {', '.join(map(str, parts))}")
        return value
    if origin is tuple:
        require(isinstance(value, list | tuple), f"{name} is {value!r}: it must be a list")
        return tuple(fit(name, item, parts[0]) for item in value)
    return _fit_plain(name, value, hint)


def _fit_one(name: str, value: Any, choices: list[Any], optional: bool) -> Any:
    """The first of several types that ``value`` is already of, else the last, which it may be made into."""
    if value is None and optional:
        return None
    plain = ((choice, _plain(choice)) for choice in choices[:-1])
    fitting = (choice for choice, kind in plain if isinstance(value, kind) and not isinstance(value, bool))
    return fit(name, value, next(fitting, choices[-1]))


def _plain(hint: Any) -> type:
    inner = typing.get_args(hint)[0] if typing.get_origin(hint) is Annotated else hint
    return inner if isinstance(inner, type) else object


def _fit_plain(name: str, value: Any, kind: type) -> Any:
    if kind is Path and isinstance(value, str):
        return Path(value)
    if kind is float and isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            return float(value)
        except ValueError:
            pass
    elif isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return value
    raise UsageError(f"{name} is {value!r}: it must be {kind.__name__}")


def _check_bounds(name: str, value: Any, bounds: tuple[Any, ...]) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        require(math.isinf(value) and INFINITE in bounds, f"{name} is {value}: it must be a finite number")
    low, high = [], []
    for bound in bounds:
        for each in bound if isinstance(bound, Interval) else [bound]:
            if isinstance(each, Ge):
                low.append((value >= each.ge, f"{each.ge} or more"))
            elif isinstance(each, Gt):
                low.append((value > each.gt, f"more than {each.gt}"))
            elif isinstance(each, Lt):
                high.append((value < each.lt, f"less than {each.lt}"))
            elif hasattr(each, "le"):
                high.append((value <= each.le, f"{each.le} or less"))
    met = [*low, *high]
    words = " and ".join(text for _, text in met)
    require(all(holds for holds, _ in met), f"{name} is {value}: it must be {words}")
