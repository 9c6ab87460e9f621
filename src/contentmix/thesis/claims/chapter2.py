"""Claims of chapter 2 and its appendix: SAMOSA and SciMix."""

from __future__ import annotations

from contentmix.studies.claim import Claim

_SAMOSA, _SCIMIX = "section 2.5.1.1, table 2.1", "section 2.5.1.2, table 2.2"
_COMPARED, _VARIANTS = "section 2.5.3.1, table 2.5", "section A.4.2, table A.14"
_USES = "section A.4.3, table A.15"

SAMOSA = tuple(
    Claim(f"SAMOSA improves performance when added to {name}: {labels} labels", _SAMOSA, "top1", f"samosa-{base}", base)
    for labels in (250, 500, 1000)
    for name, base in (("Mean Teacher", f"mean-teacher-{labels}"), ("MixMatch", f"mixmatch-{labels}"))
)
SCIMIX = (
    *(
        Claim(
            f"SciMix hybrids lead to significant accuracy gains with a Mean Teacher classifier: {data}, {labels} labels",
            _SCIMIX, "top1", f"scimix-{data}-{labels}", f"mean-teacher-{data}-{labels}",
        )
        for data, labels in (("cifar10", 100), ("cifar10", 250), ("cifar10", 500), ("svhn", 60), ("svhn", 100))
    ),
    *(
        Claim(
            f"Improvements over FixMatch on very low labeled settings: {data}, {labels} labels",
            _SCIMIX, "top1", f"scimix-fixmatch-{data}-{labels}", f"fixmatch-{data}-{labels}",
        )
        for data, labels in (("cifar10", 100), ("svhn", 60))
    ),
)  # fmt: skip
IN_CLASS_A = (
    Claim(
        "The classifier already implicitly benefits from the regularization by the generative framework",
        "section 2.5.2.2, table 2.3a", "top1", "samosa-no-hybrids-500", "mean-teacher-500",
    ),
)  # fmt: skip
IN_CLASS_B = (
    Claim(
        "The auxiliary classifier provides stronger performance than a standard Mean Teacher algorithm",
        "section A.4.1, table 2.3b", "top1", "generator-svhn-60", "mean-teacher-svhn-60",
    ),
    Claim(
        "A new classifier from scratch leads to much more reliable improvements",
        "section 2.5.2.2, table 2.3b", "top1", "scimix-svhn-60", "scimix-of-guide-svhn-60",
    ),
)  # fmt: skip
COMPARABLE = tuple(
    Claim(f"Gains from {name}: {labels} labels", "section 2.5.2.3, table 2.4", "top1", *rows)
    for labels in (250, 500)
    for name, rows in (
        ("SAMOSA", (f"samosa-1-cycle-{labels}", f"mean-teacher-1-cycle-{labels}")),
        ("SciMix", (f"scimix-cifar10-{labels}", f"mean-teacher-cifar10-{labels}")),
    )
)
_OWN = "generator-svhn-250"
TRANSFER = tuple(
    Claim(f"SciMix compares favorably to {name}: {text}", _COMPARED, figure, _OWN, row, lower_figure=f"{kind}{figure}")
    for text, figure in (("semantic transfer", "s_c"), ("non-semantic preservation", "s_r"))
    for name, row, kind in (("FDA", _OWN, "fda_"), ("AdaIN", "adain", ""), ("MixUp", _OWN, "mixup_"))
)
MIXTURES = tuple(
    Claim(
        f"SciMix mostly outperforms {name}: {data}, {labels} labels",
        "section 2.5.3.2, table 2.6", "top1", f"scimix-{data}-{labels}", f"{row}-{data}-{labels}",
    )
    for data, labels in (("cifar10", 250), ("svhn", 60))
    for name, row in (("MixUp", "mixup"), ("CutMix", "cutmix"), ("Mean Teacher", "mean-teacher"))
)  # fmt: skip
BIRDS = tuple(
    Claim(
        f"SciMix data augmentation improves supervised models: {size} px",
        "section 2.5.4, table 2.7", "top1", f"scimix-{size}", f"supervised-{size}",
    )
    for size in (64, 96)
)  # fmt: skip
SEPARATION = tuple(
    Claim(
        f"Hybrids mostly inherit the class of their semantic parent, not that of the other: {data}",
        "section A.3.2, table A.13",
        "s_c",
        row,
        row,
        "given_to_context",
    )
    for data, row in (
        ("CIFAR-10", "samosa-cifar10-1000"),
        ("SVHN", "samosa-svhn-250"),
        ("MNIST-M", "samosa-mnist-m-100"),
    )
)
_FULL = "generator-svhn-60"
VARIANTS = (
    Claim(
        "Without explicit hybridization optimization, the model fails to transfer semantic characteristics",
        _VARIANTS, "s_c", _FULL, "generator-no-hybrids-svhn-60",
    ),
    Claim(
        "The model does transfer semantic content with only the positive terms",
        _VARIANTS, "s_c", "generator-basic-svhn-60", "generator-no-hybrids-svhn-60",
    ),
    Claim(
        "Orthogonalization leads to a better augmentation procedure",
        _VARIANTS, "top1", "scimix-svhn-60", "scimix-basic-svhn-60",
    ),
    *(
        Claim(
            f"Not freezing the projection heads can be felt in both transfer rates: {figure}",
            _VARIANTS, figure, _FULL, "generator-unfrozen-svhn-60",
        )
        for figure in ("s_c", "s_r")
    ),
    Claim(
        "z_r as a global style code leads to a very poor correspondence of hybrids to their non-semantic parents",
        _VARIANTS, "s_r", _FULL, "generator-flipped-svhn-60",
    ),
    *(
        Claim(
            f"The full setup makes the best classifier: {name}",
            "table A.14", "top1", "scimix-svhn-60", f"scimix-{name}-svhn-60",
        )
        for name in ("flipped", "no-hybrids", "unfrozen")
    ),
)  # fmt: skip
EXPLOITATION = (
    *(
        Claim(
            f"The best results are obtained with contradict: {name}",
            _USES, "top1", "scimix-svhn-60", f"scimix-{name}-svhn-60",
        )
        for name in ("labeled", "pseudo-label", "consistency")
    ),
    *(
        Claim(f"Outperforms the baseline method: {name}", _USES, "top1", row, "mean-teacher-svhn-60")
        for name, row in (
            ("contradict", "scimix-svhn-60"),
            ("pseudo-label", "scimix-pseudo-label-svhn-60"),
            ("consistency", "scimix-consistency-svhn-60"),
        )
    ),
    Claim("Failure of the labeled loss", _USES, "top1", "mean-teacher-svhn-60", "scimix-labeled-svhn-60"),
)  # fmt: skip

CLAIMS_OF_CHAPTER_2 = {
    "2.1": SAMOSA,
    "2.2": SCIMIX,
    "2.3a": IN_CLASS_A,
    "2.3b": IN_CLASS_B,
    "2.4": COMPARABLE,
    "2.5": TRANSFER,
    "2.6": MIXTURES,
    "2.7": BIRDS,
    "A.13": SEPARATION,
    "A.14": VARIANTS,
    "A.15": EXPLOITATION,
}
