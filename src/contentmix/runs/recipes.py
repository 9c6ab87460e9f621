"""How a run is trained unless told otherwise: the thesis's recipe where it gives one."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from contentmix.data import DataSource
from contentmix.devices import device_of
from contentmix.errors import require
from contentmix.networks import is_transformer
from contentmix.options.bases import BasedOptions, outer_name
from contentmix.options.declared import defaults_of, without_effect
from contentmix.options.mean_teacher import MeanTeacherOptions
from contentmix.options.methods import method_defaults, options_of
from contentmix.options.mixvit import MixViTOptions
from contentmix.options.run import RunOptions
from contentmix.options.samosa import SamosaOptions
from contentmix.runs.config import Config
from contentmix.runs.few_labels_recipes import CHAPTER_2, FEW_LABELS, few_labels_recipe, samosa_options
from contentmix.runs.fine_tuning import default_pretrained, fine_tuning_recipe
from contentmix.runs.own_recipe import Extent, Learner, own_recipe
from contentmix.runs.recipe import RECIPES, Recipe, trained_for_minutes

# The learning rate is for 1024 images of ImageNet; with as many as fit it follows the square root of the ratio (A.1.5).
_BATCH, _LARGE_BATCH, _EPOCHS = 128, 1024, 150


def _transformer(recipe: Recipe, method: str, network: str, run: RunOptions, image_size: int) -> Recipe:
    """DeiT's recipe as the thesis has it (A.1.5), which single-input baselines share."""
    data, short = run.data, trained_for_minutes(run.data, run.device)
    # An epoch of digits has a dozen steps: a transformer needs more of them than a CNN.
    epochs = (4 if data in ("digits", "digits-m") else 1) * recipe.epochs if short else _EPOCHS
    cait = 0.05 if network.startswith("cait") else 0.0
    doubled = 2 if method == "mixvit" and (data == "tiny-imagenet" or image_size > 64) else 1
    return Recipe(
        source=f"thesis A.1.5, after DeiT{', shortened' if short else ''}",
        network=network,
        epochs=epochs,
        batch_size=recipe.batch_size if short and data not in RECIPES else _BATCH,
        lr=1e-3,
        lr_batch=_LARGE_BATCH if image_size > 64 and not short else _BATCH,
        lr_scaling="sqrt",
        weight_decay=0.05 * doubled,
        schedule="step",
        milestones=tuple(epochs * epoch / _EPOCHS for epoch in (125, 140)),
        warmup_share=0.1,
        optimizer="adamw",
        autoaugment=not short,
        random_erasing=0.25,
        drop_path=cait * doubled,
        color_jitter=recipe.color_jitter,
    )


# Of supervised training, whose single transformers have what MixViT has (A.1.5); other networks have none of it.
_PLAIN: dict[str, Any] = {"mix": "none", "batch_augmentations": 1, "label_smoothing": 0.0}
_OF_TRANSFORMERS = {name: defaults_of(MixViTOptions)[name] for name in _PLAIN}

# Options of methods that are trained for minutes: steps are few, and images too small for the thesis's sizes.
_OWN_OPTIONS: dict[str, dict[str, Any]] = {
    # Small batches: as many images make four times the steps.
    "mean-teacher": {"unlabelled_batch": 64},
    "fixmatch": {"unlabelled_batch": 56},
    "mixmatch": {"ramp_steps": 500},
    "scimix-generator": {
        # With the thesis's 0.5 and 0.05 hybrids keep the strokes of their context: small images are little else.
        "hybrid_class": 3.0,
        "away_class": 0.3,
        "judge_shift": 0.125,
        "warmup": 0.65,
        "freeze_guide": True,
        "r1": 0.1,
        "generator_optimizer": "adam",
    },
}


