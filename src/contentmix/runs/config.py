"""A run's complete configuration: a method, its options, and the options of the run, as one flat YAML file."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from contentmix.errors import DataError, UsageError, require
from contentmix.files import atomic_write
from contentmix.given import description_of
from contentmix.options.bases import BasedOptions
from contentmix.options.declared import fit, hints_of, without_effect
from contentmix.options.methods import METHODS, method_defaults, options_of
from contentmix.options.run import RunOptions


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
        return {name: _plain(value) for name, value in self.options().items()}

    def options(self) -> dict[str, Any]:
        """The same, as they are."""
        return {"method": self.method, **method_defaults(self.method), **self.method_options, **asdict(self.run)}

    def save(self, path: Path) -> None:
        """Write the flat YAML file, and what objects among the options are as comments."""
        named = {"method": self.method, "data": self.run.data, "network": self.run.network}
        described = {kind: description_of(name) for kind, name in named.items()}
        notes = [f"# {kind}: {description}\n" for kind, description in described.items() if description]
        atomic_write(path, "".join(notes) + as_yaml(self.options()))


def as_yaml(options: Mapping[str, Any]) -> str:
    """Options as the lines of a configuration file."""
    return yaml.safe_dump({name: _plain(value) for name, value in options.items()}, sort_keys=False)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Path) else value


class _EachOnce(yaml.SafeLoader):
    """Plain values, as ``safe_load`` reads them, of names that are given once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping of ``node``."""
        names = [key.value for key, _ in node.value]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise yaml.YAMLError(f"'{twice[0]}' is given twice")
        return super().construct_mapping(node, deep)


def read_config_file(path: Path) -> dict[str, Any]:
    """The flat options of a YAML file; their names and values are checked by ``config_from``."""
    try:
        options = yaml.load(path.read_text(encoding="utf-8"), _EachOnce)
    except OSError as error:
        raise DataError(f"configuration {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"configuration {path} is not UTF-8: {error.reason} at byte {error.start}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DataError(f"configuration {path} is not YAML: {' '.join(str(error).split())}") from error
    require(isinstance(options, dict), f"configuration {path} is not a list of options: write NAME: VALUE lines")
    return dict(options)


def config_from(options: dict[str, Any]) -> Config:
    """A configuration from flat options: unknown names, wrong types and wrong choices are errors that say what is valid."""
    rest = dict(options)
    require("method" in rest, f"the configuration names no method (valid: {', '.join(METHODS)})")
    method = str(rest.pop("method"))
    of_method = hints_of(options_of(method))
    valid = [*of_method, *(name for name in hints_of(RunOptions) if name not in of_method)]
    for name in rest:
        if not isinstance(name, str) or name not in valid:
            raise UsageError(f"unknown option '{name}' of {method} (valid: {', '.join(valid)})")
    method_options = {name: fit(name, rest[name], hint) for name, hint in of_method.items() if name in rest}
    for name, rule in without_effect(options_of(method), method_options).items():
        other = {**method_defaults(method), **method_options}[rule.option]
        raise UsageError(f"{name} is an option of {rule}: leave it out with {rule.option} {other}")
    run = RunOptions(**{name: value for name, value in rest.items() if name not in of_method})
    require(
        run.preview_every is None or options_of(method).trains_generator,
        f"preview_every is an option of methods that train a generator: leave it out with {method}",
    )
    return Config(method, method_options, run)


def with_effect(options: dict[str, Any]) -> dict[str, Any]:
    """``options``, flat, without those that have no effect: older versions wrote them into the configuration of a run."""
    declared = METHODS.get(str(options.get("method")))
    if declared is None:
        return options
    hints, known = {**hints_of(RunOptions), **hints_of(declared)}, dict[str, Any]()
    for name, value in options.items():
        with suppress(UsageError):  # ``config_from`` refuses it by its name
            known[name] = fit(name, value, hints[name]) if name in hints else value
    idle = {*without_effect(declared, known), *without_effect(RunOptions, known)}
    if issubclass(declared, BasedOptions):
        idle |= set(declared.idle(known))
    if not declared.trains_generator:
        idle.add("preview_every")
    return {name: value for name, value in options.items() if name not in idle}


def config_of(run: Path) -> Config:
    """The configuration of a run folder.

    Raises:
        DataError, UsageError: it cannot be read, or is not one of this version.
    """
    path = run / "config.yaml"
    try:
        return config_from(with_effect(read_config_file(path)))
    except UsageError as error:
        raise UsageError(str(error) if str(path) in str(error) else f"{path}: {error}") from error
