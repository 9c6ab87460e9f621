"""A network of one input whose layers hold several members."""

from __future__ import annotations

from torch import Tensor, nn

from contentmix.networks import mixing_points


class MemberNetwork(nn.Module):
    """Gives a backbone of member layers the interface of a multi-input network.

    Args:
        backbone: images (b, c, h, w) to logits. ``apart``, it makes (m b, k) of them, the first member's first. Else it gives
            the first of m parts of a batch, which are equal where m divides it, to its first member, and so on, and makes (b, k).
        members: m.
        apart: whether every member sees every image in one pass.
    """

    def __init__(self, backbone: nn.Module, members: int, *, apart: bool) -> None:
        super().__init__()
        self.backbone, self.members, self.apart = backbone, members, apart

    def forward(self, images: Tensor) -> Tensor:
        """Images (b, c, h, w) to logits (b, m, k) of all members, or (b, 1, k) of the one that sees each image in training."""
        return self._all(images) if self.apart else self.backbone(images)[:, None]

    def predict(self, images: Tensor) -> Tensor:
        """Logits (b, m, k) of every member for every image; where members see parts of a batch, of as many copies of it."""
        return self._all(images if self.apart else images.repeat(self.members, 1, 1, 1))

    def _all(self, images: Tensor) -> Tensor:
        logits: Tensor = self.backbone(images)
        return logits.unflatten(0, (self.members, -1)).transpose(0, 1)

    def mixing_points(self) -> list[nn.Module]:
        """The backbone's points for Manifold MixUp."""
        return mixing_points(self.backbone)
