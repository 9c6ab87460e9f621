"""The options of ``contentmix train METHOD``, from what declares them: the classes of options."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import docstring_parser
from cyclopts import Group, Parameter, Token

from contentmix.options.bases import BasedOptions
from contentmix.options.declared import Options, defaults_of, hints_of
from contentmix.options.run import GROUPS, RunOptions

CONFIG = Annotated[
    Path | None,
    Parameter(
        help="YAML file of options (a run's config.yaml serves); options given beside it win.",
        group=Group("A file of options", sort_key=99),
    ),
]


def train_command(method: str, options: type[Options]) -> Callable[..., None]:
    """A command whose options are those of the method, then those of every run; it receives what was given."""

    def command(**given: Any) -> None:
        from contentmix.cli.train import train_method

        train_method(method, given)

    groups = _groups(method, options)
    parameters = [
        *parameters_of(RunOptions, {name: group for name, group in groups.items() if name not in hints_of(options)}),
        *parameters_of(options, {name: groups[name] for name in hints_of(options)}),
        inspect.Parameter("config", inspect.Parameter.KEYWORD_ONLY, annotation=CONFIG, default=None),
    ]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    command.__doc__ = (options.__doc__ or "").partition("Args:")[0]
    return command


def _groups(method: str, options: type[Options]) -> dict[str, Group]:
    """The heading of every option: what most runs need, those of the method and of its base, then the others."""
    first, *others = GROUPS
    base: set[str] = set()
    if issubclass(options, BasedOptions):
        base = {name for each in options.bases for name in options.base_defaults(each)}
    names = {
        first: GROUPS[first],
        f"Options of {method}": [name for name in hints_of(options) if name not in base],
        "Options of the method that it builds on": [name for name in hints_of(options) if name in base],
        **{heading: GROUPS[heading] for heading in others},
    }
    groups = {heading: Group(heading, sort_key=number) for number, heading in enumerate(names, 1)}
    return {name: groups[heading] for heading, each in names.items() for name in each}


def parameters_of(options: type[Options], groups: Mapping[str, Group]) -> list[inspect.Parameter]:
    """The fields in ``groups`` as parameters, with the types and the documentation that their class and its bases declare."""
    hints, defaults, help_ = hints_of(options), defaults_of(options), documentation(options)
    return [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=defaults[name],
            annotation=Annotated[
                hints[name],
                Parameter(
                    help=help_[name],
                    group=group,
                    negative_iterable=(),
                    consume_multiple=True if _is_list(hints[name]) else None,
                    converter=None if _is_switch(hints[name]) else partial(_words, _is_list(hints[name])),
                ),
            ],
        )
        for name, group in groups.items()
    ]


def _words(several: bool, _type: Any, tokens: Sequence[Token]) -> Any:
    """What was typed: options are brought to their types in one place (``declared.fit``), wherever they are given."""
    words = tuple(token.value for token in tokens)
    return words if several else words[-1]


def _kinds(hint: Any) -> set[Any]:
    """The plain types that ``hint`` may be, its bounds apart."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return _kinds(parts[0])
    if origin in (types.UnionType, typing.Union):
        return {kind for part in parts for kind in _kinds(part)} - {type(None)}
    return {origin or hint}


def _is_list(hint: Any) -> bool:
    return _kinds(hint) == {tuple}


def _is_switch(hint: Any) -> bool:
    return _kinds(hint) == {bool}


def documentation(options: type[Options]) -> dict[str, str | None]:
    """What the docstrings of a class of options and of its bases say of each."""
    documented = [docstring_parser.parse(base.__doc__ or "").params for base in reversed(options.__mro__)]
    return {p.arg_name: p.description for params in documented for p in params}
