"""Runs: a configuration in, a run folder out."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from contentmix.data import DataSource, few_labels, load_data, write_indices
from contentmix.errors import ContentmixError, Interrupted, UsageError, require
from contentmix.experiments.config import Config, config_from, read_config_file
from contentmix.experiments.hybrids import draw_all, draw_progress
from contentmix.experiments.initial import begin_with
from contentmix.experiments.loaders import evaluation_loader, input_spec, make_loaders
from contentmix.experiments.model import TrainedModel, build_trainable, save_model
from contentmix.experiments.options import RunOptions
from contentmix.experiments.provenance import commit, versions
from contentmix.experiments.recipes import base_method, method_options, resolve
from contentmix.hybrids import InClassGenerator
from contentmix.metrics import cost, evaluate
from contentmix.report import EvaluationRecord, Record, save_predictions, write_report
from contentmix.training import (
    Hardware,
    LearningRate,
    Optimisation,
    Training,
    fit,
    newest_intact,
    predict_set,
    read_checkpoint,
)
from contentmix.training.keeper import RunKeeper

LABELLED = "labelled.txt"
SELECTION = {
    "validation": "validation top-1",
    "test": "test top-1 (the thesis's protocol)",
    "last": "none (last epoch)",
}


@dataclass(frozen=True)
class _Job:
    """Everything that a run needs, built from its configuration."""

    config: Config
    folder: Path
    data: DataSource
    module: Training
    train_images: int
    epochs: int
    callbacks: list[Any]


def train(config: Config, *, command: str | None = None) -> Path:
    """Train as ``config`` says and return the run folder.

    Raises:
        UsageError: the folder exists, or an option does not fit.
        DataError, ContentmixError: data or training failed; what was written so far stays.
    """
    run = config.run
    folder = run.out or Path("runs") / f"{config.method}-{Path(run.data).name}-seed{run.seed}"
    if folder.exists() and any(folder.iterdir()) and _is_first_process():
        raise UsageError(
            f"run folder {folder} exists: continue it with 'contentmix resume {folder}', or choose another --out"
        )
    data, labelled = _load(run)
    few = data.unlabelled is not None
    name = base_method(config.method, config.method_options)
    run = replace(resolve(run, data.image_size, name, unlabelled=few), out=folder)
    if run.channels_last is None:
        run = replace(run, channels_last=_device(run.device).type == "cpu")
    options = {**method_options(config.method, name, run.data), **config.method_options}
    config = replace(config, method_options=options, run=run)
    job = _prepare(config, folder, data, fresh=True)
    folder.mkdir(parents=True, exist_ok=True)
    if _is_first_process():
        config.save(folder / "config.yaml")
        if labelled is not None:
            write_indices(labelled, folder / LABELLED)
    return _run(job, command, None)


def resume(folder: Path, *, command: str | None = None) -> tuple[Path, list[str]]:
    """Continue an interrupted run from its newest intact checkpoint.

    Returns:
        The run folder, and a line for each damaged checkpoint that was passed over.

    Raises:
        UsageError: ``folder`` is no run folder, or its run has finished.
        CheckpointError: no checkpoint is intact.
    """
    require((folder / "config.yaml").is_file(), f"{folder} is not a run folder: it has no config.yaml")
    require(
        not (folder / "results.json").exists(), f"run {folder} has finished: evaluate it, or train with another --out"
    )
    config = config_from(read_config_file(folder / "config.yaml"))
    checkpoint, damaged = newest_intact(folder / "checkpoints")
    config = replace(config, run=replace(config.run, out=folder))
    # The subset of the run itself: a file that it was read from may have changed.
    kept = folder / LABELLED if (folder / LABELLED).is_file() else config.run.labels
    data, _ = _load(replace(config.run, labels=kept))
    return _run(_prepare(config, folder, data), command, checkpoint), damaged


def _load(run: RunOptions) -> tuple[DataSource, torch.Tensor | None]:
    """The data of a run, and which training images are labelled where not all are."""
    data = load_data(run.data, root=run.data_root, image_size=run.image_size)
    return (data, None) if run.labels is None else few_labels(data, run.labels, run.seed)


def _is_first_process() -> bool:
    return all(os.environ.get(name, "0") == "0" for name in ("LOCAL_RANK", "RANK", "SLURM_PROCID"))


def _prepare(config: Config, folder: Path, data: DataSource, *, fresh: bool = False) -> _Job:
    run = config.run
    method, network = build_trainable(
        config, len(data.classes), data.channels, data.image_size, pretrained=fresh and run.pretrained
    )
    # What the recipe resolved.
    assert run.batch_size is not None
    assert run.lr is not None
    assert run.epochs is not None
    assert run.schedule is not None
    assert run.optimizer is not None
    check = getattr(method, "check", None)
    if check is not None:
        check(data)
    if fresh and run.init is not None:
        begin_with(network, run.init, data)
    cycles = getattr(method, "cycles", 1)
    plan = method.plan(run.batch_size)
    loaders, train_images = make_loaders(data, plan, run)
    # Batch repetition gives an epoch b times the steps, each 1/b as long (A.1.3.1).
    optimisation = Optimisation(
        lr=run.lr / plan.repetition,
        schedule=LearningRate(
            run.schedule,
            run.cosine_epochs or run.epochs,
            run.milestones or (),
            run.gamma or 0.1,
            run.warmup_epochs or 0.0,
            run.epochs if cycles > 1 else None,
        ),
        optimizer=run.optimizer,
        momentum=0.9 if run.momentum is None else run.momentum,
        weight_decay=run.weight_decay or 0.0,
        grad_clip=run.grad_clip,
        ema_decay=run.ema_decay,
    )
    module = Training(method, network, optimisation, loaders, seed=run.seed, classes=len(data.classes))
    callbacks = method.callbacks(loaders, run.epochs, run.seed) if hasattr(method, "callbacks") else []
    return _Job(config, folder, data, module, train_images, cycles * run.epochs, callbacks)


def _run(job: _Job, command: str | None, checkpoint: Path | None) -> Path:
    run = job.config.run
    hardware = Hardware(
        run.device, run.devices, run.nodes, run.strategy, run.precision, run.compile, bool(run.channels_last)
    )
    start = time.perf_counter()
    try:
        keeper, reports = fit(
            job.module,
            job.folder,
            epochs=job.epochs,
            checkpoint_every=run.checkpoint_every,
            evaluate_every=run.evaluate_every,
            hardware=hardware,
            resume_from=checkpoint,
            progress=run.progress,
            callbacks=job.callbacks,
            look=_preview(job),
        )
    except KeyboardInterrupt as stop:
        raise Interrupted(f"interrupted; continue the run with: contentmix resume {job.folder}") from stop
    if reports:
        _conclude(job, keeper, time.perf_counter() - start, command, resumed=checkpoint is not None)
    return job.folder


def _preview(job: _Job) -> Callable[[int, nn.Module], None] | None:
    """What draws hybrids now and then, where a generator is trained."""
    if not isinstance(job.module.network, InClassGenerator):
        return None
    every = job.config.run.preview_every or max(1, job.epochs // 10)

    def look(epoch: int, network: nn.Module) -> None:
        if epoch % every == 0:
            model = TrainedModel(job.folder, job.config, input_spec(job.data), network)
            draw_progress(model, job.folder / "hybrids" / f"epoch-{epoch:05d}.png")

    return look


def _conclude(job: _Job, keeper: RunKeeper, seconds: float, command: str | None, *, resumed: bool) -> None:
    """Evaluate on the test set, and write the model, the results and the report."""
    run, module = job.config.run, job.module
    network = module.evaluated.to(_device(run.device))
    loader = evaluation_loader(job.data, job.data.test, run, next(network.parameters()).device)
    evaluations, chosen = [], predict_set(network, loader)
    epoch = int(keeper.history[-1]["epoch"])
    if module.ema is not None:
        raw = predict_set(module.network.to(_device(run.device)), loader)
        evaluations.append(_record("raw", "none (last epoch)", epoch, evaluate(raw, run.average)))
    evaluations.append(_record("last", "none (last epoch)", epoch, evaluate(chosen, run.average)))
    if run.select != "last" and keeper.best is not None:
        path, _ = newest_intact(job.folder / "checkpoints", "best")
        network.load_state_dict(read_checkpoint(path))
        chosen = predict_set(network, loader)
        epoch = int(keeper.best["epoch"])
        evaluations.append(_record("best", SELECTION[str(run.select)], epoch, evaluate(chosen, run.average)))
    spec = input_spec(job.data)
    save_model(network, spec, job.folder / "model.safetensors")
    save_predictions(job.folder / "predictions.safetensors", chosen)
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
            "epochs": int(keeper.history[-1]["epoch"]),
            "steps": int(keeper.history[-1]["step"]),
            "seconds": None if resumed else round(seconds, 1),
        },
        versions=versions(),
        commit=commit(),
        device=str(next(network.parameters()).device),
        command=command
        or shlex.join(["contentmix", "train", job.config.method, "--config", str(job.folder / "config.yaml")]),
    ).save(job.folder / "results.json")
    if isinstance(network, InClassGenerator):
        draw_all(job.folder)
    write_report([job.folder], job.folder / "report.html")


def _record(checkpoint: str, selected_on: str, epoch: int, evaluation: Any) -> EvaluationRecord:
    return EvaluationRecord(
        checkpoint=checkpoint, selected_on=selected_on, epoch=epoch, split="test", **evaluation.to_dict()
    )


def _device(name: str) -> torch.device:
    if name != "auto":
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def command_line() -> str:
    """The command that started this process, for the record."""
    return shlex.join(["contentmix", *sys.argv[1:]])


__all__ = ["ContentmixError", "command_line", "resume", "train"]
