"""Tables 3.1 and A.12: MixMo's main results on CIFAR.

Lines that the thesis quotes from others are here where this package has their method.
"""

from __future__ import annotations

from contentmix.studies.study import Scale
from contentmix.thesis.table import table
from contentmix.thesis.tables.lines import rows

_CIFAR_100 = """
vanilla                81.63 95.49 73.9
mixup                  83.44 95.92 65.7
manifold-mixup         81.96 95.51 73.4
cutmix                 84.05 96.09 64.8
resizemix              84.31 -     -
mixup-ba               84.30 -     -
vanilla-2nets          83.17 96.37 66.4
cutmix-2nets           85.74 96.82 57.1
mimo-b2                82.40 95.78 68.8
linear-mixmo-b2        82.54 95.99 67.6
linear-mixmo+cutmix-b2 84.69 97.12 57.2
cut-mixmo-b2           84.38 96.94 56.3
cut-mixmo+cutmix-b2    85.18 97.20 54.5
mimo-b4                83.06 96.23 66.1
linear-mixmo-b4        83.08 96.26 65.6
linear-mixmo+cutmix-b4 85.47 97.04 55.8
cut-mixmo-b4           85.40 97.22 53.5
cut-mixmo+cutmix-b4    85.77 97.42 52.4
"""
_CIFAR_10 = """
vanilla                96.34 12.6
mixup                  97.07 11.2
manifold-mixup         97.45 12.2
cutmix                 97.23 9.9
resizemix              97.60 -
mixup-ba               97.80 -
vanilla-2nets          96.67 11.1
cutmix-2nets           97.52 8.6
mimo-b2                96.38 12.1
linear-mixmo-b2        96.56 11.4
linear-mixmo+cutmix-b2 97.32 9.4
cut-mixmo-b2           97.31 8.9
cut-mixmo+cutmix-b2    97.45 8.4
mimo-b4                96.74 11.4
linear-mixmo-b4        96.91 10.8
linear-mixmo+cutmix-b4 97.68 8.7
cut-mixmo-b4           97.51 8.1
cut-mixmo+cutmix-b4    97.73 7.9
"""
_LAST_100 = """
vanilla                81.47 95.57 73.6 76.2 6.47
mixup                  83.15 95.75 66.3 67.3 1.62
cutmix                 83.74 96.18 65.4 66.1 4.95
vanilla-2nets          83.15 96.30 66.0 67.2 5.15
cutmix-2nets           85.46 96.90 57.4 57.5 3.62
mimo-b2                82.04 95.75 69.1 72.4 6.32
linear-mixmo-b2        81.88 95.97 67.8 70.3 6.20
linear-mixmo+cutmix-b2 84.55 96.95 57.4 57.5 2.54
cut-mixmo-b2           84.07 96.97 56.6 57.9 4.19
cut-mixmo+cutmix-b2    85.17 97.28 54.4 54.5 2.13
mimo-b4                82.74 95.90 67.0 74.0 7.56
linear-mixmo-b4        82.53 96.08 65.8 68.5 6.64
linear-mixmo+cutmix-b4 85.24 96.97 56.3 56.4 3.53
cut-mixmo-b4           85.32 97.12 53.6 54.8 4.53
cut-mixmo+cutmix-b4    85.59 97.33 53.2 53.3 1.95
"""
_LAST_10 = """
vanilla                96.31 12.5 14.1 1.95
mixup                  97.00 11.3 11.5 0.97
cutmix                 97.21 9.7  10.8 1.51
vanilla-2nets          96.58 11.1 12.2 1.82
cutmix-2nets           97.51 8.7  9.0  1.16
mimo-b2                96.33 12.1 13.4 1.89
linear-mixmo-b2        96.55 11.4 12.5 1.67
linear-mixmo+cutmix-b2 97.34 8.9  9.3  1.34
cut-mixmo-b2           97.26 8.7  9.1  0.98
cut-mixmo+cutmix-b2    97.33 8.5  8.6  0.88
mimo-b4                96.66 11.5 13.6 1.98
linear-mixmo-b4        96.78 10.8 11.8 1.80
linear-mixmo+cutmix-b4 97.53 8.8  8.6  1.19
cut-mixmo-b4           97.42 8.1  8.4  1.15
cut-mixmo+cutmix-b4    97.70 8.0  8.2  0.98
"""
_SCALE = Scale({"network": "wrn-28-10", "batch_size": 64, "epochs": 300, "select": "test"})
_UNITS = ("nll_c", "nll", "ece")  # printed in hundredths
MAIN = table(
    "3.1",
    "Main results of MixMo on CIFAR-100 and CIFAR-10",
    (
        *rows("top1 top5 nll_c", _CIFAR_100, _UNITS, "-cifar100", data="cifar100"),
        *rows("top1 nll_c", _CIFAR_10, _UNITS, "-cifar10", data="cifar10"),
    ),
    _SCALE,
)
LAST = table(
    "A.12",
    "MixMo on CIFAR without early stopping: the last epoch",
    (
        *rows("top1 top5 nll_c nll ece", _LAST_100, _UNITS, "-cifar100", data="cifar100"),
        *rows("top1 nll_c nll ece", _LAST_10, _UNITS, "-cifar10", data="cifar10"),
    ),
    _SCALE,
    runs_of="3.1",
    checkpoint="last",
)

TABLES_OF_CIFAR = (MAIN, LAST)
