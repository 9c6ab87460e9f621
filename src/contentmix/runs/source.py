"""The data of a run."""

from __future__ import annotations

from pathlib import Path

import torch

from contentmix.data import DataSource, blank_data, few_labels, load_data
from contentmix.options.run import RunOptions


def read_data(run: RunOptions) -> tuple[DataSource, torch.Tensor | None]:
    """The data of a run, and which training images are labelled where not all are."""
    data = load_data(run.data, root=run.data_root, image_size=run.image_size)
    return (data, None) if run.labels is None else few_labels(data, run.labels, run.seed)


def read_shape(run: RunOptions, folder: Path) -> DataSource:
    """Data of the shape of a run's, which need not be there; ``folder`` is for their one random image."""
    data = blank_data(run.data, folder, root=run.data_root, image_size=run.image_size)
    return data if run.labels is None else few_labels(data, run.labels, run.seed)[0]
