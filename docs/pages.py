"""Write the page of every table that docs/measured.md shows at a glance to docs/pages: ``python docs/pages.py [TABLE...]``."""

import sys

from tables import RECORDS, ROOT, recorded

from contentmix.studies.page import write_page


def main(numbers: list[str]) -> None:
    (ROOT / "docs" / "pages").mkdir(exist_ok=True)
    for table, _ in recorded():
        if not numbers or table.name in numbers:
            out = ROOT / "docs" / "pages" / f"{table.name}.html"
            print(write_page(table, "small", RECORDS / f"table-{table.group}", out))


if __name__ == "__main__":
    main(sys.argv[1:])
