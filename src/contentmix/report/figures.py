"""Figures that look the same each time: panels of one idea each, which a page lays out by its width."""

from __future__ import annotations

import io
import math
import re
import statistics
import textwrap
from collections.abc import Iterable, Mapping, Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from contentmix.report.record import EvaluationRecord
from contentmix.report.tables import spread

History = Sequence[Mapping[str, float]]

PANEL = (3.5, 2.8)  # inches: a phone's width
# Sixty lines that differ: matplotlib's ten colours, their light shades, and these again dashed and dotted.
_SHADES = [matplotlib.colormaps["tab20"](i) for i in (*range(0, 20, 2), *range(1, 20, 2))]
LINES = [(to_hex(shade), style) for style in ("solid", "dashed", "dotted") for shade in _SHADES]

_CURVES = [
    ("train_loss", "training loss", "loss"),
    ("over_threshold", "unlabelled images over the threshold", "share"),
    ("kept", "hybrids that are still of their class", "share"),
    ("pseudo_label_accuracy", "accuracy of pseudo-labels", "share"),
    ("accepted", "hybrids that the guide accepts", "share"),
    ("copies", "hybrids that copy a parent", "share"),
    ("critic_right", "images that the critic is right about", "share"),
    ("val_top1", "top-1 on the set that selects", "%"),
    ("lr", "learning rate at the end of the epoch", ""),
]


def svg(figure: Figure) -> str:
    """The figure as an ``<svg>`` element, the same each time."""
    buffer = io.StringIO()
    # Words stay words, and hundredths of a point are enough for lines: half of the size.
    with matplotlib.rc_context({"svg.hashsalt": "contentmix", "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None})
    text = re.sub(r' d="[^"]*"', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]), buffer.getvalue())
    return re.sub(r"\s+", " ", text[text.index("<svg") :]).replace("> <", "><")


def line_styles(names: Iterable[str]) -> dict[str, tuple[str, str]]:
    """For each name the colour and style of its line in every panel of a page."""
    return {name: LINES[number % len(LINES)] for number, name in enumerate(names)}


def panel(title: str, x: str, y: str, size: tuple[float, float] = PANEL) -> tuple[Figure, Axes]:
    """A figure of one plot, with its title and the names of its axes."""
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, fontsize=9)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    return figure, axes


def curves(groups: Mapping[str, Sequence[History]]) -> dict[str, Figure]:
    """Training loss, its terms, and what else was seen, over epochs: one panel each, by title.

    Args:
        groups: by name the histories of runs that differ in their seed; a line is their mean, its band their deviation.
            What all of them have of one epoch only is no curve.
    """
    found = dict.fromkeys(name for runs in groups.values() for rows in runs for row in rows for name in row)
    terms = [(name, name.removeprefix("loss_").replace("_", " "), "loss") for name in found if name.startswith("loss_")]
    shown = [_CURVES[0], *terms, *(entry for entry in _CURVES[1:] if entry[0] in found)]
    styles, panels = line_styles(groups), {}
    for column, title, unit in shown:
        values = {name: _by_epoch(runs, column) for name, runs in groups.items()}
        if all(len(each) < 2 for each in values.values()):
            continue
        panels[title], axes = panel(title, "epoch", unit)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        for name, each in values.items():
            if each:
                _band(axes, each, name, *styles[name])
    return panels


def _by_epoch(runs: Sequence[History], column: str) -> dict[float, list[float]]:
    values: dict[float, list[float]] = {}
    for row in (row for rows in runs for row in rows if column in row):
        values.setdefault(row["epoch"], []).append(row[column])
    return values


def _band(axes: Axes, values: Mapping[float, Sequence[float]], name: str, colour: str, style: str) -> None:
    epochs = sorted(values)
    means, deviations = zip(*(_mean_and_deviation(values[epoch]) for epoch in epochs), strict=True)
    marker = "." if len(epochs) < 15 else None
    axes.plot(epochs, means, label=name, marker=marker, color=colour, linestyle=style)
    if any(deviations):
        low, high = (
            [mean + sign * deviation for mean, deviation in zip(means, deviations, strict=True)] for sign in (-1, 1)
        )
        axes.fill_between(epochs, low, high, color=colour, alpha=0.15, linewidth=0)


