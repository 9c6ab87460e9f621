"""The record of a run's feature usage: ``usage.json`` in its folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from contentmix.errors import DataError
from contentmix.files import atomic_write

USAGE = "usage.json"


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
        activity: share of the core's filters whose L1 norm is at least so large a part of the largest in their layer.
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
        try:
            content = json.loads(path.read_text())
            if set(content) != {field.name for field in fields(UsageRecord)}:
                raise ValueError(f"it holds {', '.join(content)}")
            blocks = tuple(BlockUsage(**block) for block in content.pop("blocks"))
            return UsageRecord(blocks=blocks, **content | {"activity": dict(map(tuple, content["activity"]))})
        except (OSError, ValueError, TypeError) as error:
            raise DataError(f"{path} is not a record of feature usage: {error}") from error


def load_usage(run: Path) -> UsageRecord | None:
    """The feature usage of the run in folder ``run``, None where it was not analysed."""
    return UsageRecord.load(run / USAGE) if (run / USAGE).is_file() else None
