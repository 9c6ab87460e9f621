"""The thesis's tables and figures as runs, by number."""

from contentmix.studies.study import Study
from contentmix.thesis.tables.chapter3 import ABLATIONS_OF_MIXMO
from contentmix.thesis.tables.cifar import TABLES_OF_CIFAR
from contentmix.thesis.tables.hybrids import TABLES_OF_HYBRIDS
from contentmix.thesis.tables.mixmo import TABLES_OF_MIXMO
from contentmix.thesis.tables.mixshare import TABLES_OF_MIXSHARE
from contentmix.thesis.tables.mixvit import TABLES_OF_MIXVIT
from contentmix.thesis.tables.samosa import TABLES_OF_SAMOSA
from contentmix.thesis.tables.scimix import TABLES_OF_SCIMIX
from contentmix.thesis.tables.transformers import TABLES_OF_TRANSFORMERS
from contentmix.thesis.tables.widths import TABLES_OF_WIDTHS

TABLES: dict[str, Study] = {
    table.name: table
    for table in (
        *TABLES_OF_SAMOSA,
        *TABLES_OF_SCIMIX,
        *TABLES_OF_HYBRIDS,
        *TABLES_OF_CIFAR,
        *TABLES_OF_MIXMO,
        *ABLATIONS_OF_MIXMO,
        *TABLES_OF_MIXSHARE,
        *TABLES_OF_WIDTHS,
        *TABLES_OF_TRANSFORMERS,
        *TABLES_OF_MIXVIT,
    )
}

__all__ = ["TABLES"]
