"""SciMix's generator: a guide classifies, an auto-encoder puts what it sees into other contexts (thesis section 2.4.1)."""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property, partial

import torch
from torch import Tensor, nn

from contentmix.batch import Batch
from contentmix.data import BatchPlan, DataSource, jitter_colors, shift_images
from contentmix.devices import sent
from contentmix.errors import require
from contentmix.hybrids import SciMix, frozen, record_outputs
from contentmix.losses import critic_loss, generator_loss, gradient_penalty, sample_distance
from contentmix.networks import fresh_copy, input_size, kept_statistics
from contentmix.options.scimix_generator import SciMixGeneratorOptions
from contentmix.training.alarms import Alarm
from contentmix.training.encoder_guide import EncoderGuide
from contentmix.training.fixmatch import FixMatch
from contentmix.training.mean_teacher import MeanTeacher
from contentmix.training.method import Losses, Method, Step
from contentmix.training.optimisation import Part
from contentmix.training.supervised import Supervised

# A hybrid this near to one of its parents, as a share of the distance between them, is that parent.
COPY = 0.05


class SciMixGenerator(SciMixGeneratorOptions, Method):
    """SciMix's generator: the object of one image in the context of another (thesis section 2.4.1, A.1.2).

    ``L_S + w |x^ - x| + w_a -log D(x^)`` and, on hybrids x_h of x and its partner, ``w_c |C(x_h) - C(x)| + w_r |E_r(x_h) -
    E_r(partner)| - v_c |C(x_h) - C(partner)| - v_r |E_r(x_h) - E_r(x)| + w_h -log D(x_h)`` (eq. 2.8 to 2.12). Its arguments
    are the fields of ``SciMixGeneratorOptions``.
    """

    R1_EVERY = 16  # steps, as StyleGAN2

    @cached_property
    def base(self) -> Method:
        """How the guide is trained."""
        if self.guide == "supervised":
            return Supervised()
        guides = {"mean-teacher": MeanTeacher, "fixmatch": FixMatch, "encoder": EncoderGuide}
        return guides[self.guide](**vars(self.base_options()))

    @property
    def needs_init(self) -> bool:
        """Whether nothing teaches the guide."""
        return self.freeze_guide and not self.warmup

    @property
    def parts(self) -> tuple[Part, ...]:
        """Each judge, and what is judged, have gradients of their own norm; with Adam any, at a constant rate, as StyleGAN2."""
        guide = (Part(("classifier",), cosine=self.warmup),) if self.freeze_guide and self.warmup else ()
        if self.generator_optimizer == "run":
            return (*guide, Part(("generator", "residual")), Part(("critic",)))
        adam = partial(Part, optimizer="adam", weight_decay=0.0, cosine=math.inf, clip=False)
        return (
            *guide,
            adam(("generator", "residual"), lr=self.generator_lr or 0.002),
            adam(("critic",), lr=self.critic_lr or 0.001),
        )

    alarms = (
        Alarm("loss_critic", "below", 0.01, "the critic tells every made image from a real one, and teaches nothing"),
        Alarm("copies", "above", 0.9, "hybrids are copies of one of their parents"),
    )

    def plan(self, batch_size: int) -> BatchPlan:
        """That of the guide."""
        require(batch_size >= 2, f"batch_size is {batch_size}: hybrids have two parents, choose 2 or more")
        return self.base.plan(batch_size)

    def build(self, backbone: nn.Module, num_classes: int) -> SciMix:
        """The guide on ``backbone``, and the other networks."""
        channels, size = input_size(backbone)
        residual = fresh_copy(backbone)
        return SciMix(
            self.base.build(backbone, num_classes),
            residual,
            image_size=size,
            in_channels=channels,
            context_channels=(8 if size > 16 else 2) if self.context_channels is None else self.context_channels,
            flipped=self.variant == "flipped",
        )

    def begin(self, network: nn.Module, data: DataSource) -> None:
        """As the guide."""
        assert isinstance(network, SciMix)
        self.base.begin(network.classifier, data)

    def loss(self, network: nn.Module, batch: Batch, step: Step) -> Losses:
        """All terms of one step; the critic's reach only the critic, all others everything else."""
        assert isinstance(network, SciMix)
        seen = self._colored(batch, step)
        made = step.progress >= self.warmup
        if made and self.freeze_guide:
            guided, content = Losses({}), self._content(network, seen)
        else:
            guided, content = self._learn(network, seen, step)
        if not made:
            return guided
        images = _images(batch)
        context = network.context(images)
        rebuilt = network.decode(content, context)
        drawn = [rebuilt]
        terms = {"reconstruction": self.reconstruction * sample_distance(rebuilt, images).mean()}
        shares: dict[str, tuple[Tensor, Tensor]] = {}
        if self.variant != "no-hybrids":
            order = torch.randperm(len(images), generator=step.generator("partners", per_rank=True))
            partners = sent(order, images.device)
            hybrids = network.decode(content, context[partners])
            drawn.append(hybrids)
            judged = self._judge(network, hybrids, content, context, partners, step)
            terms |= judged.terms
            shares |= {**judged.shares, "copies": _copies(hybrids.detach(), images, images[partners])}
        weights = (self.adversarial, self.hybrid_adversarial)
        colors = step.generator("critic", per_rank=True)
        shown = [jitter_colors(each, self.critic_jitter, colors) for each in (images, *drawn)]
        with frozen(network.critic):
            opinions = network.criticise(*shown[1:])
        for name, weight, opinion in zip(("adversarial", "hybrid_adversarial"), weights, opinions, strict=False):
            terms[name] = weight * generator_loss(opinion).mean()
        real, *fakes = network.criticise(*(each.detach() for each in shown))
        terms["critic"] = critic_loss(real, torch.cat(fakes))
        shares["critic_right"] = _right(real, torch.cat(fakes))
        if self.r1 and step.index % self.R1_EVERY == 0:
            terms["r1"] = self.R1_EVERY * gradient_penalty(network.critic, shown[0], self.r1)
        return Losses({**guided.terms, **self._weighed(terms)}, {**guided.shares, **shares})

    def _learn(self, network: SciMix, batch: Batch, step: Step) -> tuple[Losses, Tensor]:
        """The guide's own terms, and what it encoded: of all it saw, labelled images and then the first view of the others."""
        average = step.average.classifier if isinstance(step.average, SciMix) else None
        with record_outputs(network.trunk.act) as maps:
            found = self.base.loss(network.classifier, batch, replace(step, average=average))
        guided = found if isinstance(found, Losses) else Losses({"supervised": found})
        return guided, network.content_of(torch.cat(maps)[: len(_images(batch))])

    def _content(self, network: SciMix, seen: Batch) -> Tensor:
        """What the guide encodes when it learns no more, as it will when the generator is used."""
        network.classifier.eval()
        with torch.no_grad():
            content = network.content(_images(seen))
        network.classifier.train()
        return content

    def _weighed(self, terms: dict[str, Tensor]) -> dict[str, Tensor]:
        """Those that have a weight: a term without one is left out, and not reported as dead."""
        return {name: term for name, term in terms.items() if getattr(self, name, 1.0)}

    def _colored(self, batch: Batch, step: Step) -> Batch:
        """The batch as the guide sees it."""
        draws = step.generator("guide colors", per_rank=True)
        images = jitter_colors(batch.images, self.guide_jitter, draws)
        unlabelled = batch.unlabelled
        if unlabelled is not None:
            unlabelled = replace(unlabelled, images=jitter_colors(unlabelled.images, self.guide_jitter, draws))
        return replace(batch, images=images, unlabelled=unlabelled)

    def _judge(
        self, network: SciMix, hybrids: Tensor, content: Tensor, context: Tensor, partners: Tensor, step: Step
    ) -> Losses:
        """The guide and the residual encoder on hybrids: gradients reach these, not the judges."""
        draws = step.generator("judge", per_rank=True)
        shown = jitter_colors(hybrids, self.guide_jitter, draws)
        shown = shift_images(shown, round(self.judge_shift * hybrids.shape[-1]), draws)
        with ExitStack() as stack:
            stack.enter_context(kept_statistics(network))
            if self.variant != "unfrozen":
                stack.enter_context(frozen(network.classifier, network.residual))
            logits, said = network.judge(network.content(shown))
            found = network.context(hybrids).float()
        with torch.no_grad():
            wanted, meant = network.judge(content.detach())
            contexts = context.detach().float()
        terms = {"hybrid_class": self.hybrid_class * sample_distance(said, meant).mean()}
        begun = step.progress >= self.context_start
        if begun:
            terms["hybrid_context"] = self.hybrid_context * sample_distance(found, contexts[partners]).mean()
        if self.variant != "basic":
            terms["away_class"] = -self.away_class * sample_distance(said, meant[partners]).mean()
            if begun:
                terms["away_context"] = -self.away_context * sample_distance(found, contexts).mean()
        accepted = logits.argmax(1) == wanted.argmax(1)
        return Losses(terms, {"accepted": (accepted.sum(), torch.full_like(partners[0], len(accepted)))})


def _images(batch: Batch) -> Tensor:
    """Labelled images, then the first view of the others: the order in which the guide sees them."""
    others = () if batch.unlabelled is None else (batch.unlabelled.images[:, 0],)
    return torch.cat([batch.images[:, 0], *others])


@torch.no_grad()
def _copies(hybrids: Tensor, content: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
    """(copies, pairs): hybrids that are one of their parents, of pairs of different parents."""
    apart = sample_distance(content, context)
    nearest = torch.minimum(sample_distance(hybrids, content), sample_distance(hybrids, context))
    return ((nearest < COPY * apart) & (apart > 0)).sum(), (apart > 0).sum()


@torch.no_grad()
def _right(real: Tensor, made: Tensor) -> tuple[Tensor, Tensor]:
    """(right, all) of the critic's opinions."""
    return (real > 0).sum() + (made < 0).sum(), torch.full_like(real[0], len(real) + len(made))
