"""MixViT: a vision transformer whose subnetworks part in its last blocks (thesis section 4.3, algorithms A.8, A.9)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import get_args

import torch
from torch import Tensor, nn

from contentmix.batch import Mixture
from contentmix.choices import Attribution, AttributionPlace, MixViTInference
from contentmix.errors import UsageError, require, unknown
from contentmix.networks import as_token_backbone
from contentmix.subnetworks.heads import take_heads
from contentmix.subnetworks.source_attribution import SourceAttribution


class MixViTNetwork(nn.Module):
    """One patch embedding and one stack of feature blocks for M inputs, source attribution, classifier blocks, M heads.

    Args:
        backbone: a transformer of this package or a plain ViT of timm, taken over.
        num_classes: classes k.
        members: inputs and subnetworks M >= 2.
        attribution: ``embedding`` (eq. 4.6), ``encoding`` (eq. 4.5) or ``none``.
        place: attribution after the feature blocks (``late``), or before them (``early``), which doubles inference.
        all_tokens: train on all M * n tokens instead of n mixed ones (table 4.6).
        inference: how ``predict`` attributes the tokens of an image: to each source in turn, with a pass of the classifier
            for each (``separate``); to all sources, summed (``sum``); each token to one source (``alternating``, drawn once
            and for all); to the first source, which alone predicts (``single``); or to all sources side by side
            (``together``: as all tokens are trained).
        class_blocks: how many of a plain ViT's last blocks are the classifier (default: 2).

    Raises:
        UsageError: a value outside these, or a backbone without patch tokens.
    """

    def __init__(
        self,
        backbone: nn.Module,
        num_classes: int,
        *,
        members: int = 2,
        attribution: Attribution = "embedding",
        place: AttributionPlace = "late",
        all_tokens: bool = False,
        inference: MixViTInference = "separate",
        class_blocks: int | None = None,
    ) -> None:
        super().__init__()
        require(members >= 2, f"members is {members}: MixViT needs 2 or more")
        for name, value, choices in (("place", place, AttributionPlace), ("inference", inference, MixViTInference)):
            if value not in get_args(choices):
                raise unknown(name, value, get_args(choices))
        heads = take_heads(backbone, num_classes, members)
        self.members, self.place, self.all_tokens, self.inference = members, place, all_tokens, inference
        self.backbone = as_token_backbone(backbone, class_blocks)
        self.attribution = SourceAttribution(self.backbone.num_features, members, attribution)
        self.heads = heads

    def no_weight_decay(self) -> set[str]:
        """Source embeddings are not decayed, like a transformer's other embeddings."""
        return {"attribution.bias"}

    def grid(self, image_size: tuple[int, int]) -> tuple[int, int]:
        """(rows, columns) of patches, that masks are for, with images of ``image_size``."""
        return self.backbone.grid(image_size)

    def forward(self, images: Tensor, mixture: Mixture | None = None) -> Tensor:
        """Logits (b, m, k) of M inputs (b, m, c, h, w), mixed by ``mixture`` unless all tokens are used.

        Args:
            images: one image per member.
            mixture: which input each patch shows: masks of zeros and ones, (b, m, rows, columns) or constant.

        Raises:
            UsageError: shapes that do not fit, or no mixture where one is needed.
        """
        require(
            images.dim() == 5 and images.shape[1] == self.members,
            f"images {tuple(images.shape)}: a MixViT of {self.members} members takes (b, {self.members}, c, h, w); "
            "use predict for single images",
        )
        if self.all_tokens:
            tokens = self._side_by_side(self.backbone.embed(images.flatten(0, 1)).unflatten(0, images.shape[:2]))
            own = torch.eye(self.members, device=images.device).repeat_interleave(self._patches(images), 0)
            return self._classify(tokens, lambda found: self._attribute(found, own.expand(len(images), -1, -1)))
        if mixture is None:
            raise UsageError("a MixViT is trained on mixed patches: give the mixture that mixes them")
        masks = mixture.masks.expand(-1, -1, *self.grid((images.shape[-2], images.shape[-1])))
        tokens, own = self.backbone.embed(select(images, masks)), masks.flatten(2).transpose(1, 2)
        return self._classify(tokens, lambda found: self._attribute(found, own))

    def predict(self, images: Tensor) -> Tensor:
        """Logits (b, m, k) of every member for the same images (b, c, h, w); (b, 1, k) with ``single`` inference.

        Features are computed once, and with late attribution only the classifier runs for each member. A network of all tokens
        has learned features of M * n tokens: those of M copies of the image, which cost no more than those of one.
        """
        copies = self.members if self.all_tokens else 1
        classify = partial(self._classify, self.backbone.embed(images), copies=copies)
        if self.attribution.bias is None and not (self.all_tokens and self.inference == "together"):
            # No member sees anything else than another.
            return classify(lambda found: found)[:, : 1 if self.inference == "single" else None]
        if self.inference == "alternating":
            fixed = torch.Generator().manual_seed(0)
            source = torch.randint(self.members, (1, self._patches(images)), generator=fixed, device="cpu")
            return classify(lambda found: self._alternate(found, source.to(images.device)))
        if self.inference == "sum":
            return classify(lambda found: self._every(found).sum(0))
        if self.inference == "together":
            return classify(lambda found: self._side_by_side(self._every(found).transpose(0, 1)))
        if self.inference == "single":
            return classify(lambda found: self._every(found)[0])[:, :1]
        return classify(lambda found: self._every(found).flatten(0, 1), separate=True)

    def _classify(
        self, tokens: Tensor, attribute: Callable[[Tensor], Tensor], *, separate: bool = False, copies: int = 1
    ) -> Tensor:
        """Logits of embedded tokens, attributed by ``attribute`` where this network does it.

        Args:
            tokens: (b, prefix + n, d).
            attribute: what makes them those of their sources.
            separate: whether it makes (m b, prefix + n, d), those of each source in turn.
            copies: of every patch that the feature blocks see, where they come before attribution.
        """
        early = self.place == "early"
        features = self.backbone.features(attribute(tokens) if early else tokens, 1 if early else copies)
        features = self.backbone.classify(features if early else attribute(features))
        logits: Tensor = self.heads(features.unflatten(0, (self.members, -1)).transpose(0, 1) if separate else features)
        return logits

    def _patches(self, images: Tensor) -> int:
        rows, columns = self.grid((images.shape[-2], images.shape[-1]))
        return rows * columns

    def _attribute(self, tokens: Tensor, own: Tensor) -> Tensor:
        return self._patches_only(tokens, lambda patches: self.attribution.by_masks(patches, own))

    def _every(self, tokens: Tensor) -> Tensor:
        """(m, b, prefix + n, d)."""
        return self._patches_only(tokens, self.attribution.every)

    def _alternate(self, tokens: Tensor, source: Tensor) -> Tensor:
        """Each token's version of its ``source`` (1, n)."""
        own = nn.functional.one_hot(source[0], self.members).T[:, None, :, None].to(tokens.dtype)
        return self._patches_only(tokens, lambda patches: (self.attribution.every(patches) * own).sum(0))

    def _patches_only(self, tokens: Tensor, change: Callable[[Tensor], Tensor]) -> Tensor:
        """``change`` what stands behind the prefix."""
        prefix = self.backbone.prefix
        if not prefix:
            return change(tokens)
        changed = change(tokens[:, prefix:])
        return torch.cat([tokens[:, :prefix].expand(*changed.shape[:-2], -1, -1), changed], -2)

    def _side_by_side(self, tokens: Tensor) -> Tensor:
        """Tokens (b, m, prefix + n, d) of several inputs as one sequence (b, prefix + m n, d)."""
        prefix = self.backbone.prefix
        return torch.cat([tokens[:, 0, :prefix], tokens[:, :, prefix:].flatten(1, 2)], 1)


def select(images: Tensor, masks: Tensor) -> Tensor:
    """Images (b, c, h, w) whose patches come from the inputs (b, m, c, h, w) whose ``masks`` (b, m, rows, columns) are one."""
    rows, columns = masks.shape[-2:]
    patches = images.unflatten(4, (columns, -1)).unflatten(3, (rows, -1))
    shown = (masks > 0.5)[:, :, None, :, None, :, None]
    mixed = patches[:, 0]
    for i in range(1, images.shape[1]):
        mixed = torch.where(shown[:, i], patches[:, i], mixed)
    return mixed.flatten(4, 5).flatten(2, 3)
