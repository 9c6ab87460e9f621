"""Weights of the published MixMo code (alexrame/mixmo-pytorch) as a run folder that predicts as they do."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from contentmix.data import CLASS_NAMES, SHAPES, load_data
from contentmix.devices import device_of
from contentmix.errors import require
from contentmix.files import atomic_write
from contentmix.options.run import RunOptions
from contentmix.report import IMPORTED
from contentmix.runs.config import Config
from contentmix.runs.foreign_checkpoint import read_foreign
from contentmix.runs.loaders import input_spec
from contentmix.runs.model import MODEL, InputSpec, build_trainable, save_model
from contentmix.runs.provenance import commit, versions
from contentmix.runs.published import check_network, published_members, translate

_CIFAR = (0.4913725490196078, 0.4823529411764706, 0.4466666666666667), (0.2023, 0.1994, 0.2010)
# Means and deviations that the published code normalises images by; its networks have seen no others.
NORMALISATION = {"cifar10": _CIFAR, "cifar100": _CIFAR, "tiny-imagenet": ((0.5,) * 3, (0.5,) * 3)}


def import_mixmo(checkpoint: Path, run: RunOptions, *, command: str) -> Path:
    """Make a run folder of a published checkpoint: configuration, weights, and where they come from (``imported.json``).

    Nothing is trained or evaluated, so that the folder has no ``results.json``. Networks of one input become ``supervised``,
    those of M ``cut-mixmo``: predictions of that code's methods differ in nothing but weights.

    Args:
        checkpoint: file of the published code.
        run: its ``network`` (``wrn-D-W`` or ``preactresnet18-W``), the ``data`` it was trained on, and ``out``.
        command: for the record.

    Returns:
        The run folder.

    Raises:
        UsageError: the folder exists, or the network is another than the checkpoint's.
        DataError: classes are read from data which are not there; those of CIFAR are known without.
        CheckpointError: the file is refused, or has other tensors than the network.
    """
    folder = run.out
    assert folder is not None
    assert run.network is not None
    require(not (folder.exists() and any(folder.iterdir())), f"run folder {folder} exists: choose another --out")
    found = read_foreign(checkpoint)
    members = published_members(found.tensors)
    run = replace(run, network=check_network(run.network, found.tensors), channels_last=_channels_last(run))
    config = Config("supervised", run=run) if members == 1 else Config("cut-mixmo", {"members": members}, run)
    inputs = published_inputs(run)
    _, network = build_trainable(config, len(inputs.classes), inputs.channels, inputs.image_size)
    network.load_state_dict(translate(found.tensors, network.state_dict()))
    folder.mkdir(parents=True, exist_ok=True)
    config.save(folder / "config.yaml")
    origin = {
        "code": "alexrame/mixmo-pytorch",
        "file": checkpoint.name,
        "sha256": found.sha256,
        "epoch": found.epoch,
        "normalisation": "published" if run.data in NORMALISATION else "of the data",
        "versions": versions(),
        "commit": commit(),
        "command": command,
    }
    atomic_write(folder / IMPORTED, json.dumps(origin, indent=2) + "\n")
    # Last: a folder with weights is whole.
    save_model(network, inputs, folder / MODEL)
    return folder


def published_inputs(run: RunOptions) -> InputSpec:
    """What the published code's networks for ``run.data`` take: images normalised as there, classes in the order of the labels.

    Data that it does not know are normalised by their own statistics.

    Raises:
        DataError, UsageError: of ``load_data``, for data whose classes are not known without.
    """
    if run.data in CLASS_NAMES:
        shape = SHAPES[run.data]
        size = run.image_size or shape.image_size
        return InputSpec(CLASS_NAMES[run.data], shape.channels, size, *NORMALISATION[run.data])
    spec = input_spec(load_data(run.data, root=run.data_root, image_size=run.image_size))
    mean, std = NORMALISATION.get(run.data, (spec.mean, spec.std))
    return replace(spec, mean=mean, std=std)


def _channels_last(run: RunOptions) -> bool:
    return device_of(run.device).type == "cpu" if run.channels_last is None else run.channels_last
