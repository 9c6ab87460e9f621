"""Options of SciMix's generator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from contentmix.choices import GeneratorVariant
from contentmix.errors import require
from contentmix.options.bases import OnEncoder, OnFixMatch, OnMeanTeacher, PlainSupervisedOptions
from contentmix.options.declared import Few, Jitter, OnlyWith, Options, Positive, Share, Weight
from contentmix.options.encoder_guide import EncoderGuideOptions
from contentmix.options.fixmatch import FixMatchOptions
from contentmix.options.mean_teacher import MeanTeacherOptions

_LEARNING = ("mean-teacher", "fixmatch", "supervised")


@dataclass(frozen=True, kw_only=True)
class SciMixGeneratorOptions(OnEncoder, OnFixMatch, OnMeanTeacher):
    """SciMix's generator: the object of one image in the context of another (thesis section 2.4.1, A.1.2).

    ``L_S + w |x^ - x| + w_a -log D(x^)`` and, on hybrids x_h of x and its partner, ``w_c |C(x_h) - C(x)| + w_r |E_r(x_h) -
    E_r(partner)| - v_c |C(x_h) - C(partner)| - v_r |E_r(x_h) - E_r(x)| + w_h -log D(x_h)`` (eq. 2.8 to 2.12).

    Args:
        guide: How the classifier learns: from few labels (thesis: Mean Teacher; FixMatch as A.4.1 suggests), or from all. Or
            an image encoder as it is (5.2): hybrids are judged by the direction of its embedding in place of logits, and all that
            learns is a linear classifier of it, which predicts.
        variant: The full method; only the positive terms on hybrids (basic); none; judges whose weights learn from hybrids
            (unfrozen); or the context as the style (flipped) (table A.14).
        reconstruction: Weight w of the distance of reconstructions (thesis A.1.2: 1).
        adversarial: Weight w_a of the critic's opinion of reconstructions (thesis A.1.2: 0.5).
        hybrid_class: Weight w_c: hybrids are classified as their content parent (thesis A.1.2: 0.5; 3 on small data).
        hybrid_context: Weight w_r: hybrids have the context of their context parent (thesis A.1.2: 0.5).
        away_class: Weight v_c: they are not classified as their context parent (thesis A.1.2: 0.05; 0.3 on small data).
        away_context: Weight v_r: they do not have the context of their content parent (thesis A.1.2: 0.05).
        hybrid_adversarial: Weight w_h of the critic's opinion of hybrids (thesis A.1.2: 0.5).
        context_start: Share of training after which the two terms of the context begin (thesis A.1.2: 50 of 300 epochs), or with
            the other terms of hybrids, where the warm-up takes longer.
        warmup: Share of training at its start in which the guide learns alone (default: 0; 0.65 on small data).
        freeze_guide: After the warm-up, at whose end its learning rate has fallen, the guide learns no more; without one it is
            the classifier of ``init`` as it is (default: False, it learns from all terms to the end; True on small data).
        context_channels: Of z_r (table A.9: 8; default: 2 up to 16 px, where more carry the class).
        guide_jitter: Strength of random colours in what the guide learns from, encodes and judges, not in what is rebuilt: so the
            content says nothing of colours, and a tint passes for no object (default: 0; 1 for digits-m, fashion-mnist-m).
        judge_shift: Largest shift of hybrids before the guide judges them, as a share of their side: it is then not fooled by
            what depends on single pixels (default: 0; 0.125 on small data, as its own images are shifted).
        critic_jitter: Strength of random colours in all that the critic sees (after Zhao et al. 2020; default: 0; 1 for digits-m,
            fashion-mnist-m).
        r1: Weight of the critic's gradient penalty, made every 16th step (Mescheder et al. 2018; default: 0, 0.1 on small data).
        generator_optimizer: Of generator and residual encoder, and of the critic: that of the run (thesis: SGD), or Adam with
            StyleGAN2's betas, 0 and 0.99 (default: the run's; adam on small data).
        generator_lr: Learning rate of Adam for generator and residual encoder (default: 0.002).
        critic_lr: Learning rate of Adam for the critic (default: 0.001).
    """

    trains_generator: ClassVar[bool] = True
    bases: ClassVar[dict[str, type[Options]]] = {
        "mean-teacher": MeanTeacherOptions,
        "fixmatch": FixMatchOptions,
        "supervised": PlainSupervisedOptions,
        "encoder": EncoderGuideOptions,
    }
    chosen_by: ClassVar[str] = "guide"
    guide: Literal["mean-teacher", "fixmatch", "supervised", "encoder"] = "mean-teacher"
    variant: GeneratorVariant = "full"
    reconstruction: Weight = 1.0
    adversarial: Weight = 0.5
    hybrid_class: Weight = 0.5
    hybrid_context: Weight = 0.5
    away_class: Weight = 0.05
    away_context: Weight = 0.05
    hybrid_adversarial: Weight = 0.5
    context_start: Share = 50 / 300
    warmup: Annotated[Share, OnlyWith("guide", _LEARNING)] = 0.0
    freeze_guide: Annotated[bool, OnlyWith("guide", _LEARNING)] = False
    context_channels: Few | None = None
    guide_jitter: Jitter = 0.0
    judge_shift: Share = 0.0
    critic_jitter: Jitter = 0.0
    r1: Weight = 0.0
    generator_optimizer: Literal["run", "adam"] = "run"
    generator_lr: Annotated[Positive | None, OnlyWith("generator_optimizer", ("adam",))] = None
    critic_lr: Annotated[Positive | None, OnlyWith("generator_optimizer", ("adam",))] = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            self.guide != "encoder" or self.encoder is not None,
            "guide is encoder: say which by --encoder, timm/NAME or open_clip/NAME",
        )
        require(
            self.guide != "encoder" or self.variant not in ("unfrozen", "flipped"),
            f"variant is {self.variant}: an encoder never learns and has no maps, choose full, basic or no-hybrids",
        )
        require(
            self.context_start >= self.warmup or self.context_start == SciMixGeneratorOptions.context_start,
            f"context_start is {self.context_start}, and there are no hybrids before the end of warmup {self.warmup}: choose "
            "more, or leave it out",
        )
        require(
            not self.freeze_guide or self.warmup < 1,
            f"warmup is {self.warmup}: of a guide that is frozen after it, it must leave a share to the generator",
        )
        require(
            not (self.freeze_guide and self.variant == "unfrozen"),
            "freeze_guide is True, but the guide of variant unfrozen learns from hybrids: give freeze_guide False",
        )
