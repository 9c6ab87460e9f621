"""Tables 2.1 and 2.3a: gains of SAMOSA over the method that it is added to, with few labels."""

from __future__ import annotations

from contentmix.studies.study import Row
from contentmix.thesis.table import table
from contentmix.thesis.tables.settings import (
    MIXMATCH_NETWORK,
    NO_HYBRIDS,
    NOTHING_BESIDE,
    SCALE,
    samosa,
    setting,
)

# Purely supervised, Mean Teacher, SAMOSA with it, MixMatch, SAMOSA with that.
_SAMOSA = {
    250: ("27.8 ± 0.9", "61.3 ± 3.3", "68.1 ± 3.3", "82.4 ± 0.4", "84.1 ± 2.2"),
    500: ("35.4 ± 1.9", "76.4 ± 3.1", "82.4 ± 1.3", "86.8 ± 0.2", "89.4 ± 0.8"),
    1000: ("43.5 ± 2.4", "87.6 ± 0.3", "88.7 ± 0.3", "90.4 ± 0.1", "90.7 ± 0.3"),
}


def _samosa_rows(labels: int, printed: tuple[str, ...]) -> tuple[Row, ...]:
    lower, teacher, hybrids, mixmatch, mixed = ({"top1": figure} for figure in printed)
    data = setting("cifar10", labels)
    # Batches of 250 and 250 where there are no more labels, the learning rate being one (A.1.1).
    batch = {"batch_size": 250, "lr": 0.002} if labels == 250 else {}
    mix = {**data, "network": MIXMATCH_NETWORK, **batch}
    return (
        Row(f"supervised-{labels}", "supervised", {**data, "epochs": 300}, lower),
        # "The same procedure (3 training cycles) but with no reconstruction regularizer, and no artificial samples".
        Row(f"mean-teacher-{labels}", "samosa", samosa("cifar10", labels, **NOTHING_BESIDE), teacher),
        Row(f"samosa-mean-teacher-{labels}", "samosa", samosa("cifar10", labels), hybrids),
        Row(f"mixmatch-{labels}", "mixmatch", mix, mixmatch),
        Row(f"samosa-mixmatch-{labels}", "samosa", {**mix, "base": "mixmatch"}, mixed),
    )


SAMOSA = table(
    "2.1",
    "Gains from SAMOSA on CIFAR-10",
    tuple(row for labels, printed in _SAMOSA.items() for row in _samosa_rows(labels, printed)),
    SCALE,
)

IN_CLASS_A = table(
    "2.3a",
    "Gains from in-class mixing: SAMOSA on CIFAR-10, 500 labels",
    (
        SAMOSA.row("mean-teacher-500"),
        Row("samosa-no-hybrids-500", "samosa", samosa("cifar10", 500, **NO_HYBRIDS), {"top1": "82.1 ± 1.5"}),
        SAMOSA.row("samosa-mean-teacher-500"),
    ),
    SCALE,
    runs_of="2.1",
)
TABLES_OF_SAMOSA = (SAMOSA, IN_CLASS_A)
