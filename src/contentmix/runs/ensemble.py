"""Several finished runs as one deep ensemble of N runs x M members."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from contentmix.batch import Batch, MemberLogits
from contentmix.choices import Average
from contentmix.data import DataSource
from contentmix.errors import UsageError, require
from contentmix.metrics import join
from contentmix.options.run import RunOptions
from contentmix.runs.loaders import evaluation_loader, input_spec
from contentmix.runs.model import TrainedModel, load_model
from contentmix.runs.source import read_test_data
from contentmix.training import predict_sets


def load_ensemble(
    runs: Sequence[Path], *, inference: str | None = None, last: bool = False, device: str = "auto"
) -> list[TrainedModel]:
    """The models of ``runs``, each by ``load_model``.

    Raises:
        UsageError: they were trained for other classes or inputs.
    """
    require(len(runs) > 0, "no run is given: name one run folder or more")
    models = [load_model(run, inference=inference, last=last, device=device) for run in runs]
    first = models[0]
    for model in models[1:]:
        for name in ("classes", "channels", "image_size", "mean", "std"):
            mine, other = getattr(model.inputs, name), getattr(first.inputs, name)
            if mine != other:
                raise UsageError(
                    f"runs {first.run} and {model.run} differ in {name} ({_short(other)} and {_short(mine)}): "
                    "an ensemble needs members trained on the same inputs"
                )
    return models


def predict_ensemble(
    models: Sequence[TrainedModel], data: str | None = None, *, skip_broken: bool = False
) -> MemberLogits:
    """The members of all models on the test set of their data, or of ``data``, by ``ensemble_source``."""
    source, run, device = ensemble_source(models, data, skip_broken=skip_broken)
    return predict_together(models, evaluation_loader(source, source.test, run, device))


def predict_together(models: Sequence[TrainedModel], loader: Iterable[Batch]) -> MemberLogits:
    """The members of all models for every image of ``loader``, which is gone through once."""
    return join(predict_sets([model.predict for model in models], loader))


def averaging(groups: Sequence[int], average: Average) -> str:
    """In words, how members were averaged: those of each run (``groups``: how many), then runs, which count alike."""
    members = [f"{size} member{'s' * (size > 1)}" for size in groups]
    if len(groups) == 1:
        return f"{average} averaged over {members[0]}" if groups[0] > 1 else "one network, nothing averaged"
    several = (
        f"over the members of each run, then over {len(groups)} runs" if max(groups) > 1 else f"over {len(groups)} runs"
    )
    return f"{average} averaged {several}, each of the same weight ({', '.join(members)})"


def ensemble_source(
    models: Sequence[TrainedModel], data: str | None = None, *, skip_broken: bool = False
) -> tuple[DataSource, RunOptions, torch.device]:
    """What to evaluate ``models`` on, normalised as in their training, with the options of the first run and its device.

    Args:
        models: trained on the same kind of inputs.
        data: other data, of their classes or some of them.
        skip_broken: leave out files of a folder that cannot be read, as a run that was trained so does anyway.

    Raises:
        UsageError: ``data`` has other classes or inputs.
    """
    run, trained = models[0].config.run, models[0].inputs
    run = replace(run, skip_broken=run.skip_broken or skip_broken)
    source = read_test_data(run, [model.run for model in models], data, trained.classes)
    if data is not None:
        run = replace(run, data=data)
    spec = input_spec(source)
    for name in ("classes", "channels", "image_size"):
        theirs, ours = getattr(spec, name), getattr(trained, name)
        require(
            theirs == ours,
            f"data {run.data} has {name} {_short(theirs)}, run {models[0].run} was trained on {_short(ours)}: "
            "evaluate on data of the same kind",
        )
    device = models[0].device
    # Images are normalised as in training, whatever data they come from.
    return replace(source, mean=trained.mean, std=trained.std), run, device


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
