"""Tables and figures of chapter 3 that compare variants of MixMo and MixShare."""

from __future__ import annotations

from contentmix.experiments.tables.table import Row, Scale, Table

_CIFAR = Scale({"data": "cifar100", "network": "wrn-28-10", "batch_size": 64, "epochs": 300})
_SMALL = Scale({"data": "fashion-mnist", "network": "wrn-10-2", "epochs": 4, "batch_repetition": 1})
_SCALES = {"thesis": _CIFAR, "small": _SMALL}

_PLAIN = {"r": 3.0, "input_repetition": 0.0}  # MixMo's own, before the adjustments of A.6.1

BLOCKS = Table(
    "3.3",
    "Shapes of the binary masks in the mixing block",
    (
        Row("mixup", "linear-mixmo", {}, {"top1": "82.5", "nll_c": "0.676"}),
        *(
            Row(mask, "cut-mixmo", {"mask": mask}, {"top1": top1, "nll_c": nll_c})
            for mask, top1, nll_c in (
                ("horizontal-concat", "82.78", "0.627"),
                ("vertical-concat", "84.00", "0.573"),
                ("patchup", "84.16", "0.581"),
                ("fmix", "83.76", "0.602"),
                ("cowmix", "84.17", "0.561"),
                ("rectangle", "84.38", "0.563"),
            )
        ),
    ),
    _SCALES,
)

# Table A.17, figures 3.5, 3.6 and A.6: one and two networks of each width, without and with CutMix of the inputs.
_VARIANTS: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("vanilla", "supervised", {}),
    ("cutmix", "supervised", {"mix": "cutmix"}),
    ("linear-mixmo", "linear-mixmo", {"batch_repetition": 4}),
    ("linear-mixmo+cutmix", "linear-mixmo", {"batch_repetition": 4, "cutmix_prob": 0.5}),
    ("cut-mixmo", "cut-mixmo", {"batch_repetition": 4}),
    ("cut-mixmo+cutmix", "cut-mixmo", {"batch_repetition": 4, "cutmix_prob": 0.5}),
)
WIDTHS = Table(
    "A.17",
    "Ensembles of N networks x M members over the network's width",
    tuple(
        Row(f"{name}-w{width}", method, dict(options), width=width)
        for width in (2, 3, 4, 5, 7, 10, 14)
        for name, method, options in _VARIANTS
    ),
    {
        "thesis": Scale({**_CIFAR.options, "network": "wrn-28-{width}"}),
        "small": Scale({"data": "fashion-mnist", "network": "wrn-10-{width}", "epochs": 4}),
    },
)
REPETITION = Table(
    "figure-3.7",
    "Training time: batch repetition b",
    tuple(
        Row(f"{method}-b{b}", method, {"batch_repetition": b})
        for method in ("linear-mixmo", "cut-mixmo")
        for b in (1, 2, 4)
    ),
    {
        "thesis": _CIFAR,
        "small": Scale({"data": "fashion-mnist", "network": "wrn-10-2", "epochs": 4}),
    },
)
MIXSHARE = Table(
    "3.6",
    "MixShare: sharing features among subnetworks",
    (
        Row("mixmo", "cut-mixmo", {}, {"top1": "74.8 ± 0.2", "member_top1_mean": "71.6 ± 0.2", "sharing": "4.9 ± 0.4"}),
        Row(
            "unmix", "mixshare", {"alignment": "independent", "unmixing": "full", **_PLAIN},
            {"top1": "69.7 ± 15.4", "member_top1_mean": "69.7 ± 15.4", "sharing": "99.1 ± 0.4"},
        ),
        Row(
            "unmix-aligned", "mixshare", {"unmixing": "full", **_PLAIN},
            {"top1": "79.0 ± 0.1", "member_top1_mean": "79.0 ± 0.1", "sharing": "99.4 ± 0.1"},
        ),
        Row(
            "mixshare-partial", "mixshare", {"unmixing": "partial"},
            {"top1": "73.3 ± 0.5", "member_top1_mean": "71.5 ± 1.0", "sharing": "60.6 ± 6.5"},
        ),
        Row(
            "mixshare-fade-out", "mixshare", {"unmixing": "fade-out", "fade_epochs": 100},
            {"top1": "79.0 ± 0.1", "member_top1_mean": "76.7 ± 1.3", "sharing": "64.4 ± 6.0"},
        ),
    ),
    {
        "thesis": Scale(
            {"data": "cifar100", "network": "wrn-28-2", "batch_size": 64, "epochs": 300, "milestones": (75, 150, 225)}
        ),
        "small": _SMALL,
    },
    analyse=True,
)  # fmt: skip

PROBABILITY = Table(
    "figure-3.8",
    "Diversity and accuracy over the probability p of patch mixing",
    tuple(Row(f"p-{p}", "cut-mixmo", {"prob": p}) for p in (0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 1.0)),
    _SCALES,
)
REWEIGHTING = Table(
    "figure-3.9",
    "Diversity and accuracy over the root r of the loss weights",
    tuple(Row(f"r-{r:g}", "cut-mixmo", {"r": r}) for r in (1.0, 2.0, 3.0, 4.0, 6.0, 10.0, float("inf"))),
    _SCALES,
)
MEMBERS = Table(
    "figure-3.10",
    "Ensemble and members with M subnetworks",
    tuple(
        Row(f"{method}-{m}", method, {"members": m})
        for method in ("mimo", "linear-mixmo", "cut-mixmo")
        for m in (2, 3, 4)
    ),
    _SCALES,
)
CONCENTRATION = Table(
    "figure-A.7",
    "Diversity and accuracy over the concentration alpha of the ratios",
    tuple(Row(f"alpha-{a:g}", "cut-mixmo", {"alpha": a}) for a in (0.5, 1.0, 2.0, 4.0, 8.0)),
    _SCALES,
)
ENCODERS = Table(
    "3.4",
    "Encoders and classifiers",
    (
        Row("1-encoder-1-classifier", "cut-mixmo", {"encoders": 1, "classifiers": 1}, {"nll_c": "0.604"}),
        Row("2-encoders-1-classifier", "cut-mixmo", {"classifiers": 1}, {"nll_c": "0.666"}),
        Row("1-encoder-random", "cut-mixmo", {"encoders": 1, "assignment": "random"}, {"nll_c": "0.687"}),
        Row("1-encoder-predominant", "cut-mixmo", {"encoders": 1, "assignment": "predominant"}, {"nll_c": "0.598"}),
        Row("2-encoders-2-classifiers", "cut-mixmo", {}, {"nll_c": "0.563"}),
    ),
    _SCALES,
)
