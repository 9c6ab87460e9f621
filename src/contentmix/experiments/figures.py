"""All figures of a finished run by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from contentmix.experiments.measures import CORRUPTIONS, HYBRIDS
from contentmix.report import load_record, load_usage


def figures(run: Path, checkpoint: str | None = None) -> dict[str, float]:
    """Every figure of a run by name, as ``printed`` of a ``Row`` calls them.

    Those of the evaluation, as the record calls them; ``sharing`` of the output block and ``activity_0.4`` of the filters, in
    percent; of hybrids ``s_c``, ``s_r`` and so on, and ``mixup_s_c``, ``fda_s_c`` of those that they are compared with;
    ``corrupted_top1`` and so on, means over corruptions.

    Args:
        run: its folder.
        checkpoint: whose evaluation, ``last`` or ``best``, where the run has it (default: that of its model).
    """
    record = load_record(run)
    chosen = [each for each in record.evaluations if each.checkpoint == checkpoint] or [record.final]
    found: dict[str, Any] = {**vars(chosen[-1])}
    usage = load_usage(run)
    if usage is not None:
        found |= {f"activity_{threshold}": 100 * share for threshold, share in usage.activity.items()}
        found |= {"sharing": 100 * usage.blocks[-1].sharing} if usage.blocks else {}
    if (run / HYBRIDS).exists():
        quality = json.loads((run / HYBRIDS).read_text())
        for kind, prefix in (("hybrids", ""), ("mixup", "mixup_"), ("fda", "fda_")):
            found |= {f"{prefix}{name}": value for name, value in quality[kind].items()}
    if (run / CORRUPTIONS).exists():
        means = json.loads((run / CORRUPTIONS).read_text())["mean"]
        found |= {f"corrupted_{name}": value for name, value in means.items()}
    return {name: value for name, value in found.items() if isinstance(value, int | float)}
