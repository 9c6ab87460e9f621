"""Claims of chapter 3 and its appendix on what makes MixMo work, and on MixShare."""

from __future__ import annotations

from contentmix.studies.claim import Claim

_BLOCK, _MORE = "section 3.3.5.2, table 3.3", "section 3.3.5.5, figure 3.10"
_SHARING, _VARIANTS = "section 3.4.2.1, table 3.6", "section 3.4.2.3, table 3.6"
_PARTIAL = "Both MixShare variants succeed in causing partial feature sharing"

BLOCKS = (
    *(
        Claim(f"No matter the shape, binary masks perform better than linear mixing: {mask}", _BLOCK, figure, *rows)
        for mask in ("horizontal-concat", "vertical-concat", "patchup", "fmix", "cowmix", "rectangle")
        for figure, rows in (("top1", (mask, "mixup")), ("nll_c", ("mixup", mask)))
    ),
    Claim(
        "The basic CutMix patching is more accurate than the cow-spotted mask", _BLOCK, "top1", "rectangle", "cowmix"
    ),
)
ENCODERS = (
    Claim(
        "With 1 classifier and linearly interpolated labels, the 2 encoders perform worse than 1 encoder",
        "section 3.3.5.4, table 3.4", "nll_c", "2-encoders-1-classifier", "1-encoder-1-classifier",
    ),
    *(
        Claim(
            f"The need for 2 encoders and 2 classifiers: {row}",
            "section 3.3.5.4, table 3.4", "nll_c", row, "2-encoders-2-classifiers",
        )
        for row in ("1-encoder-1-classifier", "2-encoders-1-classifier", "1-encoder-random", "1-encoder-predominant")
    ),
)  # fmt: skip


def _gain(text: str, row: str) -> Claim:
    return Claim(text, _VARIANTS, "top1", row, row, lower_figure="member_top1_mean")


MIXSHARE = (
    Claim("Applying unmixing causes the subnetworks to share features", _SHARING, "sharing", "unmix", "mixmo"),
    Claim("Introducing unmixing leads to generally worse performance", _SHARING, "top1", "mixmo", "unmix"),
    Claim(
        "Even individual subnetwork accuracy suffers from unmixing", _SHARING, "member_top1_mean", "mixmo", "unmix"
    ),
    Claim(
        "Fixing the initialization of the encoders to the same value leads the model to outperform normal MixMo",
        "section 3.4.2.2, table 3.6", "top1", "unmix-aligned", "mixmo",
    ),
    *(
        Claim(f"{_PARTIAL}: {row} {than}", _VARIANTS, "sharing", *rows)
        for row in ("mixshare-partial", "mixshare-fade-out")
        for than, rows in (("more than MixMo", (row, "mixmo")), ("less than full unmixing", ("unmix-aligned", row)))
    ),
    Claim(
        "Partial fails to train strong individual subnetworks",
        _VARIANTS, "member_top1_mean", "unmix-aligned", "mixshare-partial",
    ),
    _gain("Partial still showcases ensemble benefits", "mixshare-partial"),
    Claim("Fadeout leads to strong performances", _VARIANTS, "top1", "mixshare-fade-out", "mixmo"),
    Claim(
        "Fadeout yields strong individual models", "table 3.6", "member_top1_mean", "mixshare-fade-out", "mixmo"
    ),
    *(
        _gain(f"Fadeout retains significant ensembling benefits: {row}", row)
        for row in ("mixshare-fade-out", "mixshare-fade-out-w5")
    ),
)  # fmt: skip
REPETITION = (
    *(
        Claim(
            f"NLL_c improves with longer training, via batch repetitions: {method}, {few} to {many}",
            "figure 3.7", "nll_c", f"{method}-b{few}", f"{method}-b{many}",
        )
        for method in ("linear-mixmo", "cut-mixmo")
        for few, many in ((1, 2), (2, 4))
    ),
    *(
        Claim(
            f"CutMix improves Linear-MixMo, but not enough to match Cut-MixMo in NLL_c: b = {b}",
            "section 3.3.5.1, figure 3.7", "nll_c", f"linear-mixmo+cutmix-b{b}", f"cut-mixmo-b{b}",
        )
        for b in (1, 2, 4)
    ),
    *(
        Claim(
            f"Cut-MixMo outperforms DE for the same training time: {b} networks",
            "section 3.3.5.1, figure 3.7", "nll_c", f"vanilla-{b}nets", f"cut-mixmo-b{b}",
        )
        for b in (2, 4)
    ),
)  # fmt: skip
PROBABILITY = (
    Claim("Patch mixing increases diversity compared to linear mixing", "figure 3.8", "d_re", "p-0.5", "p-0.0"),
    Claim("Increasing p past 0.6 boosts diversity even more", "figure 3.8", "d_re", "p-1.0", "p-0.6"),
    Claim(
        "Increasing p past 0.6 costs the subnetworks' accuracies", "figure 3.8", "member_top1_mean", "p-0.6", "p-1.0"
    ),
)
REWEIGHTING = (
    Claim("Higher values of r strongly decrease diversity", "figure 3.9", "d_re", "r-3", "r-inf"),
    Claim("The opposite extreme with r = 1 increases diversity", "figure 3.9", "d_re", "r-1", "r-3"),
    Claim("The extreme with r = 1 degrades accuracy", "figure 3.9", "top1", "r-3", "r-1"),
)
MEMBERS = (
    *(
        Claim(
            f"Higher M degrades the subnetworks' results: {name}",
            _MORE, "member_top1_mean", f"{name}-2", f"{name}-3",
        )
        for name in ("mimo", "cut-mixmo")
    ),
    *(
        Claim(
            f"Ensemble top-1 overall decreases in spite of the additional predictions: {name}",
            _MORE, "top1", f"{name}-2", f"{name}-4",
        )
        for name in ("mimo", "linear-mixmo", "cut-mixmo")
    ),
)  # fmt: skip
CONCENTRATION = (
    Claim(
        "For high values of alpha, diversity is decreased",
        "section A.5.7, figure A.7", "d_re", "alpha-2", "alpha-8",
    ),
    Claim("When alpha = 1, diversity is increased", "section A.5.7, figure A.7", "d_re", "alpha-1", "alpha-2"),
    Claim(
        "When alpha = 1, individual accuracy is lower",
        "section A.5.7, figure A.7", "member_top1_mean", "alpha-2", "alpha-1",
    ),
    Claim("alpha = 4 seems to perform best", "section A.5.7, figure A.7", "top1", "alpha-4", "alpha-2"),
)  # fmt: skip
CLAIMS_OF_CHAPTER_3 = {
    "3.3": BLOCKS,
    "3.4": ENCODERS,
    "3.6": MIXSHARE,
    "figure-3.7": REPETITION,
    "figure-3.8": PROBABILITY,
    "figure-3.9": REWEIGHTING,
    "figure-3.10": MEMBERS,
    "figure-A.7": CONCENTRATION,
}
