"""Options of the methods that learn from few labels, with what several subnetworks of one network add to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from contentmix.options.declared import OnlyWith, Options, SomeMembers
from contentmix.options.fixmatch import FixMatchOptions
from contentmix.options.mean_teacher import MeanTeacherOptions


@dataclass(frozen=True, kw_only=True)
class FewLabelMembersOptions(Options):
    """What the methods share; methods that build on them build on one network of one input.

    Args:
        members: Subnetworks of one network, taught on inputs that are mixed as Cut-MixMo's, with its defaults; unlabelled images
            get what all of them say of the plain image (default: 1, the network alone).
    """

    members: SomeMembers = 1


@dataclass(frozen=True, kw_only=True)
class MeanTeacherMembersOptions(FewLabelMembersOptions, MeanTeacherOptions):
    """Mean Teacher: consistency with a moving average of the network, on a head of its own (thesis section 2.2.1.1)."""


@dataclass(frozen=True, kw_only=True)
class FixMatchMembersOptions(FewLabelMembersOptions, FixMatchOptions):
    """FixMatch: sure pseudo-labels of weak views teach strong ones (Sohn et al. 2020; thesis section 2.2.1.2).

    Args:
        agreement: A pseudo-label of several members teaches only where each of them would choose it.
    """

    agreement: Annotated[bool, OnlyWith("members", above=1)] = True
