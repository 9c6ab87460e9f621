"""The thesis's tables and figures as runs, by number."""

from contentmix.experiments.tables.chapter3 import (
    CONCENTRATION,
    ENCODERS,
    MEMBERS,
    MIXSHARE,
    PROBABILITY,
    REWEIGHTING,
)
from contentmix.experiments.tables.table import Row, Scale, Table

TABLES = {table.number: table for table in (ENCODERS, MIXSHARE, PROBABILITY, REWEIGHTING, MEMBERS, CONCENTRATION)}

__all__ = ["TABLES", "Row", "Scale", "Table"]
