"""What the thesis claims of its tables and figures, by their numbers."""

from contentmix.experiments.claims.chapter2 import CLAIMS_OF_CHAPTER_2
from contentmix.experiments.claims.chapter3 import CLAIMS_OF_CHAPTER_3
from contentmix.experiments.claims.chapter4 import CLAIMS_OF_CHAPTER_4
from contentmix.experiments.claims.mixmo import CLAIMS_OF_MIXMO
from contentmix.report import Claim

CLAIMS: dict[str, tuple[Claim, ...]] = {
    **CLAIMS_OF_CHAPTER_2,
    **CLAIMS_OF_MIXMO,
    **CLAIMS_OF_CHAPTER_3,
    **CLAIMS_OF_CHAPTER_4,
}

__all__ = ["CLAIMS"]
