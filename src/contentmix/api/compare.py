"""Which of several methods is better on one's own data, from Python."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from contentmix.api.objects import Data, Network, named_data, named_network
from contentmix.errors import ContentmixError
from contentmix.report import FIGURES
from contentmix.studies.compare import Entry, comparison
from contentmix.studies.equal_steps import with_equal_steps
from contentmix.studies.findings import findings
from contentmix.studies.measured import MeasuredRow, measured_rows
from contentmix.studies.page import verdicts, write_page
from contentmix.studies.plan import Request
from contentmix.studies.run_study import run_study
from contentmix.studies.verdicts import Verdict


@dataclass(frozen=True)
class Comparison:
    """What a comparison found.

    Attributes:
        table: a dictionary of plain values for each method: ``row``, ``method``, ``seeds``, ``steps``, the means of figures and
            their deviations as ``top1`` and ``top1_std``, ``parameters``, ``flops`` of an image, ``seconds`` of training.
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
    methods: Sequence[Entry],
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
        methods: two or more, the one that others are compared with first: ``"cut-mixmo"``, ``"cut-mixmo:members=3"``, or
            ``("cut-mixmo", {"members": 3})``.
        data: as of ``train``.
        network: as of ``train``; a method's own options may have another.
        seeds: runs of each.
        out: folder of the runs (default: runs/comparison-DATA).
        options: of every run, by name.

    Raises:
        UsageError: an unknown method or option, two methods alike, or runs of other options in the folder.
        ContentmixError: data or some runs failed; the others are kept.
    """
    held: list[object] = []
    options["data"], source = named_data(data, options.get("image_size"))
    held.append(source)
    if network is not None:
        options["network"], own = named_network(network)
        held.append(own)
    entries = [_named(entry, held) for entry in methods]
    study, _ = with_equal_steps(comparison(entries, options, name=None if source is None else source.name))
    folder = study.folder("") if out is None else Path(out)
    outcome = run_study(Request(study, folder, seeds=seeds))
    if outcome.failed:
        name, reason = next(iter(outcome.failed.items()))
        raise ContentmixError(f"{len(outcome.failed)} runs failed, {name}: {reason}; the same call tries again")
    rows, found = measured_rows(study, "", folder), verdicts(study, "", folder)
    page = write_page(study, "", folder, study.page(folder))
    methods_of = {row.name: row.method for row in study.rows}
    table = [{"row": row.name, "method": methods_of[row.name], **_plain(row)} for row in rows]
    return Comparison(table, [_verdict(each) for each in found], findings(rows, found), page, folder)


def _named(entry: Entry, held: list[object]) -> Entry:
    """``entry`` with the name of a network of its own that is an object."""
    if isinstance(entry, str) or "network" not in entry[1]:
        return entry
    method, options = entry
    name, own = named_network(options["network"])
    held.append(own)
    return method, {**options, "network": name}


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
