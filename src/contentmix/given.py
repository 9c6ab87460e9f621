"""Objects that a run was given in Python, by names that its configuration can hold.

A name is made of what the object is: ``object:LABEL@DIGEST``. So a run that is continued is given the same object, or told.
"""

from __future__ import annotations

import re
from typing import Generic, TypeVar
from weakref import ref

from contentmix.errors import UsageError

OBJECT = "object:"
T = TypeVar("T")
_DESCRIPTIONS: dict[str, str] = {}


class Given(Generic[T]):
    """The objects of one kind that somebody still holds; none is kept alive for being here.

    Args:
        kind: what they are, as the option that takes them is called.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._held: dict[str, list[ref[T]]] = {}

    def hold(self, value: T, label: str, digest: str, description: str) -> str:
        """The name by which ``value`` is found as long as it lives.

        Args:
            value: the object.
            label: what people call it.
            digest: of its content; all of it that decides what is trained.
            description: what it is, in a line, for whoever reads the configuration.
        """
        plain = re.sub(r"[^\w.-]+", "-", label)
        name = f"{OBJECT}{plain}@{digest[:12]}"
        alive = [other for other in self._held.get(name, []) if other() is not None]
        self._held[name] = [*alive, ref(value)]
        _DESCRIPTIONS[name] = description
        return name

    def find(self, name: str) -> T:
        """The object called ``name``, the last that was given where several are: they differ in what the name does not tell.

        Raises:
            UsageError: it is not, or no longer, here.
        """
        found = next((value for each in reversed(self._held.get(name, [])) if (value := each()) is not None), None)
        if found is None:
            raise UsageError(
                f"{self._kind} {name} was given as an object in Python, and is not here: give the same one again, as in "
                f"run = contentmix.open_run(RUN, {self._kind}=...), and use that run"
            )
        return found


def label_of(name: str) -> str:
    """What people call the object ``name``; names of nothing given are their own."""
    return name.removeprefix(OBJECT).partition("@")[0] if name.startswith(OBJECT) else name


def description_of(name: object) -> str | None:
    """What the object called ``name`` is, in a line; None of names that are not of objects, or not of this process's."""
    return _DESCRIPTIONS.get(str(name))
