"""The measured quality of a run's hybrids: ``quality.json`` in its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contentmix.errors import DataError
from contentmix.report.read_json import read_json

QUALITY = "quality.json"
# Figure and heading, in percent but for the ratios; one decimal each.
QUALITY_COLUMNS = {
    "s_c": "s_c",
    "given_to_context": "given to context",
    "accepted": "accepted",
    "s_r": "s_r",
    "s_r_code": "s_r in z_r",
    "distance_ratio": "d_c / d_r",
    "background": "background",
    "background_ratio": "d_c / d_r of backgrounds",
}
OWN = "hybrids"  # what the run's own generator makes; other entries are of hybrids it is compared with


def load_quality(run: Path) -> dict[str, dict[str, Any]]:
    """By kind of hybrid the figures of ``metrics.HybridQuality``; empty where none were measured.

    Entries that are no figures (who measured them, and how) are left out.

    Raises:
        DataError: the file cannot be read.
    """
    if not (run / QUALITY).is_file():
        return {}
    content = read_json(run / QUALITY, "a record of hybrid quality")
    found = {name: figures for name, figures in content.items() if isinstance(figures, dict)}
    for kind, figures in found.items():
        odd = [name for name, value in figures.items() if not (value is None or type(value) in (int, float))]
        if odd:
            raise DataError(
                f"{run / QUALITY} is not a record of hybrid quality: {odd[0]} of {kind} is {figures[odd[0]]!r}"
            )
    return found
