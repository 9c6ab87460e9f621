"""Wide residual networks (Zagoruyko and Komodakis 2016), the thesis's backbone on small images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional

from contentmix.errors import require
from contentmix.networks.initialise import he_truncated_normal

NormLayer = Callable[[int], nn.Module]


class _Block(nn.Module):
    """Norm, activation, convolution, twice, around a shortcut; the shortcut starts after the first activation."""

    def __init__(
        self, channels_in: int, channels: int, stride: int, stride_in: str, negative_slope: float, norm_layer: NormLayer
    ) -> None:
        super().__init__()
        first, second = (stride, 1) if stride_in == "first" else (1, stride)
        self.slope = negative_slope
        self.norm1 = norm_layer(channels_in)
        self.conv1 = nn.Conv2d(channels_in, channels, 3, first, 1, bias=False)
        self.norm2 = norm_layer(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, second, 1, bias=False)
        changes = stride != 1 or channels_in != channels
        self.shortcut = nn.Conv2d(channels_in, channels, 1, stride, bias=False) if changes else None

    def forward(self, x: Tensor) -> Tensor:
        a = functional.leaky_relu(self.norm1(x), self.slope, inplace=True)
        residual = self.conv2(functional.leaky_relu(self.norm2(self.conv1(a)), self.slope, inplace=True))
        return residual + (x if self.shortcut is None else self.shortcut(a))


class WideResNet(nn.Module):
    """WRN-d-w: a 3x3 convolution to 16 channels, three stages of (d - 4) / 6 blocks of 16w, 32w, 64w channels, GAP, linear.

    Args:
        depth: d = 6n + 4.
        width: w.
        num_classes: 0 for a trunk that returns pooled features.
        in_channels: of the images.
        stride_in: which convolution of a block carries the stride: ``second`` (chapter 3; the printed 5.9565 GFLOPs of
            WRN-28-10 imply it) or ``first`` (the usual place; chapter 2, table A.5).
        negative_slope: of the leaky ReLU: 0 (chapter 3) or 0.1 (chapter 2).
        norm_layer: ``norm_layer(channels)``, batch normalisation by default.
    """

    def __init__(
        self,
        depth: int,
        width: int,
        num_classes: int,
        in_channels: int = 3,
        *,
        stride_in: Literal["first", "second"] = "second",
        negative_slope: float = 0.0,
        norm_layer: NormLayer = nn.BatchNorm2d,
    ) -> None:
        super().__init__()
        require(
            depth >= 10 and depth % 6 == 4, f"depth is {depth}: a wide ResNet has 6n + 4 layers (10, 16, 22, 28, ...)"
        )
        require(width >= 1, f"width is {width}: choose 1 or more")
        blocks, slope = (depth - 4) // 6, negative_slope
        self.conv1 = nn.Conv2d(in_channels, 16, 3, 1, 1, bias=False)
        stages, channels_in = [], 16
        for channels, stride in ((16 * width, 1), (32 * width, 2), (64 * width, 2)):
            stage = [_Block(channels_in, channels, stride, stride_in, slope, norm_layer)]
            stage += [_Block(channels, channels, 1, stride_in, slope, norm_layer) for _ in range(blocks - 1)]
            stages.append(nn.Sequential(*stage))
            channels_in = channels
        self.stage1, self.stage2, self.stage3 = stages
        self.norm, self.act = norm_layer(channels_in), nn.LeakyReLU(slope, inplace=True)
        self.num_features = channels_in
        self.head: nn.Module = nn.Linear(channels_in, num_classes) if num_classes else nn.Identity()
        # As timm's networks name their stages.
        self.feature_info = [{"module": f"stage{i}"} for i in range(1, 4)]
        self.apply(he_truncated_normal)

    def forward_features(self, x: Tensor) -> Tensor:
        """Images (b, c, h, w) to the last feature map (b, 64w, h/4, w/4)."""
        features: Tensor = self.act(self.norm(self.stage3(self.stage2(self.stage1(self.conv1(x))))))
        return features

    def forward(self, x: Tensor) -> Tensor:
        """Images (b, c, h, w) to logits (b, k), or to features (b, 64w) without classes."""
        return self.forward_head(self.forward_features(x))

    def forward_head(self, features: Tensor) -> Tensor:
        """The last feature map (b, c, h', w') to logits (b, k), or to its mean (b, c) without classes."""
        logits: Tensor = self.head(features.mean((-2, -1)))
        return logits

    def reset_classifier(self, num_classes: int) -> None:
        """Replace the head, as timm's networks do; 0 leaves pooled features."""
        self.head = nn.Linear(self.num_features, num_classes) if num_classes else nn.Identity()

    def mixing_points(self) -> list[nn.Module]:
        """Where Manifold MixUp may mix: after the first convolution and after the first two stages."""
        return [self.conv1, self.stage1, self.stage2]
