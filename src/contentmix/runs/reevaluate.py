"""Finished runs that predict in another way, or several together: the same weights, nothing trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from contentmix.batch import MemberLogits
from contentmix.data import read_split, write_split
from contentmix.files import atomic_write
from contentmix.metrics import cost, evaluate
from contentmix.report import EvaluationRecord, load_record, save_predictions, write_report
from contentmix.runs.config import Config
from contentmix.runs.costs import training_of
from contentmix.runs.ensemble import load_ensemble, predict_ensemble
from contentmix.runs.model import MODEL, TrainedModel
from contentmix.training import list_checkpoints


def evaluate_again(runs: Sequence[Path], config: Config, place: Path, command: str | None) -> None:
    """Make ``place`` the folder of ``runs`` predicting together, by ``config``'s ``inference`` where it has one.

    That of one run is a run folder like any other. An ensemble has no weights of its own; the steps and seconds of its training
    are those of all together, its history and all else of its training that of the first.
    Where the runs' models are of a selected epoch, and their last one is in their checkpoints, that is evaluated too.

    Args:
        runs: finished ones, which differ in their seed.
        config: theirs but for ``inference``; they predict on its ``device``.
        place: where to write; what an earlier, interrupted call has left there is replaced.
        command: for the record (default: that of the first).
    """
    inference, device = config.method_options.get("inference"), config.run.device
    models = load_ensemble(runs, inference=inference, device=device)
    first, records = models[0], [load_record(run) for run in runs]
    record = records[0]
    place.mkdir(parents=True, exist_ok=True)
    replace(first.config, run=replace(first.config.run, out=place)).save(place / "config.yaml")
    for name in ("metrics.csv", *([MODEL] if len(runs) == 1 else [])):
        atomic_write(place / name, (runs[0] / name).read_bytes())
    if (split := read_split(runs[0])) is not None:
        write_split(split, place)
    predicted = predict_ensemble(models)
    save_predictions(place / "predictions.safetensors", predicted)
    evaluations = [_again(record.final, predicted)]
    ended = next((each for each in record.evaluations[:-1] if each.checkpoint == "last"), None)
    if ended is not None and all(list_checkpoints(run / "checkpoints") for run in runs):
        last = load_ensemble(runs, inference=inference, last=True, device=device)
        evaluations.insert(0, _again(ended, predict_ensemble(last)))
    replace(
        record,
        evaluations=tuple(evaluations),
        parameters=len(runs) * record.parameters,
        flops=sum(_flops(model) for model in models),
        train={**record.train, **training_of(records)},
        command=command or record.command,
    ).save(place / "results.json")
    write_report([place], place / "report.html")


def _again(before: EvaluationRecord, predicted: MemberLogits) -> EvaluationRecord:
    """What ``predicted`` comes to, of the checkpoints and on the set of ``before``."""
    return replace(before, **evaluate(predicted, before.average).to_dict())  # type: ignore[arg-type]


def _flops(model: TrainedModel) -> int:
    size = model.inputs.image_size
    example = next(model.network.parameters()).new_zeros(1, model.inputs.channels, size, size)
    return cost(model.network.predict, model.network, example).flops  # type: ignore[arg-type]
