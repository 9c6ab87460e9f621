"""What a method wants to be said when training goes wrong in a way that its loss does not show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Alarm:
    """A figure of an epoch that has left its range.

    Args:
        figure: column of ``metrics.csv``.
        side: on which side of the limit it is wrong.
        limit: of the figure.
        meaning: what is then the matter.
    """

    figure: str
    side: Literal["above", "below"]
    limit: float
    meaning: str

    def text(self, row: dict[str, float]) -> str | None:
        """What to say of an epoch with the figures ``row``; None where nothing is wrong."""
        value = row.get(self.figure)
        if value is None or (value <= self.limit if self.side == "above" else value >= self.limit):
            return None
        return f"{self.figure} is {value:.3g}, {self.side} {self.limit:g}: {self.meaning}"
