"""Tables 3.2 and 3.5: MixMo under corruptions, and on Tiny ImageNet."""

from __future__ import annotations

from contentmix.studies.study import Scale
from contentmix.thesis.table import table
from contentmix.thesis.tables.lines import rows

_CORRUPTED = """
vanilla                52.2  73.7  2.50
vanilla-augmix         67.8  87.5  1.38
cutmix                 51.93 72.03 2.13
vanilla-2nets          53.8  74.9  2.27
vanilla-augmix-2nets   69.9  88.9  1.24
mimo-b4                53.6  74.9  2.66
linear-mixmo-b4        55.6  76.1  2.33
linear-mixmo-b4-augmix 70.4  89.4  1.22
cut-mixmo-b4           57.0  77.4  2.04
cut-mixmo-b4-augmix    71.1  89.5  1.16
"""
ROBUSTNESS = table(
    "3.2",
    "Robustness to the corruptions of CIFAR-100-C",
    rows("corrupted_top1 corrupted_top5 corrupted_nll", _CORRUPTED),
    Scale(
        {"data": "cifar100", "network": "wrn-28-10", "batch_size": 64, "epochs": 300, "select": "test"},
        corruptions="cifar-c",
    ),
)

# Top-1 and NLL_c of PreActResNet-18-w, by its width w.
_TINY_IMAGENET = {
    1: """
vanilla         62.56 1.53
mixup           63.74 1.62
manifold-mixup  58.70 1.92
cutmix          65.09 1.58
vanilla-2nets   65.53 1.39
vanilla-3nets   66.76 1.34
vanilla-4nets   67.51 1.31
linear-mixmo-b2 61.58 1.61
cut-mixmo-b2    63.78 1.48
linear-mixmo-b4 62.91 1.51
cut-mixmo-b4    64.44 1.48
""",
    2: """
vanilla         64.80 1.51
mixup           66.62 1.50
cutmix          67.76 1.33
vanilla-2nets   68.06 1.37
vanilla-3nets   69.05 1.29
vanilla-4nets   69.94 1.24
linear-mixmo-b2 66.62 1.41
cut-mixmo-b2    68.30 1.30
linear-mixmo-b4 67.03 1.41
cut-mixmo-b4    69.13 1.28
""",
    3: """
vanilla         65.78 1.53
mixup           67.27 1.51
cutmix          68.95 1.29
vanilla-2nets   68.38 1.36
vanilla-3nets   69.36 1.28
vanilla-4nets   69.72 1.26
linear-mixmo-b2 68.18 1.36
cut-mixmo-b2    69.89 1.26
linear-mixmo-b4 68.38 1.38
cut-mixmo-b4    70.24 1.19
""",
}
TINY_IMAGENET = table(
    "3.5",
    "MixMo on Tiny ImageNet",
    tuple(
        row
        for width, text in _TINY_IMAGENET.items()
        for row in rows("top1 nll_c", text, suffix=f"-w{width}", network=f"preactresnet18-{width}")
    ),
    Scale({"data": "tiny-imagenet", "batch_size": 100, "epochs": 1200, "select": "test"}),
)
TABLES_OF_MIXMO = (ROBUSTNESS, TINY_IMAGENET)
