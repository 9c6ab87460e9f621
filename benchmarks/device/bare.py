"""What a machine may lack: small packages that lie in a folder of wheels, or that a few lines stand in for."""

import importlib.util
import sys
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WHEELS = (".whl", "wheels")


def provide() -> list[str]:
    """Make wheels importable, which pure Python ones are as they lie; returns what is stood in for."""
    for folder in WHEELS:
        for wheel in sorted(Path(folder).glob("*-none-any.whl")):
            sys.path.append(str(wheel))
    if importlib.util.find_spec("annotated_types") is not None:
        return []
    sys.modules["annotated_types"] = _bounds()
    return ["annotated_types"]


def _bounds() -> types.ModuleType:
    """The four kinds of bounds that options are declared with."""

    @dataclass(frozen=True)
    class Ge:
        ge: Any

    @dataclass(frozen=True)
    class Gt:
        gt: Any

    @dataclass(frozen=True)
    class Lt:
        lt: Any

    @dataclass(frozen=True)
    class Le:
        le: Any

    @dataclass(frozen=True)
    class Interval:
        gt: Any = None
        ge: Any = None
        lt: Any = None
        le: Any = None

        def __iter__(self):
            for kind, name in ((Gt, "gt"), (Ge, "ge"), (Lt, "lt"), (Le, "le")):
                if getattr(self, name) is not None:
                    yield kind(getattr(self, name))

    module = types.ModuleType("annotated_types")
    for kind in (Ge, Gt, Lt, Le, Interval):
        setattr(module, kind.__name__, kind)
    return module
