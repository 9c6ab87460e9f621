"""The options of every method, by its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contentmix.errors import unknown
from contentmix.given import OBJECT
from contentmix.options.adain import AdaINOptions
from contentmix.options.declared import Options, defaults_of
from contentmix.options.ensemble_layers import EnsembleLayersOptions
from contentmix.options.few_label_members import FixMatchMembersOptions, MeanTeacherMembersOptions
from contentmix.options.mixmatch import MixMatchOptions
from contentmix.options.mixvit import MixViTOptions
from contentmix.options.multi_input import CutMixMoOptions, LinearMixMoOptions, MimoOptions, MixShareOptions
from contentmix.options.samosa import SamosaOptions
from contentmix.options.scimix import SciMixOptions
from contentmix.options.scimix_generator import SciMixGeneratorOptions
from contentmix.options.supervised import SupervisedWithHybridsOptions

METHODS: dict[str, type[Options]] = {
    "supervised": SupervisedWithHybridsOptions,
    "ensemble-layers": EnsembleLayersOptions,
    "mimo": MimoOptions,
    "linear-mixmo": LinearMixMoOptions,
    "cut-mixmo": CutMixMoOptions,
    "mixshare": MixShareOptions,
    "mixvit": MixViTOptions,
    "mean-teacher": MeanTeacherMembersOptions,
    "mixmatch": MixMatchOptions,
    "fixmatch": FixMatchMembersOptions,
    "samosa": SamosaOptions,
    "scimix-generator": SciMixGeneratorOptions,
    "scimix": SciMixOptions,
    "adain": AdaINOptions,
}


@dataclass(frozen=True, kw_only=True)
class GivenOptions(Options):
    """A method of one's own, given as an object in Python: what can be chosen of it are its own fields."""


def options_of(method: str) -> type[Options]:
    """The class of the options of ``method``.

    Raises:
        UsageError: there is no such method.
    """
    if method.startswith(OBJECT):
        return GivenOptions
    if method not in METHODS:
        raise unknown("method", method, METHODS)
    return METHODS[method]


def method_defaults(method: str) -> dict[str, Any]:
    """The options of a method with their defaults; errors as ``options_of``."""
    return defaults_of(options_of(method))
