"""Table A.17 and what is seen in its runs: networks of every width, alone and together."""

from __future__ import annotations

from dataclasses import replace

from contentmix.studies.study import Row, Scale, Study
from contentmix.thesis.table import numbered, table
from contentmix.thesis.tables.lines import mixed

_VARIANTS: dict[str, tuple[str, dict[str, object]]] = {
    "vanilla": ("supervised", {}),
    "cutmix": ("supervised", mixed("cutmix")),
    "linear-mixmo": ("linear-mixmo", {"batch_repetition": 4}),
    "linear-mixmo+cutmix": ("linear-mixmo", {"batch_repetition": 4, "cutmix_prob": 0.5}),
    "cut-mixmo": ("cut-mixmo", {"batch_repetition": 4}),
    "cut-mixmo+cutmix": ("cut-mixmo", {"batch_repetition": 4, "cutmix_prob": 0.5}),
}
_COLUMNS = (
    "vanilla", "cutmix", "vanilla-2nets", "cutmix-2nets", "linear-mixmo", "linear-mixmo+cutmix", "cut-mixmo",
    "cut-mixmo+cutmix", "cut-mixmo-2nets", "cut-mixmo+cutmix-2nets",
)  # fmt: skip
# Top-1 and NLL_c of each column, as printed.
_PRINTED = {
    2: (
        "76.44 78.06 79.16 80.81 75.82 76.36 75.66 75.17 76.98 76.11",
        "0.921 0.815 0.776 0.695 0.841 0.824 0.824 0.846 0.7661 0.798",
    ),
    3: (
        "77.95 80.70 80.85 83.14 78.51 80.74 79.81 79.85 80.78 81.20",
        "0.862 0.750 0.738 0.644 0.760 0.696 0.693 0.702 0.635 0.650",
    ),
    4: (
        "78.84 81.55 81.48 83.93 80.43 81.66 81.68 81.69 82.57 82.58",
        "0.824 0.711 0.711 0.609 0.712 0.656 0.646 0.635 0.590 0.588",
    ),
    5: (
        "79.75 82.55 82.18 84.60 80.95 83.06 83.11 83.34 83.97 84.31",
        "0.813 0.686 0.693 0.596 0.703 0.617 0.598 0.591 0.549 0.546",
    ),
    7: (
        "81.14 83.71 82.94 85.52 82.4 84.51 84.32 84.94 85.50 85.90",
        "0.764 0.648 0.673 0.573 0.675 0.581 0.562 0.543 0.516 0.498",
    ),
    10: (
        "81.63 84.05 83.17 85.74 83.08 85.47 85.40 85.77 86.04 86.63",
        "0.750 0.644 0.668 0.571 0.656 0.558 0.535 0.524 0.494 0.479",
    ),
    14: (
        "82.01 84.31 83.47 85.80 83.79 86.05 85.76 86.19 86.58 87.11",
        "0.730 0.645 0.656 0.569 0.648 0.545 0.527 0.518 0.488 0.473",
    ),
}


def _row(column: str, width: int, printed: dict[str, str]) -> Row:
    """One network, or a deep ensemble of ``N`` where the column ends in ``-Nnets``."""
    variant, _, nets = column.removesuffix("nets").rpartition("-") if column.endswith("nets") else (column, "", "1")
    method, options = _VARIANTS[variant]
    base = f"{variant}-w{width}" if nets != "1" else None
    return Row(f"{column}-w{width}", method, dict(options), printed, width=width, trained_as=base, nets=int(nets))


_ROWS = tuple(
    _row(column, width, {"top1": top1, "nll_c": nll_c})
    for width, (all_top1, all_nll_c) in _PRINTED.items()
    for column, top1, nll_c in zip(_COLUMNS, all_top1.split(), all_nll_c.split(), strict=True)
)
_CIFAR = Scale({"data": "cifar100", "network": "wrn-28-{width}", "batch_size": 64, "epochs": 300, "select": "test"})
WIDTHS = table("A.17", "Ensembles of N networks x M members over the network's width", _ROWS, _CIFAR)


def _alias(number: str, title: str, rows: tuple[Row, ...]) -> Study:
    """Another view of the runs of A.17."""
    return numbered(number, replace(WIDTHS, title=title, rows=rows, runs_of="A.17"))


# Activity of filters at t_a 0.2, 0.3, 0.4 and 0.5, as printed, by width.
_ACTIVE = {
    "vanilla": (
        "98.9 98.8 97.8 93.3", "97.3 96.4 93.2 87.5", "96.5 95.2 91.2 81.6", "95.1 91.7 85.7 73.3", "92.6 88.2 81.0 69.5",
        "87.8 80.4 71.5 57.3", "83.9 74.0 61.6 46.8",
    ),
    "cutmix": (
        "99.2 99.0 97.8 95.3", "98.7 98.5 97.2 93.4", "98.1 97.4 94.0 87.3", "97.0 96.1 90.7 80.6", "95.8 94.0 86.2 74.6",
        "93.5 88.4 81.3 67.0", "89.4 81.9 70.3 50.9",
    ),
    "cut-mixmo": (
        "100.0 100.0 99.4 97.3", "99.8 99.8 99.7 98.7", "99.7 99.7 99.6 98.7", "99.3 99.3 98.9 97.4", "98.9 98.8 98.0 95.2",
        "98.5 98.2 96.8 92.4", "97.5 96.3 93.1 82.6",
    ),
}  # fmt: skip
_ACTIVITY = tuple(
    replace(
        _row(
            variant,
            width,
            {f"activity_{t}": share for t, share in zip(("0.2", "0.3", "0.4", "0.5"), shares.split(), strict=True)},
        ),
        usage=True,
    )
    for variant, by_width in _ACTIVE.items()
    for width, shares in zip(_PRINTED, by_width, strict=True)
)


def _ensembles(*variants: str) -> tuple[Row, ...]:
    """One to five networks of each width."""
    columns = [column for name in variants for column in (name, *(f"{name}-{nets}nets" for nets in (2, 3, 4, 5)))]
    return tuple(_row(column, width, {}) for width in _PRINTED for column in columns)


TABLES_OF_WIDTHS = (
    _alias("figure-3.4", "Influence of MixMo on network utilization: encoders' channels, active filters", _ACTIVITY),
    _alias("figure-3.5", "Parameter efficiency of MixMo", _ROWS),
    _alias("figure-3.6", "Ensemble effectiveness", _ensembles("vanilla", "cut-mixmo")),
    _alias("A.16", "Proportion of active filters over the network's width", _ACTIVITY),
    WIDTHS,
    _alias("figure-A.6", "Ensemble effectiveness with CutMix", _ensembles("cutmix", "cut-mixmo+cutmix")),
)
