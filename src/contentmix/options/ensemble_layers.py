"""Options of networks of one input whose layers hold several members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval

from contentmix.choices import MemberLayers
from contentmix.options.declared import Members, OnlyWith
from contentmix.options.supervised import SupervisedWithHybridsOptions


@dataclass(frozen=True, kw_only=True)
class EnsembleLayersOptions(SupervisedWithHybridsOptions):
    """One network, one input, several members by its layers: Packed-Ensembles, BatchEnsemble, Masksembles or MC-dropout.

    Args:
        layers: What makes members: packed, a group of narrower kernels for each (Packed-Ensembles, Laurent et al. 2023); batch,
            kernels of all, scaled by vectors of each (BatchEnsemble, Wen et al. 2020); masked, channels that each does not see
            (Masksembles, Durasov et al. 2021); or dropout of channels, whose draws are the members (MC-dropout, Gal and
            Ghahramani 2016). Packed and batch need the extra ensembles.
        members: How many.
        expansion: Width of the packed network over that of the plain one, shared by its members (the paper's alpha: 2).
        mask_scale: How little masks overlap: 1 is all channels for all members, at 6 they share next to none (the paper: 2).
        dropout: Probability for a channel to be dropped, between the two convolutions of each block (Zagoruyko and Komodakis
            2016 drop there).
    """

    layers: MemberLayers = "dropout"
    members: Members = 4
    expansion: Annotated[float, Interval(gt=0, le=64), OnlyWith("layers", ("packed",))] = 2.0
    mask_scale: Annotated[float, Interval(gt=1, le=6), OnlyWith("layers", ("masked",))] = 2.0
    dropout: Annotated[float, Interval(gt=0, lt=1), OnlyWith("layers", ("dropout",))] = 0.1
