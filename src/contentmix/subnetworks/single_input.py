"""A plain network as an ensemble of one."""

from __future__ import annotations

from torch import Tensor, nn

from contentmix.networks import mixing_points


class SingleInput(nn.Module):
    """Gives a backbone the interface of a multi-input network with m = 1."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, images: Tensor) -> Tensor:
        """Images (b, c, h, w) to logits (b, 1, k)."""
        logits: Tensor = self.backbone(images)
        return logits[:, None]

    def predict(self, images: Tensor) -> Tensor:
        """The same: logits (b, 1, k)."""
        return self(images)

    def mixing_points(self) -> list[nn.Module]:
        """The backbone's points for Manifold MixUp."""
        return mixing_points(self.backbone)
