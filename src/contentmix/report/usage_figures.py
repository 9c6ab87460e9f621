"""Figures of feature usage, after figures 3.12, 3.14, A.8 and 3.4b of the thesis."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from contentmix.report.figures import line_styles
from contentmix.report.usage import BlockUsage, UsageRecord

COLORS = ("tab:red", "tab:blue", "tab:green", "tab:purple", "tab:brown", "tab:pink")
OVERLAP = "tab:orange"


def influence_figure(blocks: Sequence[BlockUsage], name: str = "") -> Figure:
    """One panel per block: how much each channel serves each subnetwork, and, in orange, two of them at once.

    Args:
        blocks: of a run.
        name: above them.
    """
    figure = Figure(figsize=(5, 0.4 + 1.6 * len(blocks)), layout="constrained")
    for axes, block in zip(figure.subplots(len(blocks), squeeze=False)[:, 0], blocks, strict=True):
        _histograms(axes, block)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, title=name, fontsize=7, frameon=False, ncols=4, loc="outside upper center")
    return figure


def _histograms(axes: Axes, block: BlockUsage) -> None:
    influence = numpy.array(block.influence)
    # Channels of the first subnetwork at the left, those of the last at the right, shared ones between.
    centre = numpy.arange(len(influence)) @ influence / influence.sum(0).clip(min=1e-12)
    influence = influence[:, numpy.argsort(centre, kind="stable")]
    edges = numpy.arange(influence.shape[1] + 1) - 0.5
    for i, row in enumerate(influence):
        axes.stairs(row, edges, fill=True, color=COLORS[i % len(COLORS)], alpha=0.65, label=f"subnetwork {i + 1}")
    axes.stairs(numpy.sort(influence, 0)[-2], edges, fill=True, color=OVERLAP, label="overlap")
    axes.set_title(f"{block.name}: sharing rate {100 * block.sharing:.1f} %", fontsize=9)
    axes.set_xlabel("channel, sorted", fontsize=8)
    axes.set_ylabel("influence", fontsize=8)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)


def activity_figure(usage: Mapping[str, Sequence[UsageRecord]]) -> Figure | None:
    """Share of active filters in the core over the threshold, one line per name: the mean of its runs.

    None where no core has filters, as those of transformers.
    """
    usage = {name: runs for name, runs in usage.items() if runs[0].activity}
    if not usage:
        return None
    figure = Figure(figsize=(4.6, 3.0), layout="constrained")
    axes = figure.subplots()
    for name, (colour, style) in line_styles(usage).items():
        thresholds = list(usage[name][0].activity)
        shares = [100 * statistics.fmean(run.activity[t] for run in usage[name]) for t in thresholds]
        axes.plot(thresholds, shares, marker="o", label=name, color=colour, linestyle=style)
    axes.set_xlabel("threshold $t_a$")
    axes.set_ylabel("active filters, %")
    axes.set_ylim(0, 100)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    if len(usage) > 1:
        axes.legend(fontsize=7, frameon=False)
    return figure
