"""``python -m benchmarks [NAME...]``: measure and print; without names measure all and write docs/records/benchmarks.json."""

import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from benchmarks import analysis, masks, memory, pipeline, startup, steps
from benchmarks.timing import Measurement
from contentmix.experiments.provenance import commit, versions

BENCHMARKS: dict[str, Callable[[], list[Measurement]]] = {
    "startup": startup.startup,
    "pipeline": pipeline.pipeline,
    "masks": masks.masks,
    "methods": steps.methods,
    "layouts": steps.layouts,
    "trainer": steps.trainer,
    "memory": memory.memory,
    "analysis": analysis.analysis,
}
RECORD = Path("docs/records/benchmarks.json")


def main(names: Sequence[str]) -> int:
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        print(f"unknown benchmark {', '.join(unknown)} (valid: {', '.join(BENCHMARKS)})", file=sys.stderr)
        return 2
    found: dict[str, list[Measurement]] = {}
    for name in names or BENCHMARKS:
        found[name] = BENCHMARKS[name]()
        Console().print(table(name, found[name]))
    if not names:
        record = {"machine": machine(), "versions": versions(), "commit": commit()}
        figures = {name: [asdict(each) for each in measurements] for name, measurements in found.items()}
        RECORD.write_text(json.dumps({**record, "figures": figures}, indent=2) + "\n")
    missed = [each.name for measurements in found.values() for each in measurements if not each.holds]
    if missed:
        print(f"missed: {'; '.join(missed)}", file=sys.stderr)
    return bool(missed)


def machine() -> dict[str, object]:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
    }


def table(name: str, measurements: list[Measurement]) -> Table:
    rows = Table(name, "", "bound")
    for each in measurements:
        bound = "" if each.bound is None else f"{each.bound[0]} {each.bound[1]:g}{'' if each.holds else '  MISSED'}"
        rows.add_row(each.name, f"{each.value:.4g} {each.unit}", bound)
    return rows


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
