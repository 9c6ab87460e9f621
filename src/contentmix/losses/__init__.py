"""Losses: soft-target cross-entropy, the members' weights, and which head predicts what."""

from contentmix.losses.assign import assign
from contentmix.losses.cross_entropy import soft_cross_entropy
from contentmix.losses.member_weights import member_loss, member_weights

__all__ = ["assign", "member_loss", "member_weights", "soft_cross_entropy"]