def reliability_diagrams(groups: Mapping[str, Sequence[EvaluationRecord]]) -> dict[str, Figure]:
    """Accuracy against confidence in bins, of all runs of a group together; a bar's darkness shows its share of the images."""
    panels = {}
    for name, runs in groups.items():
        ece = spread([run.ece for run in runs], 4)
        panels[name], axes = panel(f"{textwrap.fill(name, 34)}\nECE {ece}", "confidence", "accuracy", (3.2, 3.5))
        bins = [
            list(zip(run.reliability["count"], run.reliability["accuracy"], strict=True))
            for run in runs
        ]  # fmt: skip
        counts = [sum(count for count, _ in each) for each in zip(*bins, strict=True)]
        right = [sum(count * accuracy for count, accuracy in each if count) for each in zip(*bins, strict=True)]
        width, most = 1 / len(counts), max(counts)
        for i, (count, correct) in enumerate(zip(counts, right, strict=True)):
            if count:
                shade = 0.25 + 0.75 * math.sqrt(count / most)
                axes.bar((i + 0.5) * width, correct / count, width, color="tab:blue", alpha=shade)
        axes.plot([0, 1], [0, 1], color="black", linewidth=1, linestyle="--")
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.set_aspect("equal")
    return panels


def trade_off(groups: Mapping[str, Sequence[EvaluationRecord]]) -> Figure | None:
    """Accuracy over diversity (figures 3.8, 3.9, A.7): ensemble and members, means over seeds with their deviations.

    Groups whose diversity is not defined are left out; with fewer than two others there is nothing to compare, and None is
    returned.
    """
    shown = {name: runs for name, runs in groups.items() if all(run.d_re is not None for run in runs)}
    if len(shown) < 2:
        return None
    figure, axes = panel("accuracy and diversity", "ratio-error diversity $d_{re}$", "top-1, %", (5.6, 4.0))
    for name, mark, label in (("top1", "o", "ensemble"), ("member_top1_mean", "s", "members")):
        xs = [_mean_and_deviation([run.d_re or 0.0 for run in runs]) for runs in shown.values()]
        ys = [_mean_and_deviation([getattr(run, name) for run in runs]) for runs in shown.values()]
        (x, x_deviation), (y, y_deviation) = zip(*xs, strict=True), zip(*ys, strict=True)
        axes.errorbar(x, y, y_deviation, x_deviation, fmt=mark, label=label, capsize=2, linewidth=1)
        if name == "top1":
            named = dict(zip(shown, zip(x, y, strict=True), strict=True))
    axes.legend(fontsize=8, frameon=False)
    _name_points(axes, named)
    return figure


def _name_points(axes: Axes, points: Mapping[str, tuple[float, float]]) -> None:
    """Names in a column beside ``axes``, none over another, each as near to the height of its point as there is room."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high)
    names = sorted(points, key=lambda name: points[name][1])
    wanted = [(points[name][1] - low) / (high - low) for name in names]
    gap = min(0.045, 1 / len(names))
    up = _apart(wanted, gap)
    down = [1 - height for height in _apart([1 - height for height in wanted[::-1]], gap)][::-1]
    # Both keep the gap, so their mean does.
    for name, height in zip(names, map(statistics.fmean, zip(up, down, strict=True)), strict=True):
        line = {"arrowstyle": "-", "relpos": (0, 0.5), "linewidth": 0.5, "color": "tab:blue", "alpha": 0.5}
        axes.annotate(
            name,
            points[name],
            xytext=(1.03, height),
            textcoords="axes fraction",
            fontsize=7,
            va="center",
            arrowprops=line,
        )


def _apart(heights: Sequence[float], gap: float) -> list[float]:
    """Ascending ``heights`` in [0, 1], each moved up until it is ``gap`` above the one before, but not over the top."""
    moved: list[float] = []
    for height in heights:
        moved.append(max(height, moved[-1] + gap if moved else 0.0))
    return [min(height, 1 - gap * (len(moved) - 1 - i)) for i, height in enumerate(moved)]


def _mean_and_deviation(values: Sequence[float]) -> tuple[float, float]:
    return statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else 0.0
