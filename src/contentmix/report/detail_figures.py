"""Figures of a run's details: accuracy over coverage, and confusions of more classes than a table can hold."""

from __future__ import annotations

import numpy
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from contentmix.report.details import Details
from contentmix.report.figures import panel

TABLE_CLASSES = 20  # as many as a confusion matrix has in numbers


def coverage_figure(details: Details) -> Figure:
    """Accuracy on what the network decides over the share that it decides, beside the accuracy on all."""
    figure, axes = panel("left to the network", "share of images that it decides", "accuracy on these, %")
    share, accuracy = details.coverage["share"], details.coverage["accuracy"]
    axes.plot(share, accuracy, marker=".", color="tab:blue")
    axes.axhline(accuracy[-1], color="tab:grey", linewidth=1, linestyle="--")
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlim(0, 1.02)
    return figure


def confusion_figure(details: Details) -> Figure:
    """The share of each true class (a row) that was given to each class (a column), in shades."""
    classes = len(details.classes)
    counts = numpy.zeros((classes, classes))
    for truth, said, count in details.confusions:
        counts[truth, said] = count
    shares = counts / counts.sum(1, keepdims=True).clip(1)
    figure, axes = panel("confusions", "class that is named", "true class", (5.6, 5.2))
    axes.grid(False)
    # Square roots: single mistakes are to be seen.
    axes.imshow(numpy.sqrt(shares), cmap="Blues", vmin=0, vmax=1, interpolation="nearest", aspect="equal")
    return figure
