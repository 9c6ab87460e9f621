"""Writes the declared options as keywords of ``train``, which editors complete and type checkers check.

python tools/typed_options.py            # after an option has changed
python tools/typed_options.py --check    # exit code 1 where a file is not what it would write
"""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import types
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from contentmix import choices
from contentmix.options.declared import Options, hints_of
from contentmix.options.methods import METHODS
from contentmix.options.run import RunOptions

API = Path(__file__).parents[1] / "src" / "contentmix" / "api"
# What ``train`` takes objects for, too.
WIDER = {"data": "Data", "network": "Network | None"}
IMPORTS = {
    "Sequence": "from collections.abc import Sequence",
    "PathLike": "from os import PathLike",
    "Literal": "from typing import Literal",
    "TypedDict": "from typing import TypedDict",
    "Data": "from contentmix.api.objects import Data",
    "Network": "from contentmix.api.objects import Network",
    "RunKeywords": "from contentmix.api.run_keywords import RunKeywords",
}
_WORDS = {typing.get_args(value): name for name, value in vars(choices).items() if typing.get_args(value)}
_PLAIN: dict[Any, str] = {
    Path: "str | PathLike[str]",
    float: "float",
    int: "int",
    str: "str",
    bool: "bool",
    type(None): "None",
}


def keywords(options: type[Options]) -> str:
    """What the keywords of a class of options are called."""
    return options.__name__.replace("Options", "") + "Keywords"


def shown(hint: Any) -> str:
    """A hint without its bounds, as it is written; a path may be text, a tuple any sequence."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return shown(parts[0])
    if origin in (types.UnionType, typing.Union):
        words = [word for part in parts for word in shown(part).split(" | ")]
        return " | ".join(dict.fromkeys(words))
    if origin is Literal:
        return _WORDS.get(parts) or f"Literal[{', '.join(map(repr, parts))}]".replace("'", '"')
    if origin is tuple:
        return f"Sequence[{shown(parts[0])}]"
    return _PLAIN[hint]


def definition(options: type[Options]) -> str:
    """The keywords that a class of options adds to those of its bases."""
    bases = [keywords(base) for base in options.__bases__ if issubclass(base, Options) and base is not Options]
    if not bases:
        bases = ["TypedDict"] if options is RunOptions else ["RunKeywords"]
    hints, own = hints_of(options), inspect.get_annotations(options)
    of_run = hints_of(RunOptions) if options is not RunOptions else {}
    lines = [
        f"    {name}: {WIDER.get(name) or shown(hint)}"
        for name, hint in hints.items()
        if name in own and name not in of_run
    ]
    doc = f'    """Those of ``{options.__name__}``."""'
    return "\n".join(
        [f"class {keywords(options)}({', '.join(bases)}, total=False):", doc, *([""] if lines else []), *lines]
    )


def text(of: str, classes: Sequence[type[Options]]) -> str:
    """A file of the keywords of ``classes``, its imports as Ruff puts them."""
    body = "\n\n\n".join(map(definition, classes)) + "\n"
    names = set(re.findall(r"\w+", re.sub(r'"""[^\n]*"""', "", body)))
    given = {line for name, line in IMPORTS.items() if name in names and f"class {name}" not in body}
    given |= {f"from contentmix.choices import {word}" for word in _WORDS.values() if word in names}
    head = f'"""The options of {of} as keywords of ``train``. Written by tools/typed_options.py from what declares them."""'
    source = "\n\n".join([head, "from __future__ import annotations", "\n".join(sorted(given)), body])
    for command in (["check", "--select", "I", "--fix", "--quiet"], ["format"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(API / "keywords.py"), "-"],
            input=source, capture_output=True, text=True, check=True,
        )  # fmt: skip
        source = done.stdout
    return source


def files() -> dict[Path, str]:
    """What is written where."""
    declared = [each for method in METHODS.values() for each in reversed(method.__mro__)]
    classes = [each for each in dict.fromkeys(declared) if issubclass(each, Options) and each is not Options]
    return {
        API / "run_keywords.py": text("every run", [RunOptions]),
        API / "keywords.py": text("every method", classes),
    }


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(any(path.read_text() != content for path, content in files().items()))
    for path, content in files().items():
        path.write_text(content)
