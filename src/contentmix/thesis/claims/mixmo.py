"""Claims on MixMo's main results: CIFAR, corruptions, Tiny ImageNet, and networks of every width."""

from __future__ import annotations

from contentmix.studies.claim import Claim

_MAIN, _LAST = "section 3.3.4.2, table 3.1", "section A.1.3.2, table A.12"
_TINY, _WIDE = "section 3.3.6, table 3.5", "section 3.3.4.2, figure 3.5"
_TOGETHER = "section A.5.5, table A.17"
# What is better in a figure is higher or lower.
_BETTER = {"top1": False, "corrupted_top1": False, "nll_c": True, "nll": True, "ece": True}


def _better(text: str, source: str, figure: str, row: str, than: str) -> Claim:
    higher, lower = (than, row) if _BETTER[figure] else (row, than)
    return Claim(text, source, figure, higher, lower)


MAIN = (
    *(
        _better(f"Cut-MixMo surpasses {name}, b = 4: {data}", _MAIN, figure, f"cut-mixmo-b4-{data}", f"{row}-b4-{data}")
        for data in ("cifar100", "cifar10")
        for name, row in (("our Linear-MixMo", "linear-mixmo"), ("MIMO", "mimo"))
        for figure in ("top1", "nll_c")
    ),
    *(
        _better(
            f"With b = 2 Cut-MixMo proves better on its own than {name}",
            _MAIN, figure, "cut-mixmo-b2-cifar100", f"{row}-cifar100",
        )
        for name, row in (
            ("traditional DE", "vanilla-2nets"), ("MixUp", "mixup"), ("Manifold MixUp", "manifold-mixup"),
            ("the stronger CutMix variant", "cutmix"),
        )
        for figure in ("top1", "nll_c")
    ),
    *(
        _better(
            f"Cut-MixMo sets a new state of the art when combined with CutMix: {data}",
            _MAIN, "nll_c", f"cut-mixmo+cutmix-b4-{data}", f"cut-mixmo-b4-{data}",
        )
        for data in ("cifar100", "cifar10")
    ),
    Claim(
        "The costlier batch augmented Mixup BA edges it out in top-1 on CIFAR-10",
        _MAIN, "top1", "mixup-ba-cifar10", "cut-mixmo+cutmix-b4-cifar10",
    ),
)  # fmt: skip
LAST = tuple(
    claim
    for data in ("cifar100", "cifar10")
    for claim in (
        *(
            _better(
                f"NLL leads to similar conclusions as NLL_c, Cut-MixMo and Linear-MixMo: {data}",
                _LAST, figure, f"cut-mixmo-b4-{data}", f"linear-mixmo-b4-{data}",
            )
            for figure in ("nll", "nll_c")
        ),
        _better(f"MixMo reduces ECE: {data}", _LAST, "ece", f"cut-mixmo-b4-{data}", f"vanilla-{data}"),
        _better(
            f"Combining ensembling and data augmentation improves calibration: {data}",
            _LAST, "ece", f"cut-mixmo+cutmix-b4-{data}", f"cutmix-{data}",
        ),
    )
)  # fmt: skip
ROBUSTNESS = tuple(
    _better(
        f"Cut-MixMo best complements AugMix: {row}",
        "section 3.3.4.3, table 3.2", "corrupted_top1", "cut-mixmo-b4-augmix", row,
    )
    for row in ("vanilla-augmix", "vanilla-augmix-2nets", "linear-mixmo-b4-augmix")
)  # fmt: skip
TINY_IMAGENET = (
    Claim(
        "With w = 1, the network is not sufficiently parametrized for MixMo's advantages",
        _TINY, "top1", "cutmix-w1", "cut-mixmo-b4-w1",
    ),
    *(
        _better("With w = 2, Cut-MixMo is better than CutMix", _TINY, figure, "cut-mixmo-b4-w2", "cutmix-w2")
        for figure in ("top1", "nll_c")
    ),
    Claim(
        "Cut-MixMo performs worse than DE with 3 networks for width 1",
        _TINY, "top1", "vanilla-3nets-w1", "cut-mixmo-b4-w1",
    ),
    Claim(
        "Cut-MixMo performs better than DE with 3 networks for width 3",
        _TINY, "top1", "cut-mixmo-b4-w3", "vanilla-3nets-w3",
    ),
    *(
        _better(
            "Cut-MixMo with w = 2 performs better than DE with 4 networks of w = 1",
            _TINY, figure, "cut-mixmo-b4-w2", "vanilla-4nets-w1",
        )
        for figure in ("top1", "nll_c")
    ),
)  # fmt: skip

