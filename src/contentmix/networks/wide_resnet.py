"""Wide residual networks (Zagoruyko and Komodakis 2016), the thesis's backbone on small images."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional

from contentmix.errors import require, unknown
from contentmix.networks.initialise import Law, he_truncated_normal, new_classifier

NormLayer = Callable[[int], nn.Module]


class _SamePadded(nn.Conv2d):
    """A 3x3 convolution of stride 2 that pads right and below only, as TensorFlow's "same" does; odd sides on both sides."""

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[-2:]
        return super().forward(functional.pad(x, (width % 2, 1, height % 2, 1)))


class _Block(nn.Module):
    """Norm, activation, convolution, twice, around a shortcut, which takes x itself (table A.5)."""

    def __init__(
        self,
        channels_in: int,
        channels: int,
        stride: int,
        *,
        stride_in: str,
        stride_padding: str,
        negative_slope: float,
        norm_layer: NormLayer,
        shortcut_norm: bool,
    ) -> None:
        super().__init__()

        def convolution(inputs: int, own_stride: int) -> nn.Conv2d:
            if own_stride == 1 or stride_padding == "both":
                return nn.Conv2d(inputs, channels, 3, own_stride, 1, bias=False)
            return _SamePadded(inputs, channels, 3, own_stride, bias=False)

        first, second = (stride, 1) if stride_in == "first" else (1, stride)
        self.slope = negative_slope
        self.norm1, self.conv1 = norm_layer(channels_in), convolution(channels_in, first)
        self.norm2, self.conv2 = norm_layer(channels), convolution(channels, second)
        changes = stride != 1 or channels_in != channels
        self.shortcut = nn.Conv2d(channels_in, channels, 1, stride, bias=False) if changes else None
        self.shortcut_norm = norm_layer(channels) if changes and shortcut_norm else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        a = functional.leaky_relu(self.norm1(x), self.slope, inplace=True)
        residual = self.conv2(functional.leaky_relu(self.norm2(self.conv1(a)), self.slope, inplace=True))
        return residual + (x if self.shortcut is None else self.shortcut_norm(self.shortcut(x)))


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
        norm_layer: ``norm_layer(channels)``, batch normalisation by default; it leaves its input as it is.
        stride_padding: where the 3x3 convolutions of stride 2 pad with zeros: on ``both`` sides (table A.5: "pad 1") or, as the
            published MixMo code does, only ``after`` the image, right and below.
        shortcut_norm: a normalisation of the shortcuts that change width (table A.5, "only for MixMatch"; A.1.1.1).
        law: of the initial weights: ``he_truncated_normal`` (chapter 3) or ``pytorch_default`` (chapter 2, A.1.1.1).
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
        stride_padding: Literal["both", "after"] = "both",
        shortcut_norm: bool = False,
        law: Law = he_truncated_normal,
    ) -> None:
        super().__init__()
        for name, value, valid in (
            ("stride_in", stride_in, ("first", "second")),
            ("stride_padding", stride_padding, ("both", "after")),
        ):
            if value not in valid:
                raise unknown(name, value, valid)
        require(
            depth >= 10 and depth % 6 == 4, f"depth is {depth}: a wide ResNet has 6n + 4 layers (10, 16, 22, 28, ...)"
        )
        require(width >= 1, f"width is {width}: choose 1 or more")
        block = partial(
            _Block,
            stride_in=stride_in,
            stride_padding=stride_padding,
            negative_slope=negative_slope,
            norm_layer=norm_layer,
            shortcut_norm=shortcut_norm,
        )
        self.law = law
        self.conv1 = nn.Conv2d(in_channels, 16, 3, 1, 1, bias=False)
        stages, channels_in = [], 16
        self.feature_info: list[dict[str, str | int]] = []  # as timm's networks name their stages
        for channels, stride in ((16 * width, 1), (32 * width, 2), (64 * width, 2)):
            rest = (block(channels, channels, 1) for _ in range((depth - 4) // 6 - 1))
            stages.append(nn.Sequential(block(channels_in, channels, stride), *rest))
            channels_in = channels
            self.feature_info.append({"module": f"stage{len(stages)}", "num_chs": channels})
        self.stage1, self.stage2, self.stage3 = stages
        self.norm, self.act = norm_layer(channels_in), nn.LeakyReLU(negative_slope, inplace=True)
        self.num_features, self.shortcut_norm = channels_in, shortcut_norm
        self.head: nn.Module = nn.Identity()
        self.apply(self.law)
        self.reset_classifier(num_classes)

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
        """Replace the head by one drawn by the network's law, as timm's networks do; 0 leaves pooled features."""
        self.head = new_classifier(self.num_features, num_classes, self.law)

    def get_classifier(self) -> nn.Module:
        """The head."""
        return self.head

    def mixing_points(self) -> list[nn.Module]:
        """Where Manifold MixUp may mix: after the first convolution and after the first two stages."""
        return [self.conv1, self.stage1, self.stage2]
