"""Claims of chapter 4 and its appendix: MixViT."""

from __future__ import annotations

from contentmix.studies.claim import Claim

_NAIVE, _GAINS = "section 4.3.1.2, table 4.1", "section 4.4.1, table 4.2"
_REGULARISED, _ABLATION = "section 4.4.3, table 4.4", "table 4.6"
_VARIANTS = ("embedding", "encoding")

_OUTPERFORMS = "Our lightweight embedding-based variant outperforms MixViT-encoding on CIFAR-10/100"
_SIGNIFICANT = "MixViT provides significant improvements over its single-input single-output counterpart"

NAIVE = (
    *(
        Claim(
            f"MIMO and MixMo fail to even reach the performance of the single ConViT: {row}",
            _NAIVE, "top1", "single", row,
        )
        for row in ("mimo-sum", "mixmo-sum")
    ),
    *(
        Claim(
            f"The subnetworks still provide meaningful gains when ensembled: {row}",
            _NAIVE, "top1", row, row, lower_figure="member_top1_mean",
        )
        for row in ("mimo-sum", "mixmo-sum")
    ),
    *(
        Claim(
            f"The individual performance of the subnetworks is very poor: {row}",
            _NAIVE, "top1", "single", row, lower_figure="member_top1_mean",
        )
        for row in ("mimo-sum", "mixmo-sum")
    ),
    Claim(
        "Separate inference significantly improves the performance of the same models",
        _NAIVE, "top1", "mixmo-separate", "mixmo-sum",
    ),
    Claim(
        "The model outperforms the baseline when no summing is performed during training",
        _NAIVE, "top1", "mixmo-cutmix-only", "single",
    ),
    *(
        Claim(
            f"Separating the subnetworks much later even improves performances: {v}",
            "section 4.3.1.2", "top1", f"mixvit-{v}", "mixmo-cutmix-only",
        )
        for v in _VARIANTS
    ),
    *(Claim(f"{_SIGNIFICANT}: {v}", f"{_GAINS}c", "top1", f"mixvit-{v}", "single") for v in _VARIANTS),
    Claim(_OUTPERFORMS, f"{_GAINS}c", "top1", "mixvit-embedding", "mixvit-encoding"),
)  # fmt: skip


def _significant(table: str, *networks: str) -> tuple[Claim, ...]:
    return tuple(
        Claim(f"{_SIGNIFICANT}: {network}, {v}", _GAINS + table, "top1", f"{prefix}mixvit-{v}", f"{prefix}single")
        for network in networks
        for v in _VARIANTS
        for prefix in (f"{network}-" if len(networks) > 1 else "",)
    )


_NETWORKS = ("convit", "cait-xxs-24", "cait-xs-24")
TINY_IMAGENET = (
    *_significant("a", *_NETWORKS),
    *(
        Claim(
            f"MixViT-encoding overtakes MixViT-embedding on the more complex Tiny ImageNet: {network}",
            f"{_GAINS}a", "top1", f"{network}-mixvit-encoding", f"{network}-mixvit-embedding",
        )
        for network in _NETWORKS
    ),
)  # fmt: skip


def _cifar(table: str) -> tuple[Claim, ...]:
    outperforms = Claim(_OUTPERFORMS, _GAINS + table, "top1", "mixvit-embedding", "mixvit-encoding")
    return (*_significant(table, "convit"), outperforms)


_CNN = "section 4.4.2, table 4.3"
AGAINST_CNNS = (
    Claim(
        "MixViT largely outperforms its much larger CNN-based competition",
        _CNN, "top1", "mixvit-encoding", "resnet18-3-mixmo",
    ),
    *(
        Claim(
            f"MixViT outperforms CNN-based MixMo models on Tiny ImageNet: {v}",
            _CNN, "top1", f"mixvit-{v}", "resnet18-mixmo",
        )
        for v in _VARIANTS
    ),
    Claim(
        "MixMo struggles to fit good subnetworks on narrow architectures",
        _CNN, "top1", "resnet18-single", "resnet18-mixmo",
    ),
    Claim(
        "MixMo needs a wide ResNet-18-3 to start showing improvements",
        _CNN, "top1", "resnet18-3-mixmo", "resnet18-3-single",
    ),
)  # fmt: skip
REGULARISATION = (
    *(
        Claim(
            f"MixViT proves much more resilient than its single-input backbone on less regularized settings: {v}, {setting}",
            _REGULARISED, "top1", f"mixvit-{v}{suffix}", f"single{suffix}",
        )
        for v in _VARIANTS
        for setting, suffix in (("neither", ""), ("MSDA only", "-msda"), ("BA only", "-ba"))
    ),
    *(
        Claim(
            f"MSDA seems detrimental to training MixViT models with no batch augmentation: {v}",
            _REGULARISED, "top1", f"mixvit-{v}", f"mixvit-{v}-msda",
        )
        for v in _VARIANTS
    ),
)  # fmt: skip
AUGMENTATIONS = tuple(
    Claim(
        f"MixViT behaves much better with low amounts of batch augmentation: {v}, {count}",
        "section 4.4.3, figure 4.4", "top1", f"mixvit-{v}-ba{count}", f"single-ba{count}",
    )
    for v in _VARIANTS
    for count in (1, 2)
)  # fmt: skip
ABLATIONS = (
    *(
        Claim(
            f"The benefits of our source attribution design: {v}",
            f"section 4.4.4, {_ABLATION}", "top1", f"mixvit-{v}", "no-attribution",
        )
        for v in _VARIANTS
    ),
    Claim(
        "Displacing the separation back to early in the model slightly deteriorates performance",
        f"section 4.4.4.1, {_ABLATION}", "top1", "mixvit-embedding", "early-embedding",
    ),
    Claim(
        "Results of sum inference are worse than separate inferences",
        f"section 4.4.4.2, {_ABLATION}", "top1", "mixvit-embedding", "sum-inference",
    ),
    Claim(
        "Our compressed scheme performs better than a model trained with all tokens",
        f"section 4.4.4.3, {_ABLATION}", "top1", "mixvit-embedding", "all-tokens",
    ),
)  # fmt: skip
_INITIAL = "section A.7.2, table A.18"
INITIALISATION = (
    Claim(
        "The same initial value of the patch embeddings does not solve the issue on its own",
        _INITIAL, "top1", "single", "mixmo-same-init",
    ),
    Claim("We do need to perform separate inference", _INITIAL, "top1", "mixmo-separate", "mixmo-same-init"),
)  # fmt: skip
_LONG = "section A.7.4, table A.19"
LONGER = (
    *(
        Claim(
            f"MixMo's WideResNet-28-5 is better than our default setting MixViT: {v}",
            _LONG, "top1", "wrn-28-5-mixmo-long", f"mixvit-{v}",
        )
        for v in _VARIANTS
    ),
    Claim(
        "Transformers are typically disadvantaged against CNNs on CIFAR",
        _LONG, "top1", "wrn-28-5-long", "single-long",
    ),
)  # fmt: skip

CLAIMS_OF_CHAPTER_4 = {
    "4.1": NAIVE,
    "4.2a": TINY_IMAGENET,
    "4.2b": _significant("b", *_NETWORKS),
    "4.2c": _cifar("c"),
    "4.2d": _cifar("d"),
    "4.3": AGAINST_CNNS,
    "4.4": REGULARISATION,
    "figure-4.4": AUGMENTATIONS,
    "4.6": ABLATIONS,
    "A.18": INITIALISATION,
    "A.19": LONGER,
}
