"""Figures as SVG text, for pages that need no other file."""

from __future__ import annotations

import io
import math
import statistics
import textwrap
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from contentmix.report.record import EvaluationRecord

COLUMNS = 4  # figures side by side

History = Sequence[Mapping[str, float]]

_CURVES = [
    ("train_loss", "training loss", "loss"),
    ("over_threshold", "unlabelled images over the threshold", "share"),
    ("pseudo_label_accuracy", "accuracy of pseudo-labels", "share"),
    ("accepted", "hybrids that the guide accepts", "share"),
    ("copies", "hybrids that copy a parent", "share"),
    ("critic_right", "images that the critic is right about", "share"),
    ("val_top1", "top-1 on the set that selects", "%"),
]


def svg(figure: Figure) -> str:
    """The figure as an ``<svg>`` element."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _axes(figure: Figure, position: int, count: int, title: str, x: str, y: str) -> Axes:
    columns = min(count, COLUMNS)
    axes = figure.add_subplot(-(-count // columns), columns, position)
    axes.set_title(title, fontsize=9)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    return axes


def curves(histories: Mapping[str, History]) -> Figure:
    """Training loss, its terms, and what else was seen, over epochs, one line per run."""
    found = dict.fromkeys(name for rows in histories.values() for row in rows for name in row)
    terms = [(name, name.removeprefix("loss_").replace("_", " "), "loss") for name in found if name.startswith("loss_")]
    shown = [_CURVES[0], *terms, *(entry for entry in _CURVES[1:] if entry[0] in found)]
    lines = -(-len(shown) // COLUMNS)
    width = 5.2 * len(shown) if len(shown) < 3 else 3.6 * min(len(shown), COLUMNS)
    figure = Figure(figsize=(width, 3.2 * lines + 0.1 * len(histories)), layout="constrained")
    for position, (column, title, unit) in enumerate(shown, start=1):
        axes = _axes(figure, position, len(shown), title, "epoch", unit)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        for number, (name, rows) in enumerate(histories.items()):
            points = [(row["epoch"], row[column]) for row in rows if column in row]
            if points:
                # A run keeps its colour where others have no such curve.
                marker, colour = "." if len(points) < 15 else None, f"C{number}"
                axes.plot(*zip(*points, strict=True), label=name, marker=marker, color=colour)
        if len(histories) > 1 and position == 1:
            figure.legend(loc="outside lower center", ncols=3, fontsize=7, frameon=False)
    return figure


def reliability_diagrams(evaluations: Mapping[str, EvaluationRecord]) -> Figure:
    """Accuracy against confidence in bins; a bar's darkness shows its share of the images."""
    total = len(evaluations)
    figure = Figure(figsize=(3.4 * min(total, COLUMNS), 3.8 * -(-total // COLUMNS)), layout="constrained")
    for position, (name, evaluation) in enumerate(evaluations.items(), start=1):
        title = f"{textwrap.fill(name, 34)}\nECE {evaluation.ece:.4f}"
        axes = _axes(figure, position, total, title, "confidence", "accuracy")
        bins = evaluation.reliability
        counts = bins["count"]
        width, most = 1 / len(counts), max(counts)
        for i, (accuracy, count) in enumerate(zip(bins["accuracy"], counts, strict=True)):
            if count:
                axes.bar(
                    (i + 0.5) * width, accuracy, width, color="tab:blue", alpha=0.25 + 0.75 * math.sqrt(count / most)
                )
        axes.plot([0, 1], [0, 1], color="black", linewidth=1, linestyle="--")
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.set_aspect("equal")
    return figure


def trade_off(groups: Mapping[str, Sequence[EvaluationRecord]]) -> Figure | None:
    """Accuracy over diversity (figures 3.8, 3.9, A.7): ensemble and members, means over seeds with their deviations.

    Groups whose diversity is not defined are left out; with fewer than two others there is nothing to compare, and None is
    returned.
    """
    shown = {name: runs for name, runs in groups.items() if all(run.d_re is not None for run in runs)}
    if len(shown) < 2:
        return None
    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = _axes(figure, 1, 1, "accuracy and diversity", "ratio-error diversity $d_{re}$", "top-1, %")
    for name, mark, label in (("top1", "o", "ensemble"), ("member_top1_mean", "s", "members")):
        xs = [_mean_and_deviation([run.d_re or 0.0 for run in runs]) for runs in shown.values()]
        ys = [_mean_and_deviation([getattr(run, name) for run in runs]) for runs in shown.values()]
        (x, x_deviation), (y, y_deviation) = zip(*xs, strict=True), zip(*ys, strict=True)
        axes.errorbar(x, y, y_deviation, x_deviation, fmt=mark, label=label, capsize=2, linewidth=1)
        for text, at in zip(shown, zip(x, y, strict=True), strict=True):
            axes.annotate(text, at, xytext=(4, 4), textcoords="offset points", fontsize=7)
    axes.legend(fontsize=8, frameon=False)
    return figure


def _mean_and_deviation(values: Sequence[float]) -> tuple[float, float]:
    return statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else 0.0
