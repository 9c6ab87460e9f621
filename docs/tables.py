"""Fill tables of README.md and of docs from docs/records, and write docs/pages: ``python docs/tables.py [--check]``."""

import re
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import headlines
import questions
from figures import FIGURE
from measurements import ROOT, benchmarks, device, faults, own_photos, pilot, tuned_photos

NAMES = ("measured", "beyond", "own-photos", "cost", "reliability")
PAGES = (ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in NAMES))
BLOCK = re.compile(r"(<!-- table: (?P<name>[\w.-]+) -->\n)(?P<table>.*?)(<!-- end -->)", re.DOTALL)
FILLED = {
    "benchmarks": benchmarks,
    "device": device,
    "faults": faults,
    "own-photos": own_photos,
    "tuned-photos": tuned_photos,
    # At 8 px are those of the studies beside the headlines.
    "pilot": lambda: pilot(of=lambda options: options["image_size"] != 8),
    "pilot-beyond": lambda: pilot(of=lambda options: options["image_size"] == 8),
    "counted": headlines.counted,
    "holds": lambda: headlines.claims("holds"),
    "fails": lambda: headlines.claims("does not hold"),
    "smaller": lambda: headlines.claims("far smaller"),
    "hybrids": headlines.hybrids,
    "chosen": lambda: headlines.chosen(
        "vanilla", "cutmix", "cut-mixmo", "unmix-aligned", "1-encoder-1-classifier", "vanilla-2nets", "cutmix-2nets"
    ),
    **{study: partial(questions.measured, study) for study in questions.SCALES},
    **{f"{study}-decided": partial(questions.decided, study) for study in questions.SCALES},
}
HTML: dict[Path, Callable[[Path], str]] = {
    headlines.PAGE: headlines.page,
    **{questions.page_of(study): partial(questions.page, study) for study in questions.SCALES},
}


def stale(check: bool) -> list[Path]:
    """Documents that are not those of the records; written unless only checked."""
    found = []
    for page in PAGES:
        text = page.read_text()
        filled = BLOCK.sub(lambda block: f"{block[1]}\n{FILLED[block['name']]()}\n{block[4]}", text)
        if filled != text:
            found.append(page)
            if not check:
                page.write_text(filled)
    with tempfile.TemporaryDirectory() as folder:
        for page, make in HTML.items():
            made = Path(folder) / page.name
            words = make(made)
            if not page.exists() or headlines.without_drawings(page.read_text()) != words:
                found.append(page)
                if not check:
                    page.parent.mkdir(exist_ok=True)
                    page.write_bytes(made.read_bytes())
    if not FIGURE.exists() or headlines.described() not in FIGURE.read_text():
        found.append(FIGURE)
    return found


def main(words: list[str]) -> int:
    found = stale("--check" in words)
    if "--check" in words and found:
        names = ", ".join(str(path.relative_to(ROOT)) for path in found)
        print(f"{names} are not those of the records: run python docs/tables.py and docs/figures.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
