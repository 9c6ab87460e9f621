"""Finished runs that predict in another way, or several together: the same weights, nothing trained."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from contentmix.experiments.config import Config
from contentmix.experiments.ensemble import load_ensemble, predict_ensemble
from contentmix.experiments.model import MODEL, TrainedModel
from contentmix.metrics import cost, evaluate
from contentmix.report import EvaluationRecord, load_record, save_predictions, write_report


def evaluate_again(runs: Sequence[Path], config: Config, place: Path, command: str) -> None:
    """Make ``place`` the folder of ``runs`` predicting together, by ``config``'s ``inference`` where it has one.

    That of one run is a run folder like any other. An ensemble has no weights of its own; its history is that of the first.

    Args:
        runs: finished ones, which differ in their seed.
        config: theirs but for ``inference``.
        place: where to write; what is there of an earlier, interrupted call is replaced.
        command: for the record.
    """
    models = load_ensemble(runs, inference=config.method_options.get("inference"))
    first, record = models[0], load_record(runs[0])
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    replace(first.config, run=replace(first.config.run, out=place)).save(place / "config.yaml")
    for name in ("metrics.csv", *([MODEL] if len(runs) == 1 else [])):
        shutil.copyfile(runs[0] / name, place / name)
    predicted = predict_ensemble(models)
    save_predictions(place / "predictions.safetensors", predicted)
    again = EvaluationRecord(
        checkpoint=record.final.checkpoint,
        selected_on=record.final.selected_on,
        epoch=record.final.epoch,
        split="test",
        **evaluate(predicted, first.config.run.average).to_dict(),
    )
    replace(
        record,
        evaluations=(again,),
        parameters=len(runs) * record.parameters,
        flops=sum(_flops(model) for model in models),
        command=command,
    ).save(place / "results.json")
    write_report([place], place / "report.html")


def _flops(model: TrainedModel) -> int:
    size = model.inputs.image_size
    example = next(model.network.parameters()).new_zeros(1, model.inputs.channels, size, size)
    return cost(model.network.predict, model.network, example).flops  # type: ignore[arg-type]
