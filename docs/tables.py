"""Fill the tables of README.md and of pages of docs from docs/records: ``python docs/tables.py [--check]``."""

import json
import re
import statistics
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from measurements import RECORDS, ROOT, benchmarks, faults, in_markdown

from contentmix.report import (
    COLUMNS,
    QUALITY_COLUMNS,
    Record,
    label_of,
    load_record,
    read_run,
    spread,
    summarise,
)
from contentmix.studies.measured import MeasuredRow, measured_rows
from contentmix.studies.page import verdicts
from contentmix.studies.study import Study
from contentmix.studies.verdicts import Verdict
from contentmix.thesis.tables import TABLES

PAGES = (ROOT / "README.md", ROOT / "docs" / "measured.md", ROOT / "docs" / "reliability.md")
METHODS = ("vanilla", "cutmix", "mimo", "linear-mixmo", "cut-mixmo")
BLOCK = re.compile(r"(<!-- table: (?P<name>[\w.-]+) -->\n)(?P<table>.*?)(<!-- end -->)", re.DOTALL)


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
    return in_markdown(["method", "seeds", *(heading for _, heading, _ in COLUMNS)], rows)


def _folder(number: str) -> Path:
    return RECORDS / f"table-{TABLES[number].group}"


def _measured(number: str, columns: Iterable[str]) -> Iterator[tuple[MeasuredRow, list[str]]]:
    """The rows of a table that have records: with their number of seeds and means of ``columns``."""
    for row in measured_rows(TABLES[number], "small", _folder(number)):
        if row.runs:
            yield row, [str(len(row.runs)), *(row.measured(name, label_of(name)[1]) for name in columns)]


def _printed(row: MeasuredRow, *names: str) -> str:
    found = [row.expected.get(name, "-") for name in names]
    return " / ".join(found) if any(cell != "-" for cell in found) else ""


def sharing(number: str) -> str:
    """Means over seeds of the rows of a table that was analysed, with sharing rates from input to output."""
    rows = []
    for row, cells in _measured(number, ("top1", "member_top1_mean", "d_re")):
        blocks = [run.usage.blocks for run in row.runs if run.usage]
        core = [statistics.fmean(block.sharing for block in each[1:-1]) for each in blocks]
        places = ([each[0].sharing for each in blocks], core, [each[-1].sharing for each in blocks])
        rates = (spread([100 * share for share in place], 1) for place in places)
        rows.append([row.name, *cells, *rates, _printed(row, "top1", "member_top1_mean", "sharing")])
    thesis = "thesis: top-1 / members / output sharing"
    heading = ["row", "seeds", "top-1 %", "members %", "d_re", "sharing %: input", "core", "output", thesis]
    return in_markdown(heading, rows)


def compared(number: str, *columns: str, printed: Sequence[str] = ("top1", "member_top1_mean")) -> str:
    """Means over seeds of figures of a table's rows, those that any run has, with what the thesis printed of some."""
    columns = columns or ("top1", "member_top1_mean", "nll_c", "d_re")
    rows = measured_rows(TABLES[number], "small", _folder(number))
    columns = tuple(name for name in columns if any(name in run.figures for row in rows for run in row.runs))
    names = [label_of(name)[0] for name in columns]
    printed = [name for name in printed if any(name in row.expected for row in rows)]
    thesis = [f"thesis: {' / '.join(label_of(name)[0].removesuffix(' %') for name in printed)}"] * bool(printed)
    found = [
        [row.name, *cells, *[_printed(row, *printed)] * bool(printed)] for row, cells in _measured(number, columns)
    ]
    return in_markdown(["row", "seeds", *names, *thesis], found)


def beside() -> str:
    """What hybrids of SciMix, MixUp and FDA inherit from the same parents, and AdaIN's."""
    rows = {row.name: row for row in measured_rows(TABLES["2.5"], "small", _folder("2.5"))}
    rows |= {row.name: row for row in measured_rows(TABLES["A.14"], "small", _folder("A.14"))}
    full, lines = rows["generator-svhn-60"], []
    for name, row, kind in (
        ("SciMix", full, ""),
        ("AdaIN", rows["adain"], ""),
        ("FDA", full, "fda_"),
        ("MixUp", full, "mixup_"),
    ):
        cells = [
            row.measured(kind + figure, label_of(figure)[1])
            for figure in ("s_c", "given_to_context", "s_r", "background")
        ]
        lines.append([name, str(len(row.runs)), *cells])
    return in_markdown(["hybrids of", "seeds", "s_c", "given to context", "s_r", "background"], lines)


