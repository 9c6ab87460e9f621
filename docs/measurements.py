"""Tables of what was measured of the program itself, its speed and what it survives, from docs/records."""

import json
from collections.abc import Callable, Mapping
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


# Groups that say what a method costs, and what of them does not; the record has the rest.
COSTS = ("pipeline", "masks", "methods", "layouts", "trainer", "memory", "few-labels", "transformers", "hybrids")
LEFT_OUT = ("update of the average", "modulated convolution", "CaiT-XXS-24, forward:", "first compiled step")


def benchmarks() -> str:
    """What has a bound in the groups of ``COSTS``, of the masks the slowest one, and the layouts; and the machines."""
    rows, machines = [], []
    record = recorded("benchmarks")
    for name in COSTS:
        group = record[name]
        software = ", ".join(f"{each} {group['versions'][each]}" for each in ("python", "torch", "torchvision"))
        machine = f"{group['machine']['cpu']}, {software}."
        if machine not in machines:
            machines.append(machine)
        figures = [each for each in group["figures"] if each["bound"] or name == "layouts"]
        if name == "masks":
            figures = [max(figures, key=lambda each: float(each["value"]))]
        rows += [
            [each["name"], _value(each), _limit(each)] for each in figures if not each["name"].startswith(LEFT_OUT)
        ]
    return in_markdown(["what", "median", "bound"], rows) + "".join(f"\n{machine}\n" for machine in machines)


def device() -> str:
    """In less than full precision: steps a second, what two inputs and the trainer add, how busy the card is; bounds missed."""
    record = recorded("device")
    found = {each["name"]: each for each in record["figures"]}
    kinds = [name.removesuffix(", vanilla") for name in found if name.endswith(", vanilla") and ", 32," not in name]
    rows = []
    for kind in kinds:
        several = f"{kind}, Cut-MixMo step / vanilla", f"{kind}, MixViT step / vanilla"
        cells = (
            found[f"{kind}, vanilla"],
            found.get(several[0], found.get(several[1])),
            found.get(f"{kind}, step in the trainer / bare loop"),
            found.get(f"{kind}, vanilla: device busy"),
        )
        rows.append([kind, *map(_judged, cells)])
    heading = ["network", "steps/s", "two inputs / one", "trainer / bare loop", "device busy %"]
    return in_markdown(heading, rows) + f"\n{record['device']}; torch {record['versions']['torch']}.\n"


def _judged(figure: Mapping[str, Any] | None) -> str:
    if figure is None:
        return "-"
    value = f"{figure['value']:.3g}"
    sign, limit = figure["bound"] or ("<=", float("inf"))
    kept = figure["value"] <= limit if sign == "<=" else figure["value"] >= limit
    return value if kept else f"{value} (missed: {sign} {limit:g})"


def pilot(*, of: Callable[[Any], bool]) -> str:
    """What a network alone reached on the images that it saw and on others, of each candidate with these options."""
    rows = [
        [
            f"{each['labels']:,}", f"{each['image_size']} px", each["network"], f"{each['steps']:,}",
            *(f"{each[name]:.1f}" for name in ("seen", "unseen", "gap")),
        ]
        for scale in recorded("pilot").values()
        for each in scale.values()
        if of(each)
    ]  # fmt: skip
    return in_markdown(["images", "of", "network", "steps", "seen %", "unseen %", "gap"], rows)


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


_PHOTOS = {"grey": "grey, 28 px", "colour": "in colour, 64 to 96 px"}


def own_photos() -> str:
    """Of each default command on photos: the time that it told and took, its memory, and what it has learnt."""
    rows = [
        [
            _PHOTOS[kind], method, f"{each['told']:.1f}", f"{each['took']:.1f}", f"{each['memory']:.1f}", each["network"],
            f"{each['steps']:,}", f"{each['test']:.1f}",
        ]
        for group, each in recorded("own-photos").items()
        for kind, method in [group.split(":")]
        if method != "tuned"
    ]  # fmt: skip
    heading = ["photos", "method", "told, min", "took, min", "memory, GB", "network", "steps", "top-1 %"]
    return in_markdown(heading, rows)


def tuned_photos() -> str:
    """The default and other rates and lengths of its network, on photos to choose by and on test photos."""
    rows = [
        [_PHOTOS[kind], recipe, f"{each['steps']:,}", f"{each['choose']:.1f}", f"{each['test']:.1f}"]
        for group, found in recorded("own-photos").items()
        for kind, method in [group.split(":")]
        if method == "tuned"
        for recipe, each in found.items()
    ]
    return in_markdown(["photos", "recipe", "steps", "to choose by %", "test %"], rows)
