"""Which of several methods is better on one's own data, from Python."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from contentmix.api.objects import Data, Network, named_data, named_method, named_network
from contentmix.errors import ContentmixError, require
from contentmix.given import description_of
from contentmix.networks import OwnNetwork
from contentmix.report import FIGURES
from contentmix.runs.own_method import Method
from contentmix.runs.shapes import Shapes
from contentmix.studies.compare import Entry, comparison
from contentmix.studies.equal_steps import with_equal_steps
from contentmix.studies.findings import findings
from contentmix.studies.measured import MeasuredRow, measured_rows
from contentmix.studies.page import verdicts, write_page
from contentmix.studies.plan import Request
from contentmix.studies.run_study import run_study
from contentmix.studies.verdicts import Verdict

# As of the command line, or with a method that is an object.
AnyEntry = Entry | Method | tuple[Method, Mapping[str, Any]]


@dataclass(frozen=True)
class Comparison:
    """What a comparison found.

    Attributes:
        table: a dictionary of plain values for each method: ``row``, ``method`` (an object's ``repr``), ``seeds``, ``steps``,
            the means of figures and their deviations as ``top1`` and ``top1_std``, ``parameters``, ``flops`` of an image,
            ``seconds`` of training.
        verdicts: one for each pair: ``better``, None where that is not decided; ``difference`` of ``top1``, ``higher`` less
            ``lower``, with ``low`` and ``high`` of its interval of 95 %, ``p``, and the ``needed`` seeds.
        findings: the same in sentences.
        page: with all of it.
        folder: of the runs.
    """

    table: list[dict[str, Any]]
    verdicts: list[dict[str, Any]]
    findings: list[str]
    page: Path
    folder: Path


def compare(
    methods: Sequence[AnyEntry],
    *,
    data: Data = "digits",
    network: Network | None = None,
    seeds: int = 3,
    out: str | os.PathLike[str] | None = None,
    **options: Any,
) -> Comparison:
    """Train all of ``methods`` by the same number of optimiser steps, seed by seed, and say which is better, if that is decided.

    A second call continues where the first stopped, and keeps what has finished.

    Args:
        methods: two or more, the one that others are compared with first: ``"cut-mixmo"``, ``"cut-mixmo:members=3"``,
            ``("cut-mixmo", {"members": 3})``, or a ``contentmix.Method`` as of ``train``, alone or with options.
        data: as of ``train``.
        network: as of ``train``; a method's own options may have another.
        seeds: runs of each.
        out: folder of the runs (default: runs/comparison-DATA).
        options: of every run, by name.

    Raises:
        UsageError: an unknown method or option, two methods alike, or runs of other options in the folder.
        ContentmixError: data or some runs failed; the others are kept.
    """
    require(
        isinstance(methods, Sequence) and not isinstance(methods, str),
        f"methods is {methods!r}: give a list of two or more, such as ['supervised', 'cut-mixmo']",
    )
    held = _Held()
    options["data"], source = named_data(data, options.get("image_size"))
    if network is not None:
        options["network"] = held.network(network)
    entries = [held.entry(entry) for entry in methods]
    shapes = Shapes()
    study, _ = with_equal_steps(comparison(entries, options, name=None if source is None else source.name), shapes)
    folder = study.folder("") if out is None else Path(out)
    outcome = run_study(Request(study, folder, seeds=seeds, shapes=shapes))
    if outcome.failed:
        name, reason = next(iter(outcome.failed.items()))
        raise ContentmixError(f"{len(outcome.failed)} runs failed, {name}: {reason}; the same call tries again")
    rows, found = measured_rows(study, "", folder), verdicts(study, "", folder)
    page = write_page(study, "", folder, study.page(folder))
    methods_of = {row.name: description_of(row.method) or row.method for row in study.rows}
    table = [{"row": row.name, "method": methods_of[row.name], **_plain(row)} for row in rows]
    return Comparison(table, [_verdict(each) for each in found], findings(rows, found), page, folder)


class _Held:
    """The objects of a comparison, by the names that its rows have for them."""

    def __init__(self) -> None:
        self._objects: dict[str, object] = {}

    def entry(self, entry: AnyEntry) -> Entry:
        """``entry`` with the names of its method and of its network, where these are objects."""
        if isinstance(entry, str):
            return entry
        method, options = entry if isinstance(entry, tuple) and len(entry) == 2 else (entry, {})
        name, own = named_method(method)
        self._objects[name] = own
        if "network" in options:
            options = {**options, "network": self.network(options["network"])}
        return name, options

    def network(self, network: Network) -> str:
        """The name of ``network``, which no other has: names are of layers, and do not tell weights."""
        name, own = named_network(network)
        if own is not None:
            other = self._objects.setdefault(name, own)
            require(
                isinstance(other, OwnNetwork) and other.module is own.module,
                f"two networks are called {name}, as they differ in their weights at most: compare them in one call each",
            )
            self._objects[name] = own
        return name


def _plain(row: MeasuredRow) -> dict[str, Any]:
    records = [run.record for run in row.runs]
    figures: dict[str, float | None] = {}
    for name, _, _ in FIGURES:
        if values := list(row.values(name).values()):
            figures |= {name: fmean(values), f"{name}_std": stdev(values) if len(values) > 1 else None}
    seconds = [record.train["seconds"] for record in records if record.train["seconds"] is not None]
    return {
        "seeds": len(records),
        "steps": records[0].train["steps"],
        **figures,
        "parameters": records[0].parameters,
        "flops": records[0].flops,
        "seconds": fmean(seconds) if seconds else None,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    found = verdict.difference
    low, high = (None, None) if found is None else found.interval
    return {
        "higher": verdict.claim.higher,
        "lower": verdict.claim.lower,
        "better": verdict.better,
        "difference": verdict.value,
        "low": low,
        "high": high,
        "p": verdict.p,
        "seeds": min(verdict.seeds),
        "needed": verdict.needed,
    }
