"""Options of a guide that is an image encoder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from contentmix.options.declared import Count, Options


@dataclass(frozen=True, kw_only=True)
class EncoderGuideOptions(Options):
    """A frozen image encoder, and a linear classifier of what it says of labelled images (thesis section 5.2).

    Args:
        encoder: timm/NAME or open_clip/NAME.
        encoder_weights: A file of its weights; without one, those of timm, in the hub's cache or on the hub.
        unlabelled_batch: Unlabelled images of a batch; without a number they are not used.
    """

    encoder: str | None = None
    encoder_weights: Path | None = None
    unlabelled_batch: Count | None = None
