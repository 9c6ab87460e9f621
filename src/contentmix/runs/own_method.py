"""Methods of one's own, found by the name that a configuration holds."""

from __future__ import annotations

import hashlib
import re

from contentmix.errors import kind_of, require
from contentmix.given import Given
from contentmix.training import Method

GIVEN: Given[Method] = Given("method")
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def give_method(method: Method) -> str:
    """The name by which ``build_method`` finds ``method`` as long as it lives.

    Its digest is of its class's name and its ``repr``. So a frozen dataclass with other values is another method; one whose code
    has changed is not.

    Raises:
        UsageError: it is no ``Method``.
    """
    require(
        isinstance(method, Method),
        f"method is {kind_of(method)}: give a name (contentmix list methods) or a contentmix.Method",
    )
    kind = type(method)
    shown = _ADDRESS.sub("", repr(method))
    what = f"{kind.__module__}.{kind.__qualname__} {shown}"
    return GIVEN.hold(method, kind.__name__, hashlib.sha256(what.encode()).hexdigest(), " ".join(shown.split()))


__all__ = ["GIVEN", "Method", "give_method"]
