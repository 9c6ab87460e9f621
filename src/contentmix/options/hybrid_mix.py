"""What a generator of hybrids adds to methods that mix their inputs: a mix that shows one image in the context of another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from contentmix.errors import require
from contentmix.options.declared import OnlyWith, Options, defaults_of, without_effect


@dataclass(frozen=True, kw_only=True)
class HybridMixOptions(Options):
    """Options of methods that have a ``mix``, which may be that of hybrids.

    Args:
        generator: Run of scimix-generator, samosa or adain, trained with the same data and size; with mix hybrids half of all
            batches are its hybrids, with the labels of their contents.
    """

    generator: Annotated[Path | None, OnlyWith("mix", ("hybrids",))] = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            not self.mixes_hybrids or self.generator is not None,
            "mix is hybrids, which a generator makes: train one by 'contentmix train scimix-generator', and give its run as "
            "--generator",
        )

    @property
    def mixes_hybrids(self) -> bool:
        """Whether inputs are hybrids."""
        return getattr(self, "mix", None) == "hybrids"

    @property
    def hybrid_prob(self) -> float:
        """Probability for a batch to be of hybrids: that of pixel CutMix (thesis A.1.3.1)."""
        return 0.5

    def unmixed(self) -> Self:
        """The same with nothing mixed, without what would then have no effect."""
        values, defaults = {**vars(self), "mix": "none"}, defaults_of(type(self))
        idle = without_effect(type(self), values)
        return type(self)(**{name: defaults[name] if name in idle else value for name, value in values.items()})
