"""Where a run's figures go besides its folder: Lightning's loggers, by name."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers import CSVLogger, Logger, MLFlowLogger, TensorBoardLogger, WandbLogger

from contentmix.choices import LoggerName
from contentmix.errors import UsageError, require

PROJECT = "contentmix"


def check_logger(name: LoggerName) -> None:
    """Raise a ``UsageError`` unless what the logger ``name`` needs is installed."""
    require(
        name not in ("wandb", "mlflow") or find_spec(name) is not None,
        f"logger is {name}, and its package is not installed: pip install 'contentmix[{name}]'",
    )


def make_logger(name: LoggerName, folder: Path, options: Mapping[str, Any]) -> Logger | None:
    """The logger ``name`` of the run in ``folder``, which is told the run's ``options``; None of ``none``.

    wandb and mlflow are set up by their own variables of the environment, as WANDB_MODE and MLFLOW_TRACKING_URI; without the
    latter mlflow's store is the run folder's ``mlflow.db``. A run that is resumed is a new run of theirs, of the same name.

    Raises:
        UsageError: its package is not installed, or refuses.
    """
    check_logger(name)
    if name == "none":
        return None
    try:
        logger = _make(name, folder)
        logger.log_hyperparams(dict(options))
    except Exception as error:  # of services: each package has classes of its own
        raise UsageError(f"logger {name} cannot be used: {' '.join(str(error).split())}") from error
    return logger


def _make(name: LoggerName, folder: Path) -> Logger:
    if name == "wandb":
        return WandbLogger(save_dir=folder, name=folder.name, project=PROJECT)
    if name == "mlflow":
        uri = os.environ.get("MLFLOW_TRACKING_URI")
        if uri is not None:
            return MLFlowLogger(experiment_name=PROJECT, run_name=folder.name, tracking_uri=uri)
        place = folder.resolve()
        store, artifacts = f"sqlite:///{place / 'mlflow.db'}", (place / "mlruns").as_uri()
        return MLFlowLogger(PROJECT, folder.name, store, artifact_location=artifacts)
    if name == "csv":
        return CSVLogger(save_dir=folder, name="csv", version="")
    return TensorBoardLogger(save_dir=folder, name="tensorboard", version="", default_hp_metric=False)


def log_results(logger: Logger | None, figures: Mapping[str, float], step: int, files: Sequence[Path]) -> None:
    """Tell ``logger``, in the first process, the final ``figures`` and what stands in ``files``, and end its run.

    Args:
        logger: of ``make_logger``.
        figures: by name.
        step: that training ended with.
        files: of the run folder; services keep them, the others are beside them.
    """
    if logger is None:
        return
    logger.log_metrics(dict(figures), step)
    if isinstance(logger, WandbLogger):
        for file in files:
            logger.experiment.save(str(file), base_path=str(file.parent), policy="now")
    elif isinstance(logger, MLFlowLogger):
        for file in files:
            logger.experiment.log_artifact(logger.run_id, str(file))
    logger.save()
    logger.finalize("success")
    if isinstance(logger, WandbLogger):
        logger.experiment.finish()
