"""A run's complete configuration: a method, its options, and the options of the run, as one flat YAML file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from contentmix.errors import DataError, UsageError, require
from contentmix.files import atomic_write
from contentmix.given import description_of
from contentmix.options.bases import BasedOptions
from contentmix.options.declared import fit, hints_of
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
        options = {**method_defaults(self.method), **self.method_options, **asdict(self.run)}
        plain = {name: _plain(value) for name, value in options.items()}
        return {"method": self.method, **plain}

    def save(self, path: Path) -> None:
        """Write the flat YAML file, and what objects among the options are as comments."""
        described = {name: description_of(getattr(self.run, name)) for name in ("data", "network")}
        notes = [f"# {name}: {description}\n" for name, description in described.items() if description]
        atomic_write(path, "".join(notes) + yaml.safe_dump(self.flat(), sort_keys=False))


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
    of_method = hints_of(options_of(method))
    valid = [*of_method, *(name for name in hints_of(RunOptions) if name not in of_method)]
    for name in rest:
        if name not in valid:
            raise UsageError(f"unknown option '{name}' of {method} (valid: {', '.join(valid)})")
    method_options = {name: fit(name, rest[name], hint) for name, hint in of_method.items() if name in rest}
    return Config(
        method, method_options, RunOptions(**{name: value for name, value in rest.items() if name not in of_method})
    )


def config_of(run: Path) -> Config:
    """The configuration of a run folder, without options of bases that its method does not have, which older versions wrote.

    Raises:
        DataError, UsageError: it cannot be read, or is not one of this version.
    """
    options = read_config_file(run / "config.yaml")
    declared = METHODS.get(str(options.get("method")))
    idle = declared.idle(options) if declared is not None and issubclass(declared, BasedOptions) else []
    return config_from({name: value for name, value in options.items() if name not in idle})
