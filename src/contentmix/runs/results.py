"""The end of a run: its model, its pictures, its record, its report."""

from __future__ import annotations

import logging
import shlex
from pathlib import Path
from typing import Any

import torch
from torch import nn

from contentmix.batch import MemberLogits
from contentmix.devices import device_of, words_of
from contentmix.errors import CheckpointError
from contentmix.hybrids import InClassGenerator
from contentmix.metrics import cost, evaluate
from contentmix.report import DETAILS, EvaluationRecord, Record, save_predictions, write_report
from contentmix.runs.calibration import NO_SPLIT, Calibration, calibrate
from contentmix.runs.details import details
from contentmix.runs.folder import CHECKPOINTS
from contentmix.runs.hybrid_pictures import draw_all
from contentmix.runs.loaders import evaluation_loader, input_spec
from contentmix.runs.model import MODEL, predicting, save_model
from contentmix.runs.prepare import Prepared
from contentmix.runs.provenance import commit, versions
from contentmix.training import RunCheckpoint, newest_intact, predict_set, read_checkpoint

_log = logging.getLogger(__name__)
SELECTION = {
    "validation": "validation top-1, the latest epoch within a standard error of the best",
    "test": "test top-1 (the thesis's protocol)",
    "last": "none (last epoch)",
}


def write_results(job: Prepared, history: RunCheckpoint, seconds: float | None, command: str | None) -> None:
    """Evaluate on the test set, and write the model, the results and the report.

    Where the best weights are lost, the last ones stand, and the results say so.
    The results come after all that a reader of them may look for; only the report, which is made from them, follows.

    Args:
        job: trained.
        history: of its epochs, with its best.
        seconds: that it took, None where it was interrupted.
        command: that started it.
    """
    run, module = job.config.run, job.module
    network = module.evaluated.to(device_of(run.device))
    loader = evaluation_loader(job.data, job.data.test, run, next(network.parameters()).device)

    def predicted(network: nn.Module) -> MemberLogits:
        with predicting(run):
            return predict_set(network, loader)

    evaluations, chosen = [], predicted(network)
    epoch = int(history.history[-1]["epoch"])
    if module.ema is not None:
        raw = predicted(module.network.to(device_of(run.device)))
        evaluations.append(_record("raw", "none (last epoch)", epoch, evaluate(raw, run.average)))
    evaluations.append(_record("last", "none (last epoch)", epoch, evaluate(chosen, run.average)))
    lost: dict[str, str] = {}
    if run.select != "last" and history.best is not None:
        epoch = int(history.best["epoch"])
        try:
            path, _ = newest_intact(job.folder / CHECKPOINTS, f"best-{epoch:08d}")
            network.load_state_dict(read_checkpoint(path))
        except CheckpointError as error:
            lost = {
                "lost": f"the best weights, of epoch {epoch}: those of the last epoch stand in their place ({error})"
            }
            _log.warning("contentmix: %s", lost["lost"])
        else:
            chosen = predicted(network)
            evaluations.append(_record("best", SELECTION[str(run.select)], epoch, evaluate(chosen, run.average)))
    spec = input_spec(job.data)
    calibration = _calibrated(job, network)
    save_model(network, spec, job.folder / MODEL, calibration)
    save_predictions(job.folder / "predictions.safetensors", chosen)
    details(job, chosen, calibration).save(job.folder / DETAILS)
    if isinstance(network, InClassGenerator):
        draw_all(job.folder)
    example = torch.zeros(1, spec.channels, spec.image_size, spec.image_size, device=next(network.parameters()).device)
    price = cost(network.predict, network, example)  # type: ignore[arg-type]
    Record(
        method=job.config.method,
        data=run.data,
        network=str(run.network),
        seed=run.seed,
        evaluations=tuple(evaluations),
        parameters=price.parameters,
        flops=price.flops,
        train={
            "images": job.train_images,
            "unlabelled": 0 if job.data.unlabelled is None else len(job.data.unlabelled),
            "epochs": int(history.history[-1]["epoch"]),
            "steps": int(history.history[-1]["step"]),
            "seconds": None if seconds is None else round(seconds, 1),
            **_kept(history.history, run.epochs),
            **({"lengthened": history.lengthened} if history.lengthened else {}),
            **lost,
        },
        versions=versions(),
        commit=commit(),
        device=words_of(next(network.parameters()).device),
        command=command or _command(job.config.method, job.folder),
    ).save(job.folder / "results.json")
    write_report([job.folder], job.folder / "report.html")


def _calibrated(job: Prepared, network: nn.Module) -> Calibration:
    """A temperature for ``network``, fitted on the validation split where there is one, never on the test set."""
    if job.data.validation is None:
        return NO_SPLIT
    run = job.config.run
    loader = evaluation_loader(job.data, job.data.validation, run, next(network.parameters()).device)
    with predicting(run):
        return calibrate(predict_set(network, loader), job.config)


def _kept(history: list[dict[str, float]], epochs: int | None) -> dict[str, list[float]]:
    """The mean share of SAMOSA's hybrids that were kept, in each cycle of ``epochs`` epochs that had some."""
    cycles: dict[float, list[float]] = {}
    for row in history:
        if "kept" in row:
            cycles.setdefault((row["epoch"] - 1) // (epochs or 1), []).append(row["kept"])
    return {"hybrids_kept": [sum(shares) / len(shares) for shares in cycles.values()]} if cycles else {}


def _command(method: str, folder: Path) -> str:
    return shlex.join(["contentmix", "train", method, "--config", str(folder / "config.yaml")])


def _record(checkpoint: str, selected_on: str, epoch: int, evaluation: Any) -> EvaluationRecord:
    return EvaluationRecord(
        checkpoint=checkpoint, selected_on=selected_on, epoch=epoch, split="test", **evaluation.to_dict()
    )
