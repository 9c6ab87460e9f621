"""The record of a run's feature usage: ``usage.json`` in its folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from contentmix.errors import DataError
from contentmix.files import atomic_write
from contentmix.report.read_json import check_fields, read_json

USAGE = "usage.json"
_KIND = "a record of feature usage"


@dataclass(frozen=True, kw_only=True)
class BlockUsage:
    """One place of the network.

    Attributes:
        name: ``input block``, ``output block``, or a stage of the core.
        influence: (m, c) of each channel on each subnetwork.
        sharing: their sharing rate in [0, 1].
    """

    name: str
    influence: list[list[float]]
    sharing: float


@dataclass(frozen=True, kw_only=True)
class UsageRecord:
    """How the subnetworks of a run use its features.

    Attributes:
        blocks: the input block, the stages of the core, and the output block; none where there are no subnetworks.
        activity: share of the core's filters whose L1 norm is at least so large a part of the largest in their layer; none
            of a transformer, which has no filters.
        images: test images behind the influence in the core.
        fixed: position in the test set of the image that the other subnetworks saw meanwhile.
    """

    blocks: tuple[BlockUsage, ...]
    activity: dict[float, float]
    images: int
    fixed: int

    def save(self, path: Path) -> None:
        """Write the record as JSON."""
        content = asdict(self) | {"activity": [[t, share] for t, share in self.activity.items()]}
        atomic_write(path, json.dumps(content, allow_nan=False) + "\n")

    @staticmethod
    def load(path: Path) -> UsageRecord:
        """Read a record; a ``DataError`` if it is none."""
        content = read_json(path, _KIND)
        check_fields(content, _Written, path, _KIND)
        for block in content["blocks"]:
            check_fields(block, BlockUsage, path, _KIND)
        if any(len(pair) != 2 for pair in content["activity"]):
            raise DataError(f"{path} is not {_KIND}: its activity is no list of pairs")
        blocks = tuple(BlockUsage(**block) for block in content.pop("blocks"))
        return UsageRecord(blocks=blocks, **content | {"activity": dict(map(tuple, content["activity"]))})


@dataclass(frozen=True, kw_only=True)
class _Written:
    """The record as JSON has it, whose names are no numbers."""

    blocks: list[Any]
    activity: list[list[float]]
    images: int
    fixed: int


def load_usage(run: Path) -> UsageRecord | None:
    """The feature usage of the run in folder ``run``, None where it was not analysed."""
    return UsageRecord.load(run / USAGE) if (run / USAGE).is_file() else None
