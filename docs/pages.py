"""Write the page of every table that has records to docs/pages: ``python docs/pages.py [TABLE...]``."""

import sys
from pathlib import Path

from contentmix.experiments.table_page import measured_rows, write_page
from contentmix.experiments.tables import TABLES

DOCS = Path(__file__).parent


def main(numbers: list[str]) -> None:
    for number, table in TABLES.items():
        records = DOCS / "records" / f"table-{table.group}"
        asked = not numbers or number in numbers
        if asked and any(row.runs for row in measured_rows(table, "small", records)):
            print(write_page(table, "small", records, DOCS / "pages" / f"{number}.html"))


if __name__ == "__main__":
    main(sys.argv[1:])
