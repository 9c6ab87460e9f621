"""Several finished runs as one deep ensemble of N runs x M members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from contentmix.batch import MemberLogits
from contentmix.data import DataSource, load_data
from contentmix.errors import UsageError, require
from contentmix.experiments.loaders import evaluation_loader, input_spec
from contentmix.experiments.model import TrainedModel, load_model
from contentmix.experiments.options import RunOptions
from contentmix.metrics import join
from contentmix.training import predict_set


def load_ensemble(runs: Sequence[Path]) -> list[TrainedModel]:
    """The models of ``runs``; a ``UsageError`` where they were trained for other classes or inputs."""
    require(len(runs) > 0, "no run is given: name one run folder or more")
    models = [load_model(run) for run in runs]
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


def predict_ensemble(models: Sequence[TrainedModel], data: str | None = None) -> MemberLogits:
    """The members of all models on the test set of their data, or of ``data``."""
    source, run, device = ensemble_source(models, data)
    loader = evaluation_loader(source, source.test, run, device)
    return join([predict_set(model.network, loader) for model in models])


def ensemble_source(
    models: Sequence[TrainedModel], data: str | None = None
) -> tuple[DataSource, RunOptions, torch.device]:
    """What to evaluate ``models`` on, normalised as in their training, with the options of the first run and its device.

    Raises:
        UsageError: ``data`` has other classes or inputs.
    """
    run = models[0].config.run
    if data is not None:
        run = replace(run, data=data)
    source = load_data(run.data, root=run.data_root, image_size=run.image_size)
    spec, trained = input_spec(source), models[0].inputs
    for name in ("classes", "channels", "image_size"):
        theirs, ours = getattr(spec, name), getattr(trained, name)
        require(
            theirs == ours,
            f"data {run.data} has {name} {_short(theirs)}, run {models[0].run} was trained on {_short(ours)}: "
            "evaluate on data of the same kind",
        )
    device = next(models[0].network.parameters()).device
    # Images are normalised as in training, whatever data they come from.
    return replace(source, mean=trained.mean, std=trained.std), run, device


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
