"""Draw the figures of docs/measured.md from docs/records: ``python docs/figures.py``."""

from pathlib import Path

from contentmix.experiments.tables import TABLES
from contentmix.report import comparison_figure, load_usage

DOCS = Path(__file__).parent


def main() -> None:
    found = {row.name: load_usage(DOCS / "records" / "table-3.6" / f"{row.name}-seed0") for row in TABLES["3.6"].rows}
    usage = {name: record for name, record in found.items() if record is not None}
    comparison_figure(usage).savefig(DOCS / "images" / "sharing.png", dpi=110)


if __name__ == "__main__":
    main()
