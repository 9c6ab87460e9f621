"""All that can be reproduced, by name: the tables and figures, and the headlines."""

from __future__ import annotations

from collections import ChainMap

from contentmix.studies.study import Study
from contentmix.thesis.headlines.study import HEADLINES
from contentmix.thesis.tables import TABLES

STUDIES: ChainMap[str, Study] = ChainMap(TABLES, {HEADLINES.name: HEADLINES})
