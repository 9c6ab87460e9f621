"""``python -m benchmarks [NAME...] [--record]``: measure, print, and where asked write docs/records/benchmarks.json.

What is compared is measured in one run; a group that is measured alone replaces its own part of the record. ``device``, which
needs an accelerator, is not among them: see ``benchmarks.device``.
"""

import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from benchmarks.timing import Measurement

# Groups, and the functions that measure them: imported one by one, so that one runs where another lacks what it needs.
BENCHMARKS = {
    "startup": "startup.startup",
    "pipeline": "pipeline.pipeline",
    "streaming": "streaming.streaming",
    "masks": "masks.masks",
    "methods": "steps.methods",
    "layouts": "steps.layouts",
    "trainer": "steps.trainer",
    "memory": "memory.memory",
    "analysis": "analysis.analysis",
    "few-labels": "few_labels.benchmark",
    "transformers": "transformers.benchmark",
    "hybrids": "hybrids.benchmark",
}
RECORD = Path("docs/records/benchmarks.json")


def main(words: Sequence[str]) -> int:
    if words[:1] == ["device"]:
        from benchmarks import device

        return device.main(list(words[1:]))
    from rich.console import Console

    from contentmix.runs.provenance import commit, versions

    names = [word for word in words if word != "--record"]
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        print(f"unknown benchmark {', '.join(unknown)} (valid: {', '.join(BENCHMARKS)})", file=sys.stderr)
        return 2
    found: dict[str, list[Measurement]] = {}
    for name in names or BENCHMARKS:
        module, function = BENCHMARKS[name].split(".")
        found[name] = getattr(import_module(f"benchmarks.{module}"), function)()
        Console().print(table(name, found[name]))
    if "--record" in words:
        record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
        source = {"machine": machine(), "versions": versions(), "commit": commit()}
        for name, measurements in found.items():
            record[name] = {**source, "figures": [asdict(each) for each in measurements]}
        RECORD.write_text(json.dumps(record, indent=2) + "\n")
    missed = [each.name for measurements in found.values() for each in measurements if not each.holds]
    if missed:
        print(f"missed: {'; '.join(missed)}", file=sys.stderr)
    return bool(missed)


def machine() -> dict[str, object]:
    import torch

    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
    }


def table(name: str, measurements: list[Measurement]):
    from rich.table import Table

    rows = Table(name, "", "bound")
    for each in measurements:
        bound = "" if each.bound is None else f"{each.bound[0]} {each.bound[1]:g}{'' if each.holds else '  MISSED'}"
        rows.add_row(each.name, f"{each.value:.4g} {each.unit}", bound)
    return rows


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
