"""Fill the tables of README.md and docs/measured.md from docs/records: ``python docs/tables.py [--check]``."""

import json
import re
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from contentmix.experiments.tables import TABLES, Row
from contentmix.report import COLUMNS, Record, load_record, load_usage, spread, summarise

ROOT = Path(__file__).parents[1]
RECORDS = ROOT / "docs" / "records"
PAGES = (ROOT / "README.md", ROOT / "docs" / "measured.md")
METHODS = ("vanilla", "cutmix", "mimo", "linear-mixmo", "cut-mixmo")
BLOCK = re.compile(r"(<!-- table: (?P<name>[\w.-]+) -->\n)(?P<table>.*?)(<!-- end -->)", re.DOTALL)


def _rows(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def learning(name: str) -> str:
    """Means over seeds of every method on one data set, and the deep ensemble of two vanilla runs."""
    rows = []
    for method in METHODS:
        records = [Record.load(path) for path in sorted((RECORDS / name).glob(f"{method}-seed*/results.json"))]
        (summary,) = summarise(records, [method] * len(records))
        rows.append([method, str(summary.seeds), *summary.figures])
    figures = json.loads((RECORDS / name / "deep-ensemble.json").read_text())
    cells = [f"{figures[key]:.{decimals}f}" for key, _, decimals in COLUMNS]
    rows.append(["deep ensemble of two vanilla", "1", *cells])
    return _rows(["method", "seeds", *(heading for _, heading, _ in COLUMNS)], rows)


def _measured(number: str) -> Iterator[tuple[Row, list[Path], dict[str, str]]]:
    """The rows of a table that have records: with these, and their means over seeds by heading."""
    for row in TABLES[number].rows:
        runs = sorted((RECORDS / f"table-{number}").glob(f"{row.name}-seed*"))
        if runs:
            (summary,) = summarise([load_record(run) for run in runs], [row.name] * len(runs))
            headings = ("seeds", *(heading for _, heading, _ in COLUMNS))
            yield row, runs, dict(zip(headings, (str(summary.seeds), *summary.figures), strict=True))


def sharing(number: str) -> str:
    """Means over seeds of the rows of a table that was analysed, with sharing rates from input to output."""
    rows = []
    for row, runs, figures in _measured(number):
        usage = [load_usage(run) for run in runs]
        blocks = [each.blocks for each in usage if each]
        core = [statistics.fmean(block.sharing for block in each[1:-1]) for each in blocks]
        places = ([each[0].sharing for each in blocks], core, [each[-1].sharing for each in blocks])
        rates = (spread([100 * share for share in place], 1) for place in places)
        chosen = [figures[heading] for heading in ("seeds", "top-1 %", "members %", "d_re")]
        printed = [row.printed[name] for name in ("top1", "member_top1_mean", "sharing")]
        rows.append([row.name, *chosen, *rates, " / ".join(printed)])
    thesis = "thesis: top-1 / members / output sharing"
    heading = ["row", "seeds", "top-1 %", "members %", "d_re", "sharing %: input", "core", "output", thesis]
    return _rows(heading, rows)


def compared(number: str) -> str:
    """Means over seeds of the rows of a table, with what the thesis printed."""
    headings, rows = ("seeds", "top-1 %", "members %", "NLL_c", "d_re"), []
    for row, _, figures in _measured(number):
        printed = " / ".join(row.printed[name] for name in ("top1", "member_top1_mean") if name in row.printed)
        rows.append([row.name, *(figures[heading] for heading in headings), printed])
    return _rows(["row", *headings, "thesis: top-1 / members"], rows)


def few_labels(data: str) -> str:
    """Test top-1 over the number of labels, means over seeds: of the moving average where one is kept, and of the weights."""
    folder, rows = RECORDS / "few-labels", []
    counts = sorted(
        {int(path.name.removeprefix(f"{data}-").split("-")[0]) for path in folder.glob(f"{data}-[0-9]*-seed*")}
    )

    def cell(name: str) -> str:
        records = [load_record(path) for path in sorted(folder.glob(f"{data}-{name}-seed*"))]
        if not records:
            return "-"
        final = spread([record.final.top1 for record in records], 2)
        raw = [each.top1 for record in records for each in record.evaluations if each.checkpoint == "raw"]
        return f"{final}{f' ({spread(raw, 2)})' if raw else ''} [{len(records)}]"

    for method in ("supervised", "mean-teacher", "mixmatch", "fixmatch"):
        rows.append([method, *(cell(f"{count}-{method}") for count in counts)])
    rows.append(["supervised, all labels", *[cell("all-supervised")] * len(counts)])
    return _rows(["method", *(f"{count} labels" for count in counts)], rows)


def benchmarks() -> str:
    """Every measurement with its bound, and the machine."""
    record = json.loads((RECORDS / "benchmarks.json").read_text())
    rows, machines = [], []
    for group in record.values():
        software = ", ".join(f"{name} {group['versions'][name]}" for name in ("python", "torch", "torchvision"))
        machine = f"{group['machine']['cpu']}, {group['machine']['threads']} threads; {software}."
        if machine not in machines:
            machines.append(machine)
        for each in group["figures"]:
            sign, limit = each["bound"] or ("", "")
            bound = f"{sign} {limit:g}" if each["bound"] else ""
            rows.append([each["name"], f"{each['value']:.4g} {each['unit']}", bound])
    return _rows(["what", "median", "bound"], rows) + "".join(f"\n{machine}\n" for machine in machines)


FILLED = {
    "benchmarks": benchmarks,
    "fashion-mnist": lambda: learning("fashion-mnist"),
    "digits": lambda: learning("digits"),
    "table-3.6": lambda: sharing("3.6"),
    "table-4.1": lambda: compared("4.1"),
    "table-4.4": lambda: compared("4.4"),
    "few-labels-digits-m": lambda: few_labels("digits-m"),
    "few-labels-fashion-mnist": lambda: few_labels("fashion-mnist"),
}


def main(words: list[str]) -> int:
    stale = []
    for page in PAGES:
        text = page.read_text()
        filled = BLOCK.sub(lambda block: f"{block[1]}\n{FILLED[block['name']]()}\n{block[4]}", text)
        if filled != text and "--check" in words:
            stale.append(str(page.relative_to(ROOT)))
        elif filled != text:
            page.write_text(filled)
    if stale:
        print(f"tables of {', '.join(stale)} are not those of the records: run python docs/tables.py", file=sys.stderr)
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
