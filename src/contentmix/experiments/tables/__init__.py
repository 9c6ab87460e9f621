"""The thesis's tables and figures as runs, by number."""

from contentmix.experiments.tables.chapter3 import (
    BLOCKS,
    CONCENTRATION,
    ENCODERS,
    MEMBERS,
    MIXSHARE,
    PROBABILITY,
    REPETITION,
    REWEIGHTING,
    WIDTHS,
)
from contentmix.experiments.tables.chapter4 import TABLES_OF_CHAPTER_4
from contentmix.experiments.tables.table import Row, RunOf, Scale, Table, run_name

_ALL = (
    BLOCKS,
    ENCODERS,
    MIXSHARE,
    REPETITION,
    PROBABILITY,
    REWEIGHTING,
    MEMBERS,
    WIDTHS,
    CONCENTRATION,
    *TABLES_OF_CHAPTER_4,
)
TABLES = {table.number: table for table in _ALL}

__all__ = ["TABLES", "Row", "RunOf", "Scale", "Table", "run_name"]
