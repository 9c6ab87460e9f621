"""Records read back: JSON of finite numbers, held against the types that were written."""

from __future__ import annotations

import json
import math
import types
import typing
from dataclasses import fields
from pathlib import Path
from typing import Any

from contentmix.errors import DataError


def read_json(path: Path, kind: str) -> dict[str, Any]:
    """The object in ``path``.

    Args:
        path: the file, UTF-8.
        kind: what it should be, for the message.

    Raises:
        DataError: it cannot be read, is no JSON object, or has a number that is not finite.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse, parse_float=_finite)
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path} is not {kind}: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise DataError(f"{path} is not {kind}: it holds no names")
    return content


def _refuse(word: str) -> float:
    raise ValueError(f"it holds {word}")


def _finite(word: str) -> float:
    value = float(word)
    return value if math.isfinite(value) else _refuse(word)


def check_fields(content: Any, schema: type, path: Path, kind: str) -> None:
    """Raise a ``DataError`` unless ``content`` has the fields of the dataclass ``schema``, of their types.

    Fields that are dataclasses, or tuples of such, are left to the caller.
    """
    found = set(content) if isinstance(content, dict) else set()
    wanted = {field.name for field in fields(schema)}
    if found != wanted:
        odd = ", ".join(sorted(map(str, found ^ wanted)))
        raise DataError(f"{path} is not {kind} of this version: it differs in {odd}")
    hints = typing.get_type_hints(schema)
    for name in sorted(wanted):
        if not _is(content[name], hints[name]):
            raise DataError(f"{path} is not {kind}: its {name} is {_short(content[name])}")


def _is(value: Any, hint: Any) -> bool:
    """Whether a value that JSON can say is of the type ``hint``; whole numbers are numbers."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return any(_is(value, part) for part in parts)
    if origin in (list, tuple):
        return isinstance(value, list) and all(_is(item, parts[0]) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(_is(item, parts[1]) for item in value.values())
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if hint in (str, bool, type(None)):
        return isinstance(value, hint)
    return True


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
