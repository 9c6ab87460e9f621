"""Tables of what was measured of the program itself, its speed and what it survives, from docs/records."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RECORDS = ROOT / "docs" / "records"


def in_markdown(header: list[str], rows: list[list[str]]) -> str:
    """Rows of cells in Markdown, numbers to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def recorded(name: str) -> Any:
    """The record of this name."""
    return json.loads((RECORDS / f"{name}.json").read_text())


def _limit(figure: Mapping[str, Any]) -> str:
    return "{} {:g}".format(*figure["bound"]) if figure["bound"] else ""


def _value(figure: Mapping[str, Any]) -> str:
    return f"{figure['value']:.4g} {figure['unit']}"


def benchmarks() -> str:
    """What has a bound, of the masks the slowest one, and the layouts; and the machines."""
    rows, machines = [], []
    for name, group in recorded("benchmarks").items():
        software = ", ".join(f"{each} {group['versions'][each]}" for each in ("python", "torch", "torchvision"))
        machine = f"{group['machine']['cpu']}, {group['machine']['threads']} threads; {software}."
        if machine not in machines:
            machines.append(machine)
        figures = [each for each in group["figures"] if each["bound"] or name == "layouts"]
        if name == "masks":
            figures = [max(figures, key=lambda each: float(each["value"]))]
        rows += [[each["name"], _value(each), _limit(each)] for each in figures]
    return in_markdown(["what", "median", "bound"], rows) + "".join(f"\n{machine}\n" for machine in machines)


def device() -> str:
    """What has a bound, MixViT's steps, and what was compiled; and the machine."""
    record = recorded("device")
    rows = [
        [each["name"], _value(each), f"{_limit(each)}{'' if _kept(each) else ', missed'}"]
        for each in record["figures"]
        if each["bound"] or "MixViT step" in each["name"] or "compiled" in each["name"]
    ]
    return in_markdown(["what", "median", "bound"], rows) + f"\n{record['device']}; torch {record['versions']['torch']}.\n"


def _kept(figure: Mapping[str, Any]) -> bool:
    sign, limit = figure["bound"] or ("<=", float("inf"))
    return bool(figure["value"] <= limit if sign == "<=" else figure["value"] >= limit)


def pilot() -> str:
    """What a network alone reached on the images that it saw and on others, of each candidate that was tried."""
    rows = [
        [
            scale, str(each["labels"]), f"{each['image_size']}", each["network"], f"{each['steps']:,}", f"{each['seen']:.1f}",
            f"{each['unseen']:.1f}", f"{each['gap']:.1f}", f"{each['seconds']:.0f}",
        ]
        for scale, found in recorded("pilot").items()
        for each in found.values()
    ]  # fmt: skip
    heading = ["scale", "images", "px", "network", "steps", "seen %", "unseen %", "gap", "seconds"]
    return in_markdown(heading, rows)


def faults() -> str:
    """What was tried in the last full run of the fault suite, what became of it how often, and on which commit."""
    parts = recorded("faults").values()
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
