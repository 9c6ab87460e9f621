"""Tables of what was measured of the program itself, its speed and what it survives, from docs/records."""

import json
from pathlib import Path

ROOT = Path(__file__).parents[1]
RECORDS = ROOT / "docs" / "records"


def in_markdown(header: list[str], rows: list[list[str]]) -> str:
    """Rows of cells in Markdown, numbers to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


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
    return in_markdown(["what", "median", "bound"], rows) + "".join(f"\n{machine}\n" for machine in machines)


def faults() -> str:
    """What was tried in the last full run of the fault suite, what became of it how often, and on which commit."""
    parts = json.loads((RECORDS / "faults.json").read_text()).values()
    rows = [
        [kind, "; ".join(f"{word}: {times:,}" for word, times in became.items()), part["commit"]]
        for part in parts
        for kind, became in part["tried"].items()
    ]
    tests, failed, seconds = (sum(part[name] for part in parts) for name in ("tests", "failed", "seconds"))
    return (
        in_markdown(["fault", "became", "commit"], rows)
        + f"\n{tests} tests, {failed} failed, {seconds / 60:.0f} minutes.\n"
    )