def method_options(method: str, run: RunOptions, base: str | None = None) -> dict[str, Any]:
    """Options of ``method`` that are others than its defaults, the thesis's, in ``run`` and upon ``base``."""
    data, network, short = run.data, run.network, trained_for_minutes(run.data, run.device)
    options = dict(_OWN_OPTIONS.get(method, {})) if short else {}
    if method in ("supervised", "ensemble-layers"):
        by_deit = network is not None and is_transformer(network) and not run.pretrained
        options |= _OF_TRANSFORMERS if by_deit else _PLAIN
    if method == "encoder" and run.labels is not None:
        # A guide's unlabelled images: as many as Mean Teacher's.
        options["unlabelled_batch"] = method_options("mean-teacher", run).get(
            "unlabelled_batch", defaults_of(MeanTeacherOptions)["unlabelled_batch"]
        )
    if method == "scimix" and short and base in FEW_LABELS:
        # As many hybrids as there are labelled images, not as all images: a step then takes half of the time.
        options["hybrid_batch"] = FEW_LABELS[base].own_batch
    if method == "scimix-generator" and data in RECIPES and RECIPES[data].color_jitter:
        return {**options, "guide_jitter": RECIPES[data].color_jitter, "critic_jitter": RECIPES[data].color_jitter}
    return options


def with_method_options(config: Config) -> Config:
    """``config`` with the options of its method that are others than its defaults on its data and network, where it does not say.

    What a method passes on to its base is filled in with the base's own values, so that nothing is left open.
    """
    declared, given = options_of(config.method), config.method_options
    run = config.run
    if issubclass(declared, BasedOptions):
        base = given.get(declared.chosen_by, defaults_of(declared)[declared.chosen_by])
        passed_on, of_base = declared.base_defaults(base), method_options(base, run)
        passed_on |= {outer_name(name): value for name, value in of_base.items() if outer_name(name) in passed_on}
        own = {**passed_on, **method_options(config.method, run, base)}
        if config.method == "samosa":
            own |= samosa_options(run.data, base, once=given.get("cycles") == 1)
        idle = declared.idle({**own, declared.chosen_by: base})
        idle += without_effect(declared, {**own, **given})  # of the recipe, whose values are for other guides too
        own = {name: value for name, value in own.items() if name not in idle}
    else:
        own = method_options(config.method, run)
    given = {name: value for name, value in given.items() if value is not None or name not in own}
    return replace(config, method_options={**own, **given})


def with_crops(run: RunOptions, method: str, data: DataSource) -> RunOptions:
    """``run`` of ``method`` with its crops: the shift of ``data``, and chapter 2's padding (A.1.1, A.1.2) or that of ``data``.

    Raises:
        UsageError: it asks for shifts that leave nothing of an image.
    """
    require(
        run.crop_px is None or run.crop_px < data.image_size,
        f"crop_px is {run.crop_px}, and images are of {data.image_size} px: choose less, so that a part of each is left",
    )
    reflects = method in CHAPTER_2 or data.unlabelled is not None
    own: dict[str, Any] = {"crop_px": data.shift_px, "crop_padding": "reflect" if reflects else data.padding}
    return replace(run, **{name: value for name, value in own.items() if getattr(run, name) is None})


# Images that go through the network for each unlabelled one of a step: labelled ones, and views of both. MixMatch's two views are
# learnt after labels are guessed from two others, which takes a third.
_VIEWS, _VIEWS_OF_OTHERS = {"mixmatch": 3.7}, 2.5
_BESIDE = 3.5  # as many take as long as a generator beside the classifier


def extent_of(config: Config, data: DataSource) -> Extent:
    """What ``config`` trains on ``data``, a tenth of which may be held out."""
    run, name = config.run, base_method(config.method, config.method_options)
    options = {**method_defaults(name), **method_options(name, run), **config.method_options}
    unlabelled = 0 if data.unlabelled is None else len(data.unlabelled)
    step_images = options.get("unlabelled_batch")
    if name == "mixmatch" and step_images is None:  # as many as labelled ones
        step_images = run.batch_size or FEW_LABELS[name].everywhere["batch_size"]
    # Who learns from unlabelled images has seen them all in an epoch, and the labelled ones as often as it takes.
    images = unlabelled if step_images is not None and unlabelled else len(data.train) + unlabelled
    repetition = options.get("batch_repetition", 1)
    passes = (
        _VIEWS.get(name, _VIEWS_OF_OTHERS) if step_images else repetition * (options.get("batch_augmentations") or 1)
    )
    learner: Learner = "several" if step_images or options.get("members", 1) > 1 else "one"
    if options_of(config.method).trains_generator:
        learner, passes = "generator", passes + _BESIDE
    if config.method == "samosa":
        trainings = SamosaOptions(**config.method_options).trainings
        passes, repetition = trainings * passes, trainings * repetition
    return Extent(images, data.image_size, device_of(run.device).type, passes, step_images, learner, repetition)


