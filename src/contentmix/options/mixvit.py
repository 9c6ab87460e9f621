"""Options of MixViT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from contentmix.choices import Attribution, AttributionPlace, InputMix, MixViTInference
from contentmix.options.declared import Concentration, Few, Members, OnlyWith, ShareBelowOne
from contentmix.options.hybrid_mix import HybridMixOptions


@dataclass(frozen=True, kw_only=True)
class MixViTOptions(HybridMixOptions):
    """MixViT: patches of M inputs mixed into one, subnetworks that part in the last blocks (thesis chapter 4).

    Over the last twelfth of training, masks that show one input only come with a probability that grows from 0 to 1.

    Args:
        members: Inputs and subnetworks M.
        attribution: What tells the tokens of the inputs apart: a source embedding (equation 4.6), a source encoding
            (equation 4.5), or nothing.
        place: Attribution after the feature blocks, or before them (table 4.6).
        all_tokens: Train on the tokens of all inputs side by side instead of mixed ones (table 4.6).
        inference: How an image's tokens are attributed to predict: to each source in turn, to all of them summed, each to a
            random one, to the first only, or to all side by side (table 4.6; default: separate, with all tokens together).
        alpha: Concentration of the Dirichlet law of the ratios, where patches are mixed (default: 0.5, A.1.5).
        mix: How each input is mixed itself (A.1.5: cutmix-mixup, with Beta(1, 1) and Beta(0.8, 0.8)).
        batch_augmentations: Appearances of each image in a batch, which grows that many times (A.1.5: 3).
        label_smoothing: Share of the target spread over all classes (A.1.5: 0.1).
        class_blocks: Last blocks of a plain ViT that become the classifier (default: 2).
    """

    members: Members = 2
    attribution: Attribution = "embedding"
    place: Annotated[AttributionPlace, OnlyWith("attribution", ("embedding", "encoding"))] = "late"
    all_tokens: bool = False
    inference: MixViTInference | None = None
    alpha: Annotated[Concentration | None, OnlyWith("all_tokens", (False,))] = None
    mix: InputMix = "cutmix-mixup"
    batch_augmentations: Few = 3
    label_smoothing: ShareBelowOne = 0.1
    class_blocks: Few | None = None
