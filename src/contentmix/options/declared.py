"""How options are declared: as typed fields with the values that they may take, held against whatever is given.

A type such as ``Share`` says its bounds in the terms of ``annotated_types``; Python, YAML and the command line are all checked by
them, and a test can draw values from them.
"""

from __future__ import annotations

import math
import os
import re
import types
import typing
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar

from annotated_types import Ge, Gt, Interval, Lt

from contentmix.errors import UsageError, require

INFINITE = "infinity is a value"
Count = Annotated[int, Interval(ge=1, le=10**9)]
Natural = Annotated[int, Interval(ge=0, le=10**9)]
Seed = Annotated[int, Interval(ge=-(2**63), le=2**63 - 1)]
Few = Annotated[int, Interval(ge=1, le=1000)]
Members = Annotated[int, Interval(ge=2, le=64)]
SomeMembers = Annotated[int, Interval(ge=1, le=64)]
Share = Annotated[float, Interval(ge=0, le=1)]
ShareBelowOne = Annotated[float, Interval(ge=0, lt=1)]
ShareAboveZero = Annotated[float, Interval(gt=0, le=1)]
Weight = Annotated[float, Ge(0)]
Positive = Annotated[float, Gt(0)]
Root = Annotated[float, Gt(0), INFINITE]
# Of a Beta or Dirichlet law: beyond, ratios are 0, 1 or equal shares as far as 32 bits can tell.
Concentration = Annotated[float, Interval(ge=1e-6, le=1e6)]
# Of gains and offsets, in deviations of the data: beyond, nothing of an image is left.
Jitter = Annotated[float, Interval(ge=0, le=10)]
_NUMBER = re.compile(r"[+-]?[0-9.]+")
_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text", Path: "a path"}


