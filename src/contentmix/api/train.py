"""Training from Python, with the command line's options, checks, run folder and errors."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Unpack, overload

from contentmix.api.keywords import (
    AdaINKeywords,
    CutMixMoKeywords,
    EnsembleLayersKeywords,
    FixMatchMembersKeywords,
    LinearMixMoKeywords,
    MeanTeacherMembersKeywords,
    MimoKeywords,
    MixMatchKeywords,
    MixShareKeywords,
    MixViTKeywords,
    SamosaKeywords,
    SciMixGeneratorKeywords,
    SciMixKeywords,
    SupervisedWithHybridsKeywords,
)
from contentmix.api.objects import Data, Network, named_data, named_method, named_network
from contentmix.api.run_keywords import RunKeywords
from contentmix.errors import require
from contentmix.report import Record, load_record
from contentmix.runs.config import Config, config_from, config_of
from contentmix.runs.own_method import Method
from contentmix.runs.train import resume as resume_folder
from contentmix.runs.train import train as train_config


@dataclass(frozen=True)
class Run:
    """A run folder; it stands wherever a path does.

    Attributes:
        folder: where everything about the run is
        held: the objects that it was given as method, data and network, so that they are found as long as the run is in use
    """

    folder: Path
    held: tuple[object, ...] = field(default=(), repr=False, compare=False)

    def __fspath__(self) -> str:
        return str(self.folder)

    @property
    def config(self) -> Config:
        """All options."""
        return config_of(self.folder)

    @property
    def record(self) -> Record:
        """The results: ``record.final.top1`` in % and the like, and how they were obtained."""
        return load_record(self.folder)


@overload
def train(method: Literal["supervised"], **options: Unpack[SupervisedWithHybridsKeywords]) -> Run: ...
@overload
def train(method: Literal["ensemble-layers"], **options: Unpack[EnsembleLayersKeywords]) -> Run: ...
@overload
def train(method: Literal["mimo"], **options: Unpack[MimoKeywords]) -> Run: ...
@overload
def train(method: Literal["linear-mixmo"], **options: Unpack[LinearMixMoKeywords]) -> Run: ...
@overload
def train(method: Literal["cut-mixmo"], **options: Unpack[CutMixMoKeywords]) -> Run: ...
@overload
def train(method: Literal["mixshare"], **options: Unpack[MixShareKeywords]) -> Run: ...
@overload
def train(method: Literal["mixvit"], **options: Unpack[MixViTKeywords]) -> Run: ...
@overload
def train(method: Literal["mean-teacher"], **options: Unpack[MeanTeacherMembersKeywords]) -> Run: ...
@overload
def train(method: Literal["mixmatch"], **options: Unpack[MixMatchKeywords]) -> Run: ...
@overload
def train(method: Literal["fixmatch"], **options: Unpack[FixMatchMembersKeywords]) -> Run: ...
@overload
def train(method: Literal["samosa"], **options: Unpack[SamosaKeywords]) -> Run: ...
@overload
def train(method: Literal["scimix-generator"], **options: Unpack[SciMixGeneratorKeywords]) -> Run: ...
@overload
def train(method: Literal["scimix"], **options: Unpack[SciMixKeywords]) -> Run: ...
@overload
def train(method: Literal["adain"], **options: Unpack[AdaINKeywords]) -> Run: ...
@overload
def train(method: Method, **options: Unpack[RunKeywords]) -> Run: ...
def train(
    method: str | Method,
    *,
    data: Data = "digits",
    network: Network | None = None,
    out: str | os.PathLike[str] | None = None,
    **options: Any,
) -> Run:
    """Train ``method`` and return its run, a folder like that of ``contentmix train``.

    Args:
        method: its name, or a ``contentmix.Method`` of one's own or with parts of one's own.
        data: a name (``contentmix list data``) or a folder of class folders; ``(images, labels)`` or a torch ``Dataset`` of
            (image, label), a fifth of which is set apart as the test set; or a ``DataSource``, as of ``as_data``.
        network: a name (``contentmix list networks``), or any module that ends in a linear layer (``OwnNetwork``).
        out: run folder (default: runs/METHOD-DATA-seedS).
        options: any option of ``RunOptions``, and of a method that is named.

    Raises:
        UsageError: the folder exists, or an option is unknown or does not fit.
        DataError, ContentmixError: data or training failed.
    """
    name, source = named_data(data, options.get("image_size"))
    named, own_method = named_method(method)
    given: dict[str, Any] = {"method": named, "data": name, **options}
    held: list[object] = [source, own_method]
    if network is not None:
        given["network"], own = named_network(network)
        held.append(own)
    if out is not None:
        given["out"] = os.fspath(out)
    command = None
    if any(each is not None for each in held):
        words = ", ".join(f"{key}={value!r}" for key, value in given.items() if key != "method")
        command = f"contentmix.train({named!r}, {words})"
    return Run(train_config(config_from(given), command=command), tuple(held))


def open_run(
    run: str | os.PathLike[str],
    *,
    method: Method | None = None,
    data: Data | None = None,
    network: Network | None = None,
) -> Run:
    """A run folder with the objects that it was begun with, which a later process has to give again.

    Args:
        run: its folder.
        method: as of ``train``, where it was no name.
        data: likewise.
        network: likewise.

    Raises:
        UsageError: they are not what it was begun with.
        DataError: ``run`` is not a run folder.
    """
    folder, held = Path(run), list(run.held) if isinstance(run, Run) else []
    config = config_of(folder)
    given = config.run
    if method is not None:
        name, own_method = named_method(method)
        _check_same("method", folder, config.method, name)
        held.append(own_method)
    if data is not None:
        name, source = named_data(data, given.image_size)
        _check_same("data", folder, given.data, name)
        held.append(source)
    if network is not None:
        name, own = named_network(network)
        _check_same("network", folder, given.network, name)
        held.append(own)
    return Run(folder, tuple(held))


def _check_same(kind: str, run: Path, wanted: str | None, name: str) -> None:
    require(name == wanted, f"{kind} of run {run} is {wanted}, and {name} is given: give what it was begun with")


def resume(
    run: str | os.PathLike[str],
    *,
    method: Method | None = None,
    data: Data | None = None,
    network: Network | None = None,
) -> Run:
    """Continue an interrupted run; arguments as ``open_run``.

    Raises:
        UsageError: it has finished, or what is given is not what it was begun with.
        CheckpointError: no checkpoint is intact.
    """
    opened = open_run(run, method=method, data=data, network=network)
    resume_folder(opened.folder)
    return opened
