"""A finished run that predicts in another way: the same weights, nothing trained."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from contentmix.experiments.config import Config
from contentmix.experiments.ensemble import predict_ensemble
from contentmix.experiments.model import load_model
from contentmix.metrics import cost, evaluate
from contentmix.report import EvaluationRecord, load_record, save_predictions, write_report


def evaluate_again(run: Path, config: Config, place: Path, command: str) -> None:
    """Make ``place`` the run folder that ``run`` would be if it had been trained with ``config``'s ``inference``.

    Args:
        run: a finished run.
        config: its configuration but for ``inference``.
        place: where to write; what is there of an earlier, interrupted call is replaced.
        command: for the record.
    """
    trained, record = load_model(run), load_record(run)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    options = {**trained.config.method_options, "inference": config.method_options["inference"]}
    Config(config.method, options, replace(trained.config.run, out=place)).save(place / "config.yaml")
    for name in ("metrics.csv", "model.safetensors"):
        shutil.copyfile(run / name, place / name)
    model = load_model(place)
    predicted = predict_ensemble([model])
    save_predictions(place / "predictions.safetensors", predicted)
    size = model.inputs.image_size
    parameter = next(model.network.parameters())
    example = parameter.new_zeros(1, model.inputs.channels, size, size)
    final = record.final
    again = EvaluationRecord(
        checkpoint=final.checkpoint,
        selected_on=final.selected_on,
        epoch=final.epoch,
        split="test",
        **evaluate(predicted, trained.config.run.average).to_dict(),
    )
    flops = cost(model.network.predict, model.network, example).flops  # type: ignore[arg-type]
    replace(record, evaluations=(again,), flops=flops, command=command).save(place / "results.json")
    write_report([place], place / "report.html")
