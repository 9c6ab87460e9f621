"""``contentmix analyze``: how subnetworks share the features of their network."""

from __future__ import annotations

import io
from pathlib import Path

from rich import box
from rich.table import Table

from contentmix.cli.console import open_console
from contentmix.files import alone_in, atomic_write
from contentmix.report import RESULTS, USAGE, activity_figure, influence_figure, svg, write_report
from contentmix.runs.analysis import analyse
from contentmix.runs.shared import own_folder


def analyze_run(run: Path, device: str) -> None:
    """Write ``usage.json`` and its figures (SVG and PNG) to ``run``, renew the report of its results, and print the rates."""
    with alone_in(own_folder(run)):
        usage = analyse(run, device)
        usage.save(run / USAGE)
        figures = {
            "usage-influence": influence_figure(usage.blocks),
            "usage-activity": activity_figure({run.name: [usage]}),
        }
        for name, figure in figures.items():
            if figure is None:
                continue
            atomic_write(run / f"{name}.svg", svg(figure))
            buffer = io.BytesIO()
            figure.savefig(buffer, format="png", dpi=110)
            atomic_write(run / f"{name}.png", buffer.getvalue())
        if (run / RESULTS).is_file():
            write_report([run], run / "report.html")
    table = Table("block", "sharing rate %", box=box.SIMPLE_HEAD, pad_edge=False)
    for block in usage.blocks:
        table.add_row(block.name, f"{100 * block.sharing:.1f}")
    console = open_console()
    console.print(table)
    shares = ", ".join(f"{100 * share:.1f} % at t_a {threshold}" for threshold, share in usage.activity.items())
    if shares:
        console.print(f"active filters of the core: {shares}")
    console.print(f"figures and {USAGE}: {run}", soft_wrap=True)
