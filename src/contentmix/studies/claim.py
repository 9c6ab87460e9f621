"""What is claimed of the rows of a study."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """One comparison: a figure of one row is above that of another, or above another figure of the same.

    Attributes:
        text: in words.
        source: who says so: section, table or figure.
        figure: of a run, as ``FinishedRun.figures`` names it.
        higher: the row where it is said to be higher.
        lower: the row where it is lower.
        lower_figure: of the lower row, where it is not ``figure``.
        expected: the source's figures of both sides, where it has them of rows that it trained otherwise; None where they are
            those of these rows.
        by_seed: whether runs of one seed share what it draws beforehand, such as which images are labelled: they are then paired.
    """

    text: str
    source: str
    figure: str
    higher: str
    lower: str
    lower_figure: str | None = None
    expected: tuple[str, str] | None = None
    by_seed: bool = False

    @property
    def sides(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """Row and figure that are compared, the higher first."""
        return (self.higher, self.figure), (self.lower, self.lower_figure or self.figure)