@dataclass(frozen=True)
class OnlyWith:
    """Says of an option, in its ``Annotated`` type, that it has an effect only with some values of another.

    Args:
        option: the other.
        values: its values; none where ``above`` says which.
        above: it must be more.
    """

    option: str
    values: tuple[Any, ...] = ()
    above: float | None = None

    def holds(self, options: Mapping[str, Any]) -> bool:
        """Whether the option has its effect among ``options``, or that is not decided yet."""
        other = options.get(self.option)
        if other is None:
            return True
        return other > self.above if self.above is not None else other in self.values

    def __str__(self) -> str:
        if self.above is not None:
            return f"{self.option} above {self.above:g}"
        return (
            f"{self.option} {' or '.join(map(str, self.values))}" if len(self.values) < 4 else f"another {self.option}"
        )


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options as a frozen dataclass: every value is brought to its field's type, and held against its bounds.

    Attributes:
        trains_generator: whether the method trains a generator of hybrids.

    Raises:
        UsageError: a value that is none of its field's, or that has no effect with the other ones; one line names it.
    """

    trains_generator: ClassVar[bool] = False

    def __post_init__(self) -> None:
        for name, hint in hints_of(type(self)).items():
            object.__setattr__(self, name, fit(name, getattr(self, name), hint))
        for name, rule in without_effect(type(self), vars(self)).items():
            raise UsageError(
                f"{name} is an option of {rule}: leave it out with {rule.option} {getattr(self, rule.option)}"
            )


def hints_of(options: type[Options]) -> dict[str, Any]:
    """The type of every field, with its bounds."""
    of: Any = options  # whatever type of options it is, it can be hashed
    return dict(_hints_of(of))


@cache
def _hints_of(options: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(options, include_extras=True)
    return {field.name: hints[field.name] for field in fields(options)}


def defaults_of(options: type[Options]) -> dict[str, Any]:
    """The default of every field."""
    return {field.name: field.default for field in fields(options)}


def without_effect(options: type[Options], values: Mapping[str, Any]) -> dict[str, OnlyWith]:
    """Names of those among ``values`` that are given, no defaults, and do nothing, with what they would do something with."""
    defaults, found = defaults_of(options), dict[str, OnlyWith]()
    for name, hint in hints_of(options).items():
        said = [each for each in getattr(hint, "__metadata__", ()) if isinstance(each, OnlyWith)]
        broken = [rule for rule in said if not rule.holds({**defaults, **values})]
        if broken and values.get(name) not in (None, defaults[name]):
            found[name] = broken[0]
    return found


def fit(name: str, value: Any, hint: Any) -> Any:
    """``value`` as the type ``hint``, from what people write in YAML and in Python.

    Numbers, and true and false, may come as text, words as the number or the nothing that they look like (``precision: 32``,
    ``logger=None``), numbers as NumPy's, lists as any sequence, paths as text or as what stands for one.

    Raises:
        UsageError: it is of another type, or outside the bounds.
    """
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if getattr(value, "shape", None) == () and hasattr(value, "item"):  # a number of NumPy's or torch's
        value = value.item()
    if origin is Annotated:
        value = fit(name, value, parts[0])
        if value is None:
            return None
        _check_bounds(name, value, parts[1:])
        return value
    if origin in (types.UnionType, typing.Union):
        return _fit_one(name, value, [part for part in parts if part is not type(None)], type(None) in parts)
    if origin is typing.Literal:
        word = _word(value, parts)
        require(
            isinstance(word, str) and word in parts,
            f"{name} is {_short(value)}: choose one of {', '.join(map(str, parts))}",
        )
        return word
    if origin is tuple:
        require(
            isinstance(value, Sequence) and not isinstance(value, str | bytes),
            f"{name} is {_short(value)}: it must be a list",
        )
        return tuple(fit(name, item, parts[0]) for item in value)
    return _fit_plain(name, value, hint)


def _word(value: Any, words: Sequence[str]) -> Any:
    """The one of ``words`` that YAML, or a person, takes for the number ``value``; None and False are the word none."""
    if value is None or value is False:
        return "none"
    if isinstance(value, int | float) and value is not True:
        return next((word for word in words if _NUMBER.fullmatch(word) and float(word) == value), value)
    return value


def _fit_one(name: str, value: Any, choices: list[Any], optional: bool) -> Any:
    """The first of several types that ``value`` is already of, or reads as, else the last, which it may be made into."""
    if value is None and optional:
        return None
    fitting = (choice for choice in choices[:-1] if _reads_as(value, _plain(choice)))
    return fit(name, value, next(fitting, choices[-1]))


def _reads_as(value: Any, kind: type) -> bool:
    if kind is int and isinstance(value, str):
        return _NUMBER.fullmatch(value.strip()) is not None
    return isinstance(value, kind) and not isinstance(value, bool)


def _plain(hint: Any) -> type:
    inner = typing.get_args(hint)[0] if typing.get_origin(hint) is Annotated else hint
    return inner if isinstance(inner, type) else object


def _fit_plain(name: str, value: Any, kind: type) -> Any:
    if isinstance(value, str) and (not value.strip() or "\0" in value):
        raise UsageError(f"{name} is {_short(value)}: it must be {_WORDS[kind]}")
    if kind is Path and isinstance(value, str | os.PathLike):
        return Path(value)
    if kind is bool and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if kind is int and isinstance(value, str):
        with suppress(ValueError):  # of thousands of digits
            return int(value)
    elif kind is float and isinstance(value, int | float | str) and not isinstance(value, bool):
        with suppress(ValueError, OverflowError):
            return float(value)
    elif isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return value
    # YAML's numbers have many spellings, so which text was meant is not to be told.
    quoted = "; in YAML, put it in quotes" if kind in (str, Path) and isinstance(value, int | float) else ""
    raise UsageError(f"{name} is {_short(value)}: it must be {_WORDS[kind]}{quoted}")


def _short(value: Any) -> str:
    try:
        shown = repr(value)
    except ValueError:  # Python shows no number of thousands of digits
        shown = "a number of thousands of digits"
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


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
    require(all(holds for holds, _ in met), f"{name} is {_short(value)}: it must be {words}")
