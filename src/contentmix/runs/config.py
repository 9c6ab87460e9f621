"""A run's complete configuration: a method, its options, and the options of the run, as one flat YAML file."""

from __future__ import annotations

import types
import typing
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from contentmix.errors import DataError, UsageError, require
from contentmix.files import atomic_write
from contentmix.options.run import RunOptions
from contentmix.runs.methods import METHODS, method_defaults


@dataclass(frozen=True)
class Config:
    """What to train and how.

    Args:
        method: Name of the method.
        method_options: Options of the method that differ from its defaults, or all of them.
        run: Options of the run.
    """

    method: str
    method_options: dict[str, Any] = field(default_factory=dict)
    run: RunOptions = field(default_factory=RunOptions)

    def flat(self) -> dict[str, Any]:
        """Every option by name, method first, ready for YAML."""
        options = {**method_defaults(self.method), **self.method_options, **asdict(self.run)}
        plain = {name: _plain(value) for name, value in options.items()}
        return {"method": self.method, **plain}

    def save(self, path: Path) -> None:
        """Write the flat YAML file."""
        atomic_write(path, yaml.safe_dump(self.flat(), sort_keys=False))


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Path) else value


def read_config_file(path: Path) -> dict[str, Any]:
    """The flat options of a YAML file; their names and values are checked by ``config_from``."""
    try:
        options = yaml.safe_load(path.read_text())
    except OSError as error:
        raise DataError(f"configuration {path} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise DataError(f"configuration {path} is not YAML: {' '.join(str(error).split())}") from error
    require(isinstance(options, dict), f"configuration {path} is not a list of options: write NAME: VALUE lines")
    return dict(options)


def config_from(options: dict[str, Any]) -> Config:
    """A configuration from flat options: unknown names, wrong types and wrong choices are errors that say what is valid."""
    rest = dict(options)
    require("method" in rest, f"the configuration names no method (valid: {', '.join(METHODS)})")
    method = str(rest.pop("method"))
    defaults = method_defaults(method)
    run_types = typing.get_type_hints(RunOptions)
    method_types = typing.get_type_hints(METHODS[method])
    valid = [*defaults, *(f.name for f in fields(RunOptions))]
    for name in rest:
        if name not in valid:
            raise UsageError(f"unknown option '{name}' of {method} (valid: {', '.join(valid)})")
    method_options = {name: _typed(name, rest[name], method_types[name]) for name in defaults if name in rest}
    run = {name: _typed(name, value, run_types[name]) for name, value in rest.items() if name not in defaults}
    return Config(method, method_options, RunOptions(**run))


def _typed(name: str, value: Any, declared: Any) -> Any:
    """``value`` as its declared type, or a ``UsageError`` that names the option."""
    origin, choices = typing.get_origin(declared), typing.get_args(declared)
    if origin in (types.UnionType, typing.Union):
        if value is None and type(None) in choices:
            return None
        *others, last = (choice for choice in choices if choice is not type(None))
        fitting = (choice for choice in others if isinstance(value, choice) and not isinstance(value, bool))
        return _typed(name, value, next(fitting, last))
    if origin is typing.Literal:
        require(value in choices, f"{name} is {value!r}: choose one of {', '.join(map(str, choices))}")
        return value
    if origin is tuple:
        require(isinstance(value, list | tuple), f"{name} is {value!r}: it must be a list")
        return tuple(_typed(name, item, choices[0]) for item in value)
    if declared is Path and isinstance(value, str):
        return Path(value)
    if declared is float and isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            return float(value)
        except ValueError:
            pass
    elif isinstance(value, declared) and (declared is bool or not isinstance(value, bool)):
        return value
    raise UsageError(f"{name} is {value!r}: it must be {declared.__name__}")
