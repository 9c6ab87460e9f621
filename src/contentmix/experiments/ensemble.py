"""Several finished runs as one deep ensemble of N runs x M members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from contentmix.batch import MemberLogits
from contentmix.data import load_data
from contentmix.errors import UsageError, require
from contentmix.experiments.loaders import evaluation_loader, input_spec
from contentmix.experiments.model import TrainedModel, load_model
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
    source = replace(source, mean=trained.mean, std=trained.std)
    loader = evaluation_loader(source, source.test, run, device)
    return join([predict_set(model.network, loader) for model in models])


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