def base_method(method: str, options: dict[str, Any]) -> str:
    """The method that ``method`` builds on, or itself."""
    base: str = options.get("base", method_defaults(method).get("base", method))
    return base


def recipe_of(method: str, options: dict[str, Any]) -> str:
    """The method whose recipe ``method`` is trained by: its base, but for SAMOSA's Mean Teacher, which has one of its own."""
    base = base_method(method, options)
    return method if (method, base) == ("samosa", "mean-teacher") else base


def recipe_for(method: str, run: RunOptions, extent: Extent) -> Recipe:
    """The recipe of the data set of ``run``, or that of its ``extent``, as ``method`` and a network that is named change it."""
    network, short = run.network, trained_for_minutes(run.data, run.device)
    if run.pretrained and network is None:
        network = default_pretrained(method)
    elif method == "mixvit" and network is None:
        network = "convit-64-3-4" if short else "convit"
    transformer = network is not None and method not in FEW_LABELS and is_transformer(network)
    recipe = RECIPES.get(run.data) or own_recipe(extent, transformer=transformer)
    if transformer and not run.pretrained:
        assert network is not None
        return _transformer(recipe, method, network, run, extent.image_size)
    recipe = few_labels_recipe(recipe, method, run.data, short=short)
    return fine_tuning_recipe(recipe, method, network) if run.pretrained else recipe


def resolve(
    options: RunOptions,
    image_size: int,
    method: str = "supervised",
    *,
    unlabelled: bool = False,
    extent: Extent | None = None,
) -> RunOptions:
    """``options`` with every None filled in by the recipe of its data set, whose images are ``image_size`` px wide.

    Args:
        options: of the run.
        image_size: side in pixels.
        method: what is trained.
        unlabelled: whether some images have no label; without a word on it, no label is then spent on selection.
        extent: what there is to train on, for data that have no recipe of their own (default: 10,000 images).
    """
    extent = extent or Extent(10_000, image_size, device_of(options.device).type)
    recipe = recipe_for(method, options, extent)
    batch_size = recipe.batch_size if options.batch_size is None else options.batch_size
    epochs = recipe.epochs if options.epochs is None else options.epochs
    values = {
        field.name: getattr(recipe, field.name)
        for field in fields(recipe)
        if field.name not in ("source", "lr_batch", "lr", "lr_scaling", "warmup_share", "head_warmup_share")
        and getattr(options, field.name) is None
    }
    # A shorter or longer run decays at the same share of its length.
    length = epochs / recipe.epochs
    if options.milestones is None:
        values["milestones"] = tuple(round(m * length, 2) for m in recipe.milestones)
    if options.warmup_epochs is None and recipe.warmup_share is not None:
        values["warmup_epochs"] = round(recipe.warmup_share * epochs, 2)
    if options.head_warmup_epochs is None and recipe.head_warmup_share is not None:
        values["head_warmup_epochs"] = round(recipe.head_warmup_share * epochs, 2)
    if options.cosine_epochs is None and recipe.cosine_epochs is not None:
        values["cosine_epochs"] = round(recipe.cosine_epochs * length, 2)
    if options.select is None:
        values["select"] = "last" if unlabelled else "validation"
    if options.augmix:
        values["autoaugment"] = False
    ratio = batch_size / recipe.lr_batch
    lr = recipe.lr * (ratio if recipe.lr_scaling == "linear" else ratio**0.5) if options.lr is None else options.lr
    values = {**values, "lr": lr}
    # What the recipe says of another optimiser or schedule than is asked for says nothing.
    idle = without_effect(RunOptions, {**vars(options), **values})
    return replace(options, **{name: value for name, value in values.items() if name not in idle})
