"""All that can be reproduced, by name: the tables and figures, the headlines, and what the thesis leaves open."""

from __future__ import annotations

from collections import ChainMap

from contentmix.studies.study import Study
from contentmix.thesis.headlines.study import HEADLINES
from contentmix.thesis.open_questions.cheap_ensembles import CHEAP_ENSEMBLES
from contentmix.thesis.open_questions.few_label_members import FEW_LABEL_MEMBERS
from contentmix.thesis.open_questions.late_separation import LATE_SEPARATION
from contentmix.thesis.open_questions.shared_channels import SHARED_CHANNELS
from contentmix.thesis.tables import TABLES

OPEN_QUESTIONS = (CHEAP_ENSEMBLES, LATE_SEPARATION, FEW_LABEL_MEMBERS, SHARED_CHANNELS)
STUDIES: ChainMap[str, Study] = ChainMap(TABLES, {study.name: study for study in (HEADLINES, *OPEN_QUESTIONS)})
