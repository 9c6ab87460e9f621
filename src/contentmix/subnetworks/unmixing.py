"""Unmixing: each head sees the final features through the mask of its own input (sec. 3.4.2.1)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from contentmix.batch import Mixture
from contentmix.devices import sent
from contentmix.errors import UsageError, require
from contentmix.networks import probe
from contentmix.subnetworks.heads import MemberHeads
from contentmix.subnetworks.reserved import shared_channels


@dataclass(frozen=True)
class Unmixing:
    """Multiplies the final features ``F`` by ``m_i + r (1 - m_i)`` for each input i, before they are pooled for head i.

    The mask ``m_i`` is resized to the features; pooling is over all positions, so with ``r = 0`` a head receives the part of
    the mean that its input contributes. Only mixtures with masks are unmixed; uniform ones show every input everywhere.

    Args:
        share: share of the channels that are unmixed, the first ones; the others reach every head as they are
            (partial unmixing: 0.25).
        fade_epochs: epoch by which unmixing has faded out, ``r = min(1, epoch / fade_epochs)`` (thesis: 100 of 300); None
            keeps ``r = 0``.

    Raises:
        UsageError: a value outside these.
    """

    share: float = 1.0
    fade_epochs: float | None = None

    def __post_init__(self) -> None:
        require(0 < self.share <= 1, f"share is {self.share}: choose the share of unmixed channels in (0, 1]")
        require(
            self.fade_epochs is None or self.fade_epochs > 0,
            f"fade_epochs is {self.fade_epochs}: unmixing fades out over a positive number of epochs",
        )

    def faded(self, epoch: float, device: torch.device) -> float | Tensor:
        """``r`` at ``epoch``: 0 unmixes, 1 no longer does; between, where each step has another, a scalar on ``device``."""
        r = 0.0 if self.fade_epochs is None else min(1.0, epoch / self.fade_epochs)
        return sent(torch.tensor(r), device) if 0 < r < 1 else r

    @staticmethod
    def check(backbone: nn.Module) -> None:
        """Raise a ``UsageError`` unless ``backbone`` gives its last feature map to be unmixed, and goes on from there."""
        for name in ("forward_features", "forward_head"):
            if not hasattr(backbone, name):
                raise UsageError(f"{type(backbone).__name__} has no {name}: unmixing needs the last feature map")

    @staticmethod
    def try_on(core: nn.Module, shape: tuple[int, ...], task: str) -> None:
        """Run ``core`` on an encoding of ``shape`` (c, h, w).

        Raises:
            UsageError: it cannot do its ``task``, or its last features are no maps.
        """
        last = probe(core, shape, task, core.forward_features)  # type: ignore[arg-type]
        require(
            last.dim() == 4 and last.shape[1] == core.num_features,
            f"the last features of {type(core).__name__} are {tuple(last.shape[1:])}: unmixing needs maps (c, h, w), those of a "
            "CNN",
        )

    def classify(
        self,
        core: nn.Module,
        heads: MemberHeads,
        mixed: Tensor,
        mixture: Mixture,
        fade: float | Tensor = 0.0,
        reserved: float = 0.0,
    ) -> Tensor:
        """Logits (b, m, k) of mixed encodings (b, c, h, w), every head's of what its own input's mask leaves of the last map."""
        features = self(core.forward_features(mixed), mixture, fade, reserved)  # type: ignore[operator]
        pooled: Tensor = core.forward_head(features.flatten(0, 1))  # type: ignore[operator]
        logits: Tensor = heads(pooled.unflatten(0, (-1, heads.count)))
        return logits

    def __call__(self, features: Tensor, mixture: Mixture, fade: float | Tensor = 0.0, reserved: float = 0.0) -> Tensor:
        """Features (b, c, h, w) of mixed inputs to those of each input, (b, m, c, h, w).

        Args:
            features: of the last map.
            mixture: of the inputs.
            fade: ``r``, as ``faded`` has it.
            reserved: share of the channels, the last ones, that hold one input alone and stay as they are (``ReservedChannels``).
        """
        height, width = features.shape[-2:]
        masks = mixture.at((height, width)).masks.to(features.dtype)
        if isinstance(fade, Tensor) or fade:
            masks = masks + fade * (1 - masks)
        channels = round(self.share * shared_channels(features.shape[1], masks.shape[1], reserved))
        unmixed = features[:, None, :channels] * masks[:, :, None]
        if channels == features.shape[1]:
            return unmixed
        rest = features[:, None, channels:].expand(-1, masks.shape[1], -1, -1, -1)
        return torch.cat([unmixed, rest], 2)
