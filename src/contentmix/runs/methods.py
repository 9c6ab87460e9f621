"""From the options of a method to the method."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from torch import nn

from contentmix.errors import UsageError
from contentmix.given import OBJECT
from contentmix.hybrids import HybridAugmentation
from contentmix.mixing import (
    SHAPES,
    Dirichlet,
    Equal,
    ManifoldMixUp,
    Mixer,
    cowmix,
    cutmix,
    cutmix_mixup,
    fmix,
    horizontal_concat,
    mixup,
    patchup,
    resizemix,
    vertical_concat,
)
from contentmix.options import adain, bases, ensemble_layers, multi_input, samosa, scimix, supervised
from contentmix.options.declared import Options, defaults_of
from contentmix.options.few_label_members import FixMatchMembersOptions, MeanTeacherMembersOptions
from contentmix.options.fixmatch import FixMatchOptions
from contentmix.options.hybrid_mix import HybridMixOptions
from contentmix.options.mean_teacher import MeanTeacherOptions
from contentmix.options.methods import method_defaults, options_of
from contentmix.options.mixmatch import MixMatchOptions
from contentmix.options.mixvit import MixViTOptions
from contentmix.options.scimix_generator import SciMixGeneratorOptions
from contentmix.runs.own_method import GIVEN
from contentmix.subnetworks import MemberNetwork, Unmixing, batched, dropped, masked, packed
from contentmix.training import (
    AdaINTraining,
    FixMatch,
    FixMatchMembers,
    HybridInputs,
    MeanTeacher,
    MeanTeacherMembers,
    Method,
    MixMatch,
    MixViT,
    MultiInput,
    SamosaTraining,
    SciMixClassifier,
    SciMixGenerator,
    Supervised,
)

_MIXES: dict[str, Callable[..., Any]] = {
    "mixup": mixup,
    "cutmix": cutmix,
    "cutmix-mixup": cutmix_mixup,
    "horizontal-concat": horizontal_concat,
    "vertical-concat": vertical_concat,
    "patchup": patchup,
    "fmix": fmix,
    "cowmix": cowmix,
    "resizemix": resizemix,
    "manifold-mixup": ManifoldMixUp,
}


def build_method(
    name: str, options: Mapping[str, Any], classes: int, generator: HybridAugmentation | None = None
) -> Method:
    """The method ``name`` with ``options``, for ``classes`` classes.

    Args:
        name: of ``METHODS``, or what ``give_method`` called an object.
        options: those that are not its defaults.
        classes: number of classes.
        generator: what makes the hybrids that it learns from, where it learns from a generator's and is to be trained.

    Raises:
        UsageError: an unknown method, option or value.
    """
    if name.startswith(OBJECT):
        return GIVEN.find(name)
    declared, defaults = options_of(name), method_defaults(name)
    surplus = sorted(set(options) - set(defaults))
    if surplus:
        raise UsageError(f"unknown option '{surplus[0]}' of {name} (valid: {', '.join(defaults)})")
    return method_of(declared(**options), classes, generator)


def method_of(options: Options, classes: int, generator: HybridAugmentation | None = None) -> Method:
    """The method that ``options`` are of; arguments as ``build_method``."""
    if isinstance(options, HybridMixOptions) and options.mixes_hybrids:
        return HybridInputs(method_of(options.unmixed(), classes), generator, options.hybrid_prob)
    match options:
        case ensemble_layers.EnsembleLayersOptions():
            parts = options.members if options.layers in ("batch", "masked") else 1
            return replace(_supervised(options, classes), members=_members(options), batch_parts=parts)
        case supervised.SupervisedOptions():
            return _supervised(options, classes)
        case multi_input.MultiInputOptions():
            return _multi_input(options)
        case samosa.SamosaOptions():
            return _samosa(options, classes)
        case scimix.SciMixOptions():
            return _scimix(options, classes, generator)
        case adain.AdaINOptions():
            base: Any = method_of(options.base_options(), classes)
            return AdaINTraining(base, options.reconstruction, options.content, options.style)
        case FixMatchMembersOptions():
            alone = FixMatch(**_shared(options, FixMatchOptions))
            several = options.members > 1
            return FixMatchMembers(alone, _inputs_of(options.members), options.agreement) if several else alone
        case MeanTeacherMembersOptions():
            teacher = MeanTeacher(**_shared(options, MeanTeacherOptions))
            return MeanTeacherMembers(teacher, _inputs_of(options.members)) if options.members > 1 else teacher
        case bases.PlainSupervisedOptions():
            return Supervised()
    return _OWN[type(options)](**vars(options))


# Methods whose arguments are their options.
_OWN: dict[type[Options], Callable[..., Method]] = {
    MeanTeacherOptions: MeanTeacher,
    MixMatchOptions: MixMatch,
    FixMatchOptions: FixMatch,
    MixViTOptions: MixViT,
    SciMixGeneratorOptions: SciMixGenerator,
}


def _supervised(options: supervised.SupervisedOptions, classes: int) -> Supervised:
    augmentations, smoothing = options.batch_augmentations or 1, options.label_smoothing or 0.0
    if options.mix in (None, "none"):
        return Supervised(augmentations=augmentations, label_smoothing=smoothing)
    mix = _MIXES[options.mix](num_classes=classes, smoothing=smoothing, **options.of_the_mix())
    return Supervised(mix, augmentations, partners=options.partners)


def _members(options: ensemble_layers.EnsembleLayersOptions) -> Callable[[nn.Module], MemberNetwork]:
    makers: dict[str, Callable[[nn.Module], MemberNetwork]] = {
        "packed": partial(packed, members=options.members, expansion=options.expansion),
        "batch": partial(batched, members=options.members),
        "masked": partial(masked, members=options.members, scale=options.mask_scale),
        "dropout": partial(dropped, members=options.members, p=options.dropout),
    }
    return makers[options.layers]


def _multi_input(options: multi_input.MultiInputOptions) -> MultiInput:
    method = partial(
        MultiInput,
        members=options.members,
        repetition=options.batch_repetition,
        augmentations=options.batch_augmentations,
        mix=options.mix,
        input_repetition=options.input_repetition,
        cutmix_prob=options.cutmix_prob,
        cutmix_alpha=options.cutmix_alpha,
        label_smoothing=options.label_smoothing,
        inference=options.inference,
    )
    match options:
        case multi_input.LinearMixMoOptions():
            return method(Mixer(Dirichlet(options.alpha)), r=options.r)
        case multi_input.CutMixMoOptions():
            return method(
                Mixer(Dirichlet(options.alpha), SHAPES[options.mask](), prob=options.prob),
                linear_end=options.linear_end,
                alignment=options.alignment,
                r=options.r,
                encoders=options.encoders,
                classifiers=options.classifiers,
                assignment=options.assignment,
            )
        case multi_input.MixShareOptions():
            return method(
                Mixer(Dirichlet(options.alpha), SHAPES["rectangle"]()),
                linear_end=False,
                r=options.r,
                alignment=options.alignment if options.separation == "encoders" else "independent",
                unmixing=_unmixing(options),
                reserved=options.reserved,
                attribution=options.attribution if options.separation == "last-stage" else None,
            )
    return method(Mixer(Equal()), r=math.inf)


def _unmixing(options: multi_input.MixShareOptions) -> Unmixing | None:
    return {
        "none": None,
        "full": Unmixing(),
        "partial": Unmixing(share=0.25 if options.share is None else options.share),
        "fade-out": Unmixing(fade_epochs=100.0 if options.fade_epochs is None else options.fade_epochs),
    }[options.unmixing]


def _shared(options: Options, declared: type[Options]) -> dict[str, Any]:
    """What ``options`` say of those that are ``declared``."""
    return {name: getattr(options, name) for name in defaults_of(declared)}


def _inputs_of(members: int) -> MultiInput:
    """Cut-MixMo's inputs, with the defaults of its options, each image once in a batch."""
    return _multi_input(multi_input.CutMixMoOptions(members=members, batch_repetition=1))


def _samosa(options: samosa.SamosaOptions, classes: int) -> SamosaTraining:
    mixmatch = options.base == "mixmatch"
    window = (100 / 900, 800 / 900) if mixmatch else (150 / 300, 250 / 300)
    base: Any = method_of(options.base_options(), classes)
    return SamosaTraining(
        base,
        options.reconstruction,
        options.regularisation,
        cycles=options.trainings,
        copies=10 if options.copies is None else options.copies,
        window=window if options.start is None or options.stop is None else (options.start, options.stop),
        prob=0.2 if options.prob is None else options.prob,
        lr=options.hybrid_lr,
    )


def _scimix(options: scimix.SciMixOptions, classes: int, generator: HybridAugmentation | None) -> SciMixClassifier:
    base: Any = method_of(options.base_options(), classes)
    return SciMixClassifier(
        base,
        generator,
        hybrids=options.hybrids,
        exploitation=options.exploitation,
        alpha=0.9 if options.alpha is None else options.alpha,
        weight=options.weight,
        hybrid_batches=options.hybrid_batches,
        hybrid_batch=options.hybrid_batch,
        window=None if options.start is None or options.stop is None else (options.start, options.stop),
    )


__all__ = ["build_method", "method_of"]