WIDTHS = (
    Claim(
        "MixMo performs worse than a single network with narrow models",
        "section 3.3.7", "top1", "vanilla-w2", "cut-mixmo-w2",
    ),
    *(
        _better(
            f"Cut-MixMo + CutMix surpasses DE + CutMix: w = {w}",
            _WIDE, figure, f"cut-mixmo+cutmix-w{w}", f"cutmix-2nets-w{w}",
        )
        for figure, widths in (("nll_c", (5, 7, 10, 14)), ("top1", (10, 14)))
        for w in widths
    ),
    *(
        _better(
            f"Cut-MixMo, even without CutMix, significantly better estimates uncertainty than Linear-MixMo + CutMix: w = {w}",
            _WIDE, "nll_c", f"cut-mixmo-w{w}", f"linear-mixmo+cutmix-w{w}",
        )
        for w in (4, 5, 7, 10, 14)
    ),
    *(
        _better(
            f"Cut-MixMo performs better in top-1 with CutMix than Linear-MixMo + CutMix for w >= 4: w = {w}",
            _WIDE, "top1", f"cut-mixmo+cutmix-w{w}", f"linear-mixmo+cutmix-w{w}",
        )
        for w in (4, 5, 7, 10, 14)
    ),
)  # fmt: skip
TOGETHER = tuple(
    _better(
        f"MixMo improves the ensembling of large networks{text}: w = 10 and 7",
        _TOGETHER,
        figure,
        f"{row}-w10",
        f"{row}-w7",
    )
    for text, row in (("", "cut-mixmo-2nets"), (", with CutMix", "cut-mixmo+cutmix-2nets"))
    for figure in ("top1", "nll_c")
)
SPLIT = (
    _better(
        "5 vanilla WRN-28-3 do better than a single vanilla WRN-28-7",
        "section 3.3.4.4, figure 3.6", "nll_c", "vanilla-5nets-w3", "vanilla-w7",
    ),
    _better(
        "Cut-MixMo challenges this: the single WRN-28-7 does better",
        "section 3.3.4.4, figure 3.6", "nll_c", "cut-mixmo-w7", "cut-mixmo-5nets-w3",
    ),
)  # fmt: skip
SPLIT_CUTMIX = (
    _better(
        "A single network performs worse than several medium-size networks, even with CutMix: w = 7, 5 of w = 3",
        "section A.5.5, figure A.6", "nll_c", "cutmix-5nets-w3", "cutmix-w7",
    ),
    _better(
        "Cut-MixMo challenges this: the single WRN-28-7 does better",
        "section A.5.5, figure A.6", "nll_c", "cut-mixmo+cutmix-w7", "cut-mixmo+cutmix-5nets-w3",
    ),
)  # fmt: skip
_ACTIVE = {
    threshold: tuple(
        Claim(
            f"Cut-MixMo has more strongly active filters than {name}: w = {w}",
            source, f"activity_{threshold}", f"cut-mixmo-w{w}", f"{name}-w{w}",
        )
        for name in ("vanilla", "cutmix")
        for w in (2, 3, 4, 5, 7, 10, 14)
    )
    for threshold, source in (("0.4", "section 3.3.3, figure 3.4b"), ("0.2", "section A.5.4, table A.16"))
}  # fmt: skip

CLAIMS_OF_MIXMO = {
    "3.1": MAIN,
    "A.12": LAST,
    "3.2": ROBUSTNESS,
    "3.5": TINY_IMAGENET,
    "figure-3.5": WIDTHS,
    "figure-3.6": SPLIT,
    "figure-A.6": SPLIT_CUTMIX,
    "A.17": (*WIDTHS, *TOGETHER),
    "figure-3.4": _ACTIVE["0.4"],
    "A.16": _ACTIVE["0.2"],
}
