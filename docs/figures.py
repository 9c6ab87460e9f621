"""Draw the figure of README.md from docs/records: ``python docs/figures.py`` writes docs/images/headlines.svg."""

import io
from collections.abc import Sequence

import headlines
import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from measurements import ROOT

FIGURE = ROOT / "docs" / "images" / "headlines.svg"
# A figure, its title, and whether more of it is better.
PANELS = (("top1", "top-1, % (more is better)"), ("nll_c", "NLL_c (less is better)"))
COLOURS = {"single": "#555555", "several": "#1f77b4", "ensemble": "#b04a00"}
# The colours of the dark are those of the light, turned over.
DARK = "<style>@media (prefers-color-scheme: dark) { svg { filter: invert(.9) hue-rotate(180deg); } }</style>"


def by_cost() -> list[tuple[str, list[str]]]:
    """Names of rows under a heading for each cost of inference, the cheapest first."""
    groups: dict[str, list[str]] = {}
    for name in sorted(headlines.NAMES, key=lambda row: round(headlines.giga(row), 2)):
        network = headlines.rows()[name].runs[0].record.network.upper()
        nets = "2 x " if headlines.rows()[name].nets > 1 else ""
        groups.setdefault(f"{headlines.giga(name):.2f} G multiply-adds, {nets}{network}", []).append(name)
    return list(groups.items())


def kind(name: str) -> str:
    row = headlines.rows()[name]
    single = row.runs[0].record.method == "supervised"
    return "ensemble" if row.nets > 1 else "single" if single else "several"


def draw(axes: Axes, figure: str, names: Sequence[tuple[str, float]]) -> None:
    """Means with their intervals, one row below the other."""
    for name, y in names:
        found = headlines.mean(name, figure)
        colour = COLOURS[kind(name)]
        axes.errorbar(
            found.value, y, xerr=found.half, fmt="o", color=colour, markersize=4.5, capsize=2.5, linewidth=1.3
        )
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(left=False, labelsize=8)


def main() -> None:
    places: list[tuple[str, float]] = []
    headings: list[tuple[str, float]] = []
    y = 0.0
    for heading, names in by_cost():
        headings.append((heading, y))
        places += [(name, y - 1 - i) for i, name in enumerate(names)]
        y -= len(names) + 1.4
    figure = Figure(figsize=(6.6, 4.6), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for axes, (name, title) in zip(panels, PANELS, strict=True):
        draw(axes, name, places)
        axes.set_title(title, fontsize=9)
    first = panels[0]
    first.set_ylim(y + 0.7, 0.7)
    first.set_yticks([*(at for _, at in places), *(at for _, at in headings)])
    first.set_yticklabels(
        [*(headlines.NAMES[name] for name, _ in places), *(heading for heading, _ in headings)], fontsize=8
    )
    for label, (name, _) in zip(first.get_yticklabels(), places, strict=False):
        label.set_color(COLOURS[kind(name)])
    for label in first.get_yticklabels()[len(places) :]:
        label.set_fontweight("bold")
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "contentmix"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Description": headlines.described()})
    text = buffer.getvalue()
    start = text.index(">", text.index("<svg")) + 1
    FIGURE.write_text(f"{text[:start]}\n {DARK}{text[start:]}")


if __name__ == "__main__":
    main()
