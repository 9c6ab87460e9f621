"""What the thesis claims of its tables and figures, by their numbers."""

from contentmix.studies.claim import Claim
from contentmix.thesis.claims.chapter2 import CLAIMS_OF_CHAPTER_2
from contentmix.thesis.claims.chapter3 import CLAIMS_OF_CHAPTER_3
from contentmix.thesis.claims.chapter4 import CLAIMS_OF_CHAPTER_4
from contentmix.thesis.claims.mixmo import CLAIMS_OF_MIXMO

CLAIMS: dict[str, tuple[Claim, ...]] = {
    **CLAIMS_OF_CHAPTER_2,
    **CLAIMS_OF_MIXMO,
    **CLAIMS_OF_CHAPTER_3,
    **CLAIMS_OF_CHAPTER_4,
}

__all__ = ["CLAIMS"]
