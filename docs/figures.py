"""Draw the figures of docs/measured.md from docs/records: ``python docs/figures.py``."""

import shutil
from pathlib import Path

from contentmix.report import comparison_figure, load_usage
from contentmix.thesis.tables import TABLES

DOCS = Path(__file__).parent

# Grids of hybrids that their runs have drawn.
GRIDS = {
    "hybrids-scimix.png": "table-2.2/generator-svhn-60-seed0",
    "hybrids-clothes.png": "table-2.2/generator-cifar10-100-seed0",
    "hybrids-samosa.png": "table-A.13/samosa-mnist-m-100-seed0",
}


def main() -> None:
    found = {row.name: load_usage(DOCS / "records" / "table-3.6" / f"{row.name}-seed0") for row in TABLES["3.6"].rows}
    usage = {name: record for name, record in found.items() if record is not None}
    comparison_figure(usage).savefig(DOCS / "images" / "sharing.png", dpi=110)
    for name, run in GRIDS.items():
        shutil.copyfile(DOCS / "records" / run / "hybrids" / "hybrids.png", DOCS / "images" / name)


if __name__ == "__main__":
    main()
