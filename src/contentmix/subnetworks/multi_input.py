"""Several subnetworks in one network by mixing several inputs (MIMO, MixMo: sec. 3.2-3.3)."""

from __future__ import annotations

from typing import get_args

import torch
from torch import Tensor, nn

from contentmix.batch import Mixture
from contentmix.choices import Alignment, MultiInputInference
from contentmix.errors import require, unknown
from contentmix.mixing import mix_members
from contentmix.networks import input_size, law_of, probe, take_first_convolution
from contentmix.subnetworks.encoders import InputEncoders
from contentmix.subnetworks.heads import take_heads
from contentmix.subnetworks.reserved import ReservedChannels
from contentmix.subnetworks.unmixing import Unmixing


class MultiInputNetwork(nn.Module):
    """M encoders, a mixing block, the backbone's core, M heads; everything but encoders and heads is shared.

    Wraps a backbone of this package, any timm CNN or a vision transformer, which it takes over: its first convolution becomes
    the encoders, in transformers that of the patches (sec. 4.3.1), and its classifier the heads.

    Args:
        backbone: a network with a first convolution, ``num_features`` and ``reset_classifier``.
        num_classes: classes k.
        members: inputs and subnetworks M >= 2.
        encoders: M (default) or 1 shared (table 3.4).
        classifiers: M (default) or 1 (table 3.4).
        alignment: how the encoders' kernels start (``InputEncoders``).
        unmixing: how heads see the final features in training; None gives all heads the same (MIMO, MixMo).
        inference: ``sum`` predicts all members from the sum of their encodings; ``separate`` each from its own encoding alone,
            at M times the cost, which transformers need (sec. 4.3.1.2).
        reserved: share of the channels that is reserved for members, in equal parts (``ReservedChannels``); 0 shares all.

    Raises:
        UsageError: a value outside these, a backbone without a first convolution, or one that does not run on encodings.
    """

    def __init__(
        self,
        backbone: nn.Module,
        num_classes: int,
        *,
        members: int = 2,
        encoders: int | None = None,
        classifiers: int | None = None,
        alignment: Alignment = "independent",
        unmixing: Unmixing | None = None,
        inference: MultiInputInference = "sum",
        reserved: float = 0.0,
    ) -> None:
        super().__init__()
        require(members >= 2, f"members is {members}: multi-input networks need 2 or more")
        count = members if classifiers is None else classifiers
        require(count in (1, members), f"classifiers is {count}: choose {members} (one per member) or 1")
        if unmixing is not None:
            unmixing.check(backbone)
        require(
            unmixing is None or count == members,
            f"classifiers is {count}: unmixing gives each of the {members} inputs a head of its own",
        )
        if inference not in get_args(MultiInputInference):
            raise unknown("inference", inference, get_args(MultiInputInference))
        heads = take_heads(backbone, num_classes, count)
        convolution = take_first_convolution(backbone)
        self.members = members
        self.encoders = InputEncoders(
            convolution,
            members,
            members if encoders is None else encoders,
            alignment,
            law_of(backbone),
            pretrained=getattr(backbone, "pretrained", False),
        )
        self.core = backbone
        self.unmixing = unmixing
        self.inference = inference
        self.heads = heads
        sides = None if not hasattr(backbone, "input_size") else (input_size(backbone)[1],) * 2
        require(
            not reserved or inference == "sum",
            f"reserved is {reserved} and inference {inference}: members with channels of their own predict by the sum",
        )
        # The last of the parts: what is loaded into the others is loaded before.
        self.reserved = (
            ReservedChannels(
                reserved, self.encoders, backbone, heads, None if sides is None else self.mixing_size(sides)
            )
            if reserved
            else None
        )
        if hasattr(backbone, "input_size"):
            self._try(*input_size(backbone))

    def _try(self, channels: int, side: int) -> None:
        """Run the core on what the encoders make of one image: backbones that mix sizes or layouts fail here."""
        convolution = self.encoders.convolutions[0]
        shape = (int(convolution.out_channels), *self.mixing_size((side, side)))  # type: ignore[arg-type]
        task = f"have several inputs of {channels} x {side} x {side}"
        found, features = probe(self.core, shape, task), self.heads.linear.in_features
        require(
            tuple(found.shape) == (1, features),
            f"{type(self.core).__name__} cannot {task}: without its classifier it makes {tuple(found.shape[1:])}, and its "
            f"heads take {features} features; choose another network",
        )
        if self.unmixing is not None:
            self.unmixing.try_on(self.core, shape, task)

    def forward(self, images: Tensor, mixture: Mixture | None = None, *, fade: float | Tensor = 0.0) -> Tensor:
        """Logits (b, m, k) of M inputs (b, m, c, h, w) mixed by ``mixture``; without one, by the plain sum.

        Args:
            images: one image per member.
            mixture: masks and ratios; it also unmixes, where the network does.
            fade: how far unmixing has faded out, from 0 to 1 (``Unmixing.faded``).

        Raises:
            UsageError: shapes that do not fit.
        """
        encoded = self.encode(images, mixture)
        if self.unmixing is None or mixture is None or mixture.masks.shape[-2:] == (1, 1):
            return self._classify(encoded)
        share = 0.0 if self.reserved is None else self.reserved.share
        return self.unmixing.classify(self.core, self.heads, encoded, mixture, fade, share)

    def encode(self, images: Tensor, mixture: Mixture | None = None) -> Tensor:
        """What the core is given (b, c', h', w') of M inputs (b, m, c, h, w); arguments and errors as ``forward``."""
        require(
            images.dim() == 5 and images.shape[1] == self.members,
            f"images {tuple(images.shape)}: a network of {self.members} members takes (b, {self.members}, c, h, w); "
            "use predict for single images",
        )
        if mixture is None:
            return self.encoders.weighted_sum(images, torch.ones_like(images[:, :, 0, 0, 0]))
        if mixture.masks.shape[-2:] == (1, 1) and self.reserved is None:
            return self.encoders.weighted_sum(images, self.members * mixture.masks[:, :, 0, 0])
        encoded = self.encoders(images)
        return mix_members(encoded, mixture) if self.reserved is None else self.reserved.mix(encoded, mixture)

    def predict(self, images: Tensor) -> Tensor:
        """Logits (b, m, k) of every member for the same images (b, c, h, w): one pass, plain sum (sec. 3.3.3).

        Separate inference takes a pass for each member, with masks that show its input alone (times M, as in training).
        """
        if self.inference == "sum":
            return self._classify(self.encoders.sum_of_same(images))
        alone = torch.cat([self.members * encoded for encoded in self.encoders.each_of_same(images)])
        features: Tensor = self.core(alone).unflatten(0, (self.members, -1)).transpose(0, 1)
        if self.heads.count == 1:
            features = features.mean(1)
        logits: Tensor = self.heads(features)
        return logits

    def _classify(self, mixed: Tensor) -> Tensor:
        logits: Tensor = self.heads(self.core(mixed))
        return logits

    def mixing_size(self, image_size: tuple[int, int]) -> tuple[int, int]:
        """(h, w) of the feature map that masks are for, with images of ``image_size``."""
        return self.encoders.output_size(image_size)
