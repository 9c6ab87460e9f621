"""Figures of rows over what their study varies."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from contentmix.report.run import FinishedRun

_LINES = (("top1", "ensemble"), ("member_top1_mean", "members"))


def over_figure(name: str, places: Mapping[str, float], runs: Mapping[str, Sequence[FinishedRun]]) -> Figure | None:
    """Accuracy of ensemble and members at the left, sharing rate at the right, over what is varied: means with deviations.

    Args:
        name: of what is varied.
        places: its value, by row.
        runs: of each row; rows without runs are left out, and with fewer than two others there is no figure.
    """
    shown = {row: place for row, place in places.items() if runs.get(row)}
    if len(shown) < 2:
        return None
    figure = Figure(figsize=(6.4, 3.0), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, lines, label in (
        (left, _LINES, "top-1, %"),
        (right, (("sharing", "sharing"),), "output sharing rate, %"),
    ):
        for key, line in lines:
            found = {
                place: [run.figures[key] for run in runs[row] if key in run.figures] for row, place in shown.items()
            }
            xs = [place for place, values in found.items() if values]
            means = [statistics.fmean(found[x]) for x in xs]
            deviations = [statistics.stdev(found[x]) if len(found[x]) > 1 else 0.0 for x in xs]
            axes.errorbar(xs, means, deviations, fmt="o-", label=line, capsize=2, linewidth=1, markersize=4)
        axes.set_xlabel(name)
        axes.set_ylabel(label)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    left.legend(fontsize=8, frameon=False)
    return figure
