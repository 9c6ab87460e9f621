"""Losses: soft-target cross-entropy, the members' weights, which head predicts what, learning without labels, and hybrids."""

from contentmix.losses.assign import assign
from contentmix.losses.cross_entropy import Criterion, class_weights, known_label_loss, soft_cross_entropy, weighted
from contentmix.losses.hybrids import contradict_loss, critic_loss, generator_loss, gradient_penalty, sample_distance
from contentmix.losses.member_weights import member_loss, member_weights, shown_ratios
from contentmix.losses.unlabelled import agreed_labels, logit_distance, probability_distance, pseudo_label_loss, sharpen

__all__ = [
    "Criterion", "agreed_labels", "assign", "class_weights", "contradict_loss", "critic_loss", "generator_loss",
    "gradient_penalty", "known_label_loss", "logit_distance", "member_loss", "member_weights", "probability_distance",
    "pseudo_label_loss", "sample_distance", "sharpen", "shown_ratios", "soft_cross_entropy", "weighted",
]  # fmt: skip
