"""Several subnetworks in one CNN that part before its last stage (beyond the thesis, which proposes it in sections 4.5, 5.2)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import Tensor, nn

from contentmix.batch import Mixture
from contentmix.choices import Attribution
from contentmix.errors import UsageError, require
from contentmix.mixing import mix_members
from contentmix.networks import before_last_stage, input_size, law_of, probe, take_first_convolution
from contentmix.subnetworks.encoders import InputEncoders
from contentmix.subnetworks.heads import take_heads
from contentmix.subnetworks.source_attribution import SourceAttribution
from contentmix.subnetworks.unmixing import Unmixing


class LateSeparation(nn.Module):
    """MixViT's structure in a CNN: early stages that M inputs share, source attribution, the last stage, M heads.

    Where the thesis leaves room:

    - Inputs are mixed by masks after the first convolution, as in MixShare; there is one, "the same encoder for the two inputs"
      (section 4.1).
    - A position of the map that enters the last stage is a token, and gets what equation 4.5 adds for its source: an encoding is
      a 1 x 1 convolution, an embedding (equation 4.6) a number per channel. The last stage is what class attention is in MixViT.
      Masks are resized to that map as for unmixing: where inputs meet, each attribution counts by its share.
    - In training the last stage takes all inputs in one pass, as MixViT's blocks do. Their attention then picks the tokens of a
      source; here each head is given the last map through its input's mask: ``unmixing``, which the thesis calls analogous.
    - At inference nothing is mixed: early stages run once on the image, and the last one for each source. That takes
      ``(E + M L) / (E + L)`` of the backbone's multiply-adds, with E for the early stages and L for the last.

    Args:
        backbone: a CNN that names its stages, of this package or of timm; taken over.
        num_classes: classes k.
        members: inputs and subnetworks M >= 2.
        attribution: ``encoding`` (which section 4.5 proposes for CNNs), ``embedding``, or ``none``: members then differ in their
            heads alone.
        unmixing: how heads see the last features in training; None gives all heads the same.

    Raises:
        UsageError: a value outside these, a backbone without stages, or one that is no CNN.
    """

    def __init__(
        self,
        backbone: nn.Module,
        num_classes: int,
        *,
        members: int = 2,
        attribution: Attribution = "encoding",
        unmixing: Unmixing | None = None,
    ) -> None:
        super().__init__()
        require(members >= 2, f"members is {members}: multi-input networks need 2 or more")
        if unmixing is not None:
            unmixing.check(backbone)
        parting, channels = before_last_stage(backbone)
        heads = take_heads(backbone, num_classes, members)
        convolution, pretrained = take_first_convolution(backbone), getattr(backbone, "pretrained", False)
        self.members = members
        self.encoders = InputEncoders(convolution, members, 1, law=law_of(backbone), pretrained=pretrained)
        self.core = backbone
        self.attribution = SourceAttribution(channels, members, attribution)
        self.unmixing = unmixing
        self.heads = heads
        # There once and for all, as compilers ask for; what it does is the pass's to say.
        backbone.get_submodule(parting).register_forward_hook(self._part)
        self._change: Callable[[Tensor], Tensor] | None = None
        if hasattr(backbone, "input_size"):
            self._try(*input_size(backbone))

    def _try(self, channels: int, side: int) -> None:
        """Run the parts on one image: backbones whose maps do not pass from stage to stage fail here."""
        task = f"part before its last stage with inputs of {channels} x {side} x {side}"
        # Of two images: with one, maps that pass by the parting would be taken for those of every member.
        probe(self.core, (channels, side, side), task, lambda image: self.predict(image.expand(2, -1, -1, -1)))
        if self.unmixing is not None:
            shape = (self.encoders.convolutions[0].out_channels, *self.mixing_size((side, side)))
            self.unmixing.try_on(self.core, shape, task)  # type: ignore[arg-type]

    def forward(self, images: Tensor, mixture: Mixture | None = None, *, fade: float | Tensor = 0.0) -> Tensor:
        """Logits (b, m, k) of M inputs (b, m, c, h, w) mixed by ``mixture``, in one pass.

        Args:
            images: one image per member.
            mixture: masks and ratios; it mixes, attributes and unmixes.
            fade: how far unmixing has faded out, from 0 to 1 (``Unmixing.faded``).

        Raises:
            UsageError: shapes that do not fit, or no mixture.
        """
        require(
            images.dim() == 5 and images.shape[1] == self.members,
            f"images {tuple(images.shape)}: a network of {self.members} members takes (b, {self.members}, c, h, w); "
            "use predict for single images",
        )
        if mixture is None:
            raise UsageError("members that part late are trained on mixed inputs: give the mixture that mixes them")
        mixed = mix_members(self.encoders(images), mixture)
        self._change = partial(self._attribute, mixture=mixture)
        logits: Tensor = (
            self.heads(self.core(mixed))
            if self.unmixing is None or mixture.masks.shape[-2:] == (1, 1)  # uniform ones show every input everywhere
            else self.unmixing.classify(self.core, self.heads, mixed, mixture, fade)
        )
        self._change = None
        return logits

    def predict(self, images: Tensor) -> Tensor:
        """Logits (b, m, k) of every member for the same images (b, c, h, w): early stages once, the last one for each member."""
        encoded = self.encoders.sum_of_same(images)
        if self.attribution.bias is None:  # no member sees anything else than another
            logits: Tensor = self.heads(self.core(encoded))
            return logits
        self._change = self._every
        features: Tensor = self.core(encoded).unflatten(0, (self.members, -1)).transpose(0, 1)
        self._change = None
        apart: Tensor = self.heads(features)
        return apart

    def _part(self, _module: nn.Module, _inputs: object, maps: Tensor) -> Tensor:
        """What the last stage takes in place of ``maps``."""
        return maps if self._change is None else self._change(maps)

    def _attribute(self, maps: Tensor, mixture: Mixture) -> Tensor:
        """Maps (b, c, h, w) of mixed inputs, each position with the attribution of its source."""
        size = (maps.shape[-2], maps.shape[-1])
        shares = mixture.at(size).masks.expand(-1, -1, *size)
        return _maps(self.attribution.by_masks(_tokens(maps), _tokens(shares)), size)

    def _every(self, maps: Tensor) -> Tensor:
        """Maps (b, c, h, w) of plain images attributed to each source in turn, (m b, c, h, w)."""
        attributed = self.attribution.every(_tokens(maps)).flatten(0, 1)
        return _maps(attributed, (maps.shape[-2], maps.shape[-1]))

    def mixing_size(self, image_size: tuple[int, int]) -> tuple[int, int]:
        """(h, w) of the feature map that masks are for, with images of ``image_size``."""
        return self.encoders.output_size(image_size)


def _tokens(maps: Tensor) -> Tensor:
    """Maps (b, c, h, w) as tokens (b, h w, c); a view of maps that lie channels last."""
    return maps.flatten(2).transpose(1, 2)


def _maps(tokens: Tensor, size: tuple[int, int]) -> Tensor:
    """Tokens (b, h w, c) as maps (b, c, h, w) that lie channels last."""
    return tokens.transpose(1, 2).unflatten(2, size)