def departures() -> str:
    """What hybrids of one generator inherit, and of others that differ from it in one option."""
    runs = [read_run(path.parent) for path in sorted((RECORDS / "departures").glob("*/quality.json"))]
    columns = {name: title for name, title in QUALITY_COLUMNS.items() if all(name in run.figures for run in runs)}
    rows = [[run.name, *(f"{run.figures[name]:.1f}" for name in columns)] for run in runs]
    return in_markdown(["options", *columns.values()], rows)


def _judged(number: str) -> list[Verdict]:
    """Verdicts on claims of rows that were run."""
    rows = {row.name for row in measured_rows(TABLES[number], "small", _folder(number)) if row.runs}
    found = verdicts(TABLES[number], "small", _folder(number))
    return [verdict for verdict in found if {row for row, _ in verdict.claim.sides} <= rows]


def judged(number: str) -> str:
    """What the seeds say of each claim of the thesis on rows of a table that were run."""
    rows = []
    for verdict in _judged(number):
        texts = verdict.texts()
        measured = f"{texts['measured']} ({texts['interval'] or verdict.test})"
        rows.append([verdict.claim.text, texts["compared"], texts["expected"], measured, f"**{verdict.outcome}**"])
    return in_markdown(["claim", "difference", "thesis", "measured (95 % interval)", "verdict"], rows)


def recorded() -> Iterator[tuple[Study, list[MeasuredRow]]]:
    """Tables of which at least half of the rows have records, with all of their rows."""
    for number, table in TABLES.items():
        rows = measured_rows(table, "small", _folder(number))
        if 2 * sum(bool(row.runs) for row in rows) >= len(rows):
            yield table, rows


def overview() -> str:
    """Of each table that has records: its page, how many rows and runs, and how many of the thesis's claims they bear out."""
    lines = []
    for table, rows in recorded():
        run = sum(bool(row.runs) for row in rows)
        outcomes = [verdict.outcome for verdict in _judged(table.name)]
        counts = [str(outcomes.count(outcome)) for outcome in ("holds", "does not hold", "not decided")]
        runs = sum(len(row.runs) for row in rows)
        lines.append(
            [f"[{table.name}](pages/{table.name}.html) {table.title}", f"{run} of {len(rows)}", str(runs), *counts]
        )
    return in_markdown(["table", "rows run", "runs", "claims: hold", "do not", "not decided"], lines)


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
    return in_markdown(["method", *(f"{count} labels" for count in counts)], rows)


# Of hybrids of labelled images, as in the thesis (A.3.2).
LABELLED = ("labelled_accepted", "labelled_background", "labelled_background_ratio")
FILLED = {
    "overview": overview,
    "benchmarks": benchmarks,
    "faults": faults,
    "fashion-mnist": lambda: learning("fashion-mnist"),
    "digits": lambda: learning("digits"),
    "table-3.6": lambda: sharing("3.6"),
    "table-2.6": lambda: compared("2.6", "top1", "nll_c", printed=("top1",)),
    "table-3.4": lambda: compared("3.4", printed=("nll_c",)),
    "table-A.15": lambda: compared("A.15", "top1", "nll_c", printed=("top1",)),
    "beside": beside,
    "table-A.13": lambda: compared("A.13", *QUALITY_COLUMNS, *LABELLED, printed=LABELLED),
    "table-A.14": lambda: compared("A.14", "top1", *QUALITY_COLUMNS, printed=("top1", "s_c", "s_r")),
    "departures": departures,
    "few-labels-digits-m": lambda: few_labels("digits-m"),
    "few-labels-fashion-mnist": lambda: few_labels("fashion-mnist"),
}


def fill(block: str) -> str:
    """What is under one name: of its own, or a table of the thesis, ``table-3.1`` or ``verdicts-3.1``."""
    if block in FILLED:
        return FILLED[block]()
    kind, number = block.split("-", 1)
    return {"table": compared, "verdicts": judged}[kind](number)


def main(words: list[str]) -> int:
    stale = []
    for page in PAGES:
        text = page.read_text()
        filled = BLOCK.sub(lambda block: f"{block[1]}\n{fill(block['name'])}\n{block[4]}", text)
        if filled != text and "--check" in words:
            stale.append(str(page.relative_to(ROOT)))
        elif filled != text:
            page.write_text(filled)
    if stale:
        print(f"tables of {', '.join(stale)} are not those of the records: run python docs/tables.py", file=sys.stderr)
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
