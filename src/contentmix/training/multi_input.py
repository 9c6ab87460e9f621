"""MIMO, MixMo and MixShare: several inputs mixed in features, one head each (thesis sections 3.3-3.4, algorithms A.6, A.7)."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor, nn

from contentmix.batch import Batch, Mixture
from contentmix.choices import Alignment, Assignment, Attribution, InputMix, MultiInputInference
from contentmix.data import BatchPlan
from contentmix.errors import require
from contentmix.losses import Criterion, assign, member_loss, shown_ratios, soft_cross_entropy, weighted
from contentmix.mixing import Equal, Mixer, binary_probability, cutmix_members, soft_targets
from contentmix.subnetworks import LateSeparation, MultiInputNetwork, Unmixing
from contentmix.training.inputs import mixed_inputs
from contentmix.training.method import Method, Step


@dataclass(frozen=True)
class MultiInput(Method):
    """Train ``members`` subnetworks of one network on as many mixed inputs.

    The mixer decides the method: ``Mixer(Equal())`` is MIMO, ``Mixer(Dirichlet(2))`` Linear-MixMo, and
    ``Mixer(Dirichlet(2), Rectangle(), prob=0.5)`` Cut-MixMo; any mask shape serves (table 3.3). Rectangles always, aligned
    encoders and unmixing make MixShare.

    Args:
        mixer: draws the masks of the mixing block.
        linear_end: let the probability of binary masks fall to 0 over the last twelfth (MixShare keeps it).
        members: inputs and subnetworks M >= 2.
        r: root of the loss weights w_r (eq. 3.3); 1 is linear, ``inf`` weighs all members alike. Thesis: 3.
        repetition: appearances b of each image in a batch; the batch size stays (thesis: 2 or 4).
        augmentations: appearances of each image in a batch that grows as many times (transformers, A.1.5: 3).
        mix: how each input is mixed itself (transformers, A.1.5: cutmix-mixup).
        input_repetition: share of a batch in which all members see the same image (MIMO's rho; 0 in MixMo).
        cutmix_prob: probability for a member image to be a pixel CutMix itself (thesis: 0.5 where "+ CutMix").
        cutmix_alpha: its Beta concentration (thesis: 1).
        encoders: M input encoders (default), or 1 shared by all (table 3.4).
        classifiers: M heads (default), or 1 that predicts the mixed target (table 3.4).
        assignment: which head predicts which input: ``own``; with one encoder ``random`` or ``predominant`` first.
        alignment: how the kernels of the encoders start: ``independent``, the ``same``, or ``co-linear`` (sec. 3.4.2.2).
        unmixing: how heads see the final features in training (sec. 3.4.2.1, 3.4.2.3); None gives all heads the same.
        attribution: what tells members apart that have one encoder and part before the last stage (``LateSeparation``); with
            None they part in their encoders.
        reserved: share of the channels that is reserved for members, in equal parts (``ReservedChannels``); 0 shares all.
        label_smoothing: share of the target spread over all classes.
        inference: all members from the ``sum`` of their inputs' encodings, or each from its own alone (``separate``).
        criterion: logits (b, m, k) and soft targets (b, m, k) to losses (b, m), which the ratios weigh.
    """

    mixer: Mixer = field(default_factory=lambda: Mixer(Equal()))
    linear_end: bool = True
    members: int = 2
    r: float = 3.0
    repetition: int = 2
    augmentations: int = 1
    mix: InputMix = "none"
    input_repetition: float = 0.0
    cutmix_prob: float = 0.0
    cutmix_alpha: float = 1.0
    encoders: int | None = None
    classifiers: int | None = None
    assignment: Assignment = "own"
    alignment: Alignment = "independent"
    unmixing: Unmixing | None = None
    attribution: Attribution | None = None
    reserved: float = 0.0
    label_smoothing: float = 0.0
    inference: MultiInputInference = "sum"
    criterion: Criterion = soft_cross_entropy

    def __post_init__(self) -> None:
        require(
            self.members >= 2, f"members is {self.members}: multi-input methods need 2 or more (one input: supervised)"
        )
        require(
            self.classifiers != 1 or self.assignment == "own",
            f"assignment is {self.assignment} and classifiers 1: one head predicts all inputs, leave one of the two out",
        )
        require(self.r > 0, f"r is {self.r}: the loss weights need r > 0 (1 is linear, inf no reweighting)")
        require(
            0 <= self.reserved <= 1, f"reserved is {self.reserved}: choose the share of reserved channels in [0, 1]"
        )
        require(0 <= self.cutmix_prob <= 1, f"cutmix_prob is {self.cutmix_prob}: a probability is in [0, 1]")
        require(
            self.mix == "none" or self.cutmix_prob == 0,
            f"mix is {self.mix} and cutmix_prob {self.cutmix_prob}: inputs are mixed with the batch or with partners: choose one",
        )
        require(
            self.reserved == 0 or self.cutmix_prob == 0,
            f"reserved is {self.reserved} and cutmix_prob {self.cutmix_prob}: targets of a pixel CutMix follow what a mask "
            "leaves visible, and reserved channels show all of it; choose one",
        )
        require(
            self.reserved < 1 or self.unmixing is None,
            f"reserved is {self.reserved}, and unmixing is of shared channels, of which there are none: give unmixing none",
        )
        require(self.cutmix_alpha > 0, f"cutmix_alpha is {self.cutmix_alpha}: a Beta concentration is positive")
        require(0 <= self.label_smoothing < 1, f"label_smoothing is {self.label_smoothing}: choose it in [0, 1)")

        chosen = (self.encoders, self.classifiers, self.alignment, self.inference, self.reserved)
        require(
            self.attribution is None or chosen == (None, None, "independent", "sum", 0.0),
            f"attribution is {self.attribution}: members that part before the last stage have one encoder, a head each, and an "
            "inference of their own; leave out encoders, classifiers, alignment, inference and reserved",
        )

    @property
    def replayable(self) -> bool:
        """A step is one pass, which the mixture is given to."""
        return True

    def plan(self, batch_size: int) -> BatchPlan:
        """Batches of ``batch_size`` positions, each with one image per member."""
        return BatchPlan(
            batch_size=batch_size,
            members=self.members,
            repetition=self.repetition,
            augmentations=self.augmentations,
            input_repetition=self.input_repetition,
            partner_prob=self.cutmix_prob,
        )

    def build(self, backbone: nn.Module, num_classes: int) -> MultiInputNetwork | LateSeparation:
        """The backbone with its first convolution and its classifier given once per member, or parted before its last stage."""
        if self.attribution is not None:
            return LateSeparation(
                backbone, num_classes, members=self.members, attribution=self.attribution, unmixing=self.unmixing
            )
        return MultiInputNetwork(
            backbone,
            num_classes,
            members=self.members,
            encoders=self.encoders,
            classifiers=self.classifiers,
            alignment=self.alignment,
            unmixing=self.unmixing,
            inference=self.inference,
            reserved=self.reserved,
        )

    def draw(self, batch: Batch, masks: tuple[int, int], step: Step, purpose: str = "mixture") -> Mixture:
        """How the inputs of ``batch`` are mixed, by masks of size ``masks``; drawn for the global batch, for ``purpose``."""
        return self.mixer.draw(
            batch.global_size or len(batch.labels),
            self.members,
            masks,
            step.generator(purpose),
            device=batch.images.device,
            prob=binary_probability(self.mixer.prob, step.progress) if self.linear_end else None,
        )[batch.rows]

    def loss(self, network: nn.Module, batch: Batch, step: Step) -> Tensor:
        """``mean_b sum_i w_r(kappa_i) CE(d_i, y_i)`` (eq. 3.1, A.1) on one drawn mixture; kappa as ``shown_ratios`` of it."""
        mixture = self.draw(batch, network.mixing_size(tuple(batch.images.shape[-2:])), step)  # type: ignore[operator]
        images, targets = mixed_inputs(batch, self.mix, self.label_smoothing, step)
        if batch.partners is not None:
            partner_targets = soft_targets(batch.partners.labels, step.classes, self.label_smoothing)
            images, targets = cutmix_members(
                images,
                targets,
                batch.partners,
                partner_targets,
                mixture,
                step.generator("cutmix", per_rank=True),
                alpha=self.cutmix_alpha,
            )
        rule = "mixed" if self.classifiers == 1 else self.assignment
        targets, ratios = assign(targets, mixture.ratios, rule, step.generator("assignment", per_rank=True))
        criterion, shown = weighted(self.criterion, step.weights), shown_ratios(ratios, self.reserved)
        fade = 0.0 if self.unmixing is None else self.unmixing.faded(step.epoch, images.device)
        return member_loss(network(images, mixture, fade=fade), targets, shown, self.r, criterion)
