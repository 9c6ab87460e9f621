"""A class head, and a second one that takes the pull of consistency in its place."""

from __future__ import annotations

from torch import Tensor, nn

from contentmix.subnetworks.heads import take_heads


class TwoHeads(nn.Module):
    """A backbone with two heads on its features (Tarvainen and Valpola 2017; thesis A.1.1).

    The first classifies. The second matches the teacher, and is tied to the first by the distance of their logits: a buffer that
    makes a schedule for the weight of consistency unnecessary.

    Args:
        backbone: of this package or of timm.
        num_classes: classes k.
    """

    def __init__(self, backbone: nn.Module, num_classes: int) -> None:
        super().__init__()
        heads = take_heads(backbone, num_classes, 2)
        self.backbone, self.heads = backbone, heads

    def forward(self, images: Tensor) -> Tensor:
        """Images (b, c, h, w) to logits (b, 2, k) of the class head and the consistency head."""
        logits: Tensor = self.heads(self.backbone(images))
        return logits

    def predict(self, images: Tensor) -> Tensor:
        """Images (b, c, h, w) to logits (b, 1, k) of the class head."""
        logits: Tensor = self(images)
        return logits[:, :1]
