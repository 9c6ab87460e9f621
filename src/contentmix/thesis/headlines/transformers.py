"""Headlines of chapter 4: several subnetworks in one vision transformer."""

from __future__ import annotations

from typing import Any

from contentmix.studies.claim import Claim
from contentmix.studies.study import Row
from contentmix.thesis.tables import TABLES

DATA = "transformers"  # what stands for the data of a scale
# Without mixing and batch augmentation (table 4.4), and with mixing.
_PLAIN: dict[str, Any] = {"data": DATA, "mix": "none", "label_smoothing": 0.0, "batch_augmentations": 1}
_MSDA: dict[str, Any] = {**_PLAIN, "mix": "cutmix-mixup", "label_smoothing": 0.1}
_NAIVE: dict[str, Any] = {**_PLAIN, "batch_repetition": 1}
_MIXMO: dict[str, Any] = {**_NAIVE, "r": 1.0}


def _printed(row: str) -> dict[str, str]:
    return TABLES["4.4"].row(row).expected


ROWS = (
    Row("transformer", "supervised", _PLAIN, _printed("single")),
    Row("transformer-msda", "supervised", _MSDA, _printed("single-msda")),
    Row("naive-mimo", "mimo", _NAIVE),
    Row("naive-mixmo", "cut-mixmo", _MIXMO),
    Row("naive-mixmo-separate", "cut-mixmo", {**_MIXMO, "inference": "separate"}, trained_as="naive-mixmo"),
    Row("mixvit", "mixvit", {**_PLAIN, "attribution": "embedding"}, _printed("mixvit-embedding")),
    Row("mixvit-msda", "mixvit", {**_MSDA, "attribution": "embedding"}, _printed("mixvit-embedding-msda")),
    Row("mixvit-no-attribution", "mixvit", {**_PLAIN, "attribution": "none"}),
)


def _ablation(text: str, section: str, table: str, rows: tuple[str, str], printed: tuple[str, str]) -> Claim:
    """A claim on accuracy with the figures of rows of its table, whose networks were trained with mixing."""
    first, second = (TABLES[table].row(row).expected["top1"] for row in printed)
    return Claim(text, f"section {section}, table {table}", "top1", *rows, expected=(first, second))


_RESULTS = "section 4.4.3, table 4.4"
CLAIMS = (
    _ablation(
        "MIMO as it is falls behind the transformer alone", "4.3.1.2", "4.1",
        ("transformer", "naive-mimo"), ("single", "mimo-sum"),
    ),
    _ablation(
        "MixMo as it is falls behind the transformer alone", "4.3.1.2", "4.1",
        ("transformer", "naive-mixmo"), ("single", "mixmo-sum"),
    ),
    _ablation(
        "Separate inference improves the same networks", "4.3.1.2", "4.1",
        ("naive-mixmo-separate", "naive-mixmo"), ("mixmo-separate", "mixmo-sum"),
    ),
    Claim("MixViT improves the transformer alone: accuracy", _RESULTS, "top1", "mixvit", "transformer"),
    Claim("MixViT improves the transformer alone: likelihood", _RESULTS, "nll_c", "transformer", "mixvit"),
    Claim("MixViT improves the transformer with mixed inputs", _RESULTS, "top1", "mixvit-msda", "transformer-msda"),
    _ablation(
        "MixViT needs source attribution", "4.4.4", "4.6",
        ("mixvit", "mixvit-no-attribution"), ("mixvit-embedding", "no-attribution"),
    ),
)  # fmt: skip
