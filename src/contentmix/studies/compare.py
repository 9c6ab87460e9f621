"""A comparison: methods of one's own choice on one's own data, as a study whose claims are fixed before it is trained."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import yaml

from contentmix.errors import UsageError, require
from contentmix.given import OBJECT
from contentmix.options.declared import hints_of
from contentmix.options.methods import options_of
from contentmix.options.run import RunOptions
from contentmix.runs.config import Config, config_from
from contentmix.studies.claim import Claim
from contentmix.studies.study import Row, Scale, Study

# What all rows have alike, or figures would not be of the same task, the same steps and the same choice of an epoch.
ALIKE = (
    "data", "data_root", "skip_broken", "labels", "validation", "select", "epochs", "epoch_steps", "evaluate_every",
)  # fmt: skip
_OF_THE_STUDY = ("seed", "out")
_ALL_PAIRS = 3  # up to so many rows each is compared with each; the more comparisons, the less each can decide
FIGURE = "top1"

# ``METHOD:option=value,option=value``, or a method and its options.
Entry = str | tuple[str, Mapping[str, Any]]


def comparison(
    entries: Sequence[Entry], options: Mapping[str, Any], *, name: str | None = None, command: Sequence[str] = ()
) -> Study:
    """The study of ``entries``, the first of which is the one that others are compared with; steps are not equal yet.

    Up to three are compared each with each, more only with the first: what is claimed does not depend on results.

    Args:
        entries: two methods or more, each with options of its own.
        options: of every run; an entry's own win.
        name: of the data, for titles and folders (default: as ``options`` name them).
        command: words of the command, for the records.

    Raises:
        UsageError: an unknown method or option, two rows alike, or an option that a comparison chooses itself.
    """
    require(len(entries) > 1, "a comparison is of two methods or more, such as: supervised cut-mixmo")
    shared = _shared(options)
    rows = tuple(_row(entry, shared) for entry in entries)
    names = [row.name for row in rows]
    twice = [each for each in names if names.count(each) > 1]
    require(
        not twice,
        f"{twice[0] if twice else ''} is given twice: give one of them an option that differs, as METHOD:option=value",
    )
    pairs = [(other, first) for first, other in combinations(names, 2) if len(names) <= _ALL_PAIRS or first == names[0]]
    data = name or Path(str(shared.get("data", RunOptions.data))).resolve().name
    return Study(
        name=re.sub(r"[^\w.+-]+", "-", data),
        title=f"{', '.join(names)} on {data}",
        rows=rows,
        scales={"": Scale(shared)},
        claims=tuple(
            Claim(f"{other} or {first}", "fixed beforehand", FIGURE, other, first, by_seed=True)
            for other, first in pairs
        ),
        epochs=shared.get("epochs", Study.epochs),
        kind="comparison",
        heading="Comparison",
        command=tuple(command),
        corrected=True,
        compares=True,
    )


def _shared(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of every run, brought to their types."""
    valid = [name for name in hints_of(RunOptions) if name not in _OF_THE_STUDY]
    for name in options:
        if name not in valid:
            raise UsageError(
                f"unknown option '{name}' of every run of a comparison: options of a method go to it, as "
                f"METHOD:{name}=VALUE (valid here: {', '.join(valid)})"
            )
    run = RunOptions(**options)
    require(
        run.select != "test",
        "select is test: figures that are compared are of the test set, which chooses nothing; give validation or last",
    )
    return {name: getattr(run, name) for name in options}


def _row(entry: Entry, shared: Mapping[str, Any]) -> Row:
    """A row, with its options brought to their types, and named after what was given."""
    method, own = _parsed(entry) if isinstance(entry, str) else entry
    options_of(method)
    for name in own:
        require(
            name not in (*ALIKE, *_OF_THE_STUDY),
            f"{name} of {method} alone: all that are compared have the same {', '.join(ALIKE)}; seeds are counted, and "
            "runs find their folders themselves",
        )
    fitted = _values(config_from({"method": method, **shared, **own}), own)
    words = [method.removeprefix(OBJECT), *(f"{name}-{_text(value)}" for name, value in fitted.items())]
    return Row(re.sub(r"[^\w.+-]+", "-", "-".join(words)).rstrip("-"), method, fitted)


def _parsed(entry: str) -> tuple[str, dict[str, Any]]:
    """``METHOD:option=value,option=value``; what has no ``=`` continues a list: ``milestones=10,20``."""
    method, _, rest = entry.partition(":")
    found: dict[str, Any] = {}
    name = ""
    for word in rest.split(",") if rest else []:
        head, equals, text = word.partition("=")
        if equals:
            name = head.strip().replace("-", "_")
            require(name not in found, f"{entry}: {name} is given twice")
            found[name] = _value(text)
            continue
        require(name != "" and word != "", f"{entry}: write METHOD:option=value,option=value")
        found[name] = [*(found[name] if isinstance(found[name], list) else [found[name]]), _value(word)]
    require(":" not in entry or bool(found), f"{entry}: write METHOD:option=value,option=value")
    return method, found


def _value(text: str) -> Any:
    """As YAML reads it, where it is one plain value: true is no text."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    return value if isinstance(value, bool | int | float) else text


def _values(config: Config, names: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: config.method_options[name] if name in config.method_options else getattr(config.run, name)
        for name in names
    }


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return "-".join(map(_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
