"""Finished runs, together, on images of classes that they do not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from torch import Tensor

from contentmix.batch import MemberLogits
from contentmix.catalogue import check_data_name
from contentmix.choices import Average
from contentmix.data import DataSource, Reading, load_data
from contentmix.errors import require
from contentmix.metrics import detection, ensemble_log_probs
from contentmix.options.run import RunOptions
from contentmix.report import DetectionRecord
from contentmix.runs.ensemble import ensemble_source, predict_together
from contentmix.runs.loaders import evaluation_loader
from contentmix.runs.model import TrainedModel


def evaluate_detection(
    models: Sequence[TrainedModel],
    others: str,
    *,
    data: str | None = None,
    average: Average | None = None,
    skip_broken: bool = False,
) -> DetectionRecord:
    """How the ensemble's certainty tells its test set from the one of ``others``, whose images are brought to its size.

    Args:
        models: trained on the same kind of inputs.
        others: data set or folder of other classes; of a folder without splits, all images.
        data: another data set with the classes of the runs, in place of theirs.
        average: what is averaged over members (default: that of the first run).
        skip_broken: leave out files of folders that cannot be read.

    Raises:
        UsageError, DataError: data do not fit or are missing; ``others`` are those of the runs.
    """
    check_data_name(others)
    source, run, device = ensemble_source(models, data, skip_broken=skip_broken)
    how = average or run.average
    found = read_others(others, source, run, skip_broken=skip_broken)
    known, unknown = (
        predict_together(models, evaluation_loader(each, each.test, run, device)) for each in (source, found)
    )
    figures = detection(_log_probs(known, how), _log_probs(unknown, how))
    return DetectionRecord(
        runs=[str(model.run) for model in models],
        data=run.data,
        others=others,
        images=len(known.labels),
        other_images=len(unknown.labels),
        members=known.logits.shape[1],
        average=how,
        ood_auroc=figures.auroc,
        ood_fpr95=figures.fpr95,
    )


def read_others(others: str, source: DataSource, run: RunOptions, *, skip_broken: bool = False) -> DataSource:
    """The images of ``others``, brought to the size of those of ``source`` and normalised as these are.

    Args:
        others: data set or folder of other classes; of a folder without splits, all images.
        source: data of the shape of those that the runs know.
        run: options of the runs.
        skip_broken: leave out files of folders that cannot be read.

    Raises:
        UsageError, DataError: data do not fit or are missing; ``others`` are those of the runs.
    """
    require(others != run.data, f"ood is {others}, which the runs know: name data of other classes")
    reading = Reading(as_test=True, skip_broken=skip_broken, progress=run.progress)
    found = load_data(others, root=run.data_root, image_size=source.image_size, reading=reading)
    for name in ("channels", "image_size"):
        theirs, ours = getattr(found, name), getattr(source, name)
        require(theirs == ours, f"ood {others} has {name} {theirs}, the runs were trained on {ours}: name other data")
    return replace(found, mean=source.mean, std=source.std)


def _log_probs(predictions: MemberLogits, average: Average) -> Tensor:
    return ensemble_log_probs(predictions.logits, average, predictions.weights)
