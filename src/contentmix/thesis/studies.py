"""All that can be reproduced, by name: the tables and figures, the headlines, and what the thesis leaves open."""

from __future__ import annotations

from collections import ChainMap

from contentmix.studies.study import Study
from contentmix.thesis.headlines.study import HEADLINES
from contentmix.thesis.open_questions.cheap_ensembles import CHEAP_ENSEMBLES
from contentmix.thesis.tables import TABLES

OWN = (HEADLINES, CHEAP_ENSEMBLES)
STUDIES: ChainMap[str, Study] = ChainMap(TABLES, {study.name: study for study in OWN})
