"""Pre-activation ResNet-18 (He et al. 2016), the thesis's backbone on Tiny ImageNet."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from contentmix.errors import require
from contentmix.networks.initialise import Law, he_gaussian_heads, new_classifier

STEM = 64


class _Block(nn.Module):
    """Norm, ReLU, convolution, twice, around a shortcut.

    Where it changes width or size it takes the activation, as in He et al. (2016) and in the published MixMo code, whose WRN
    takes x itself.
    """

    def __init__(self, channels_in: int, channels: int, stride: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels_in)
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        changes = stride != 1 or channels_in != channels
        self.shortcut = nn.Conv2d(channels_in, channels, 1, stride, bias=False) if changes else None

    def forward(self, x: Tensor) -> Tensor:
        a = functional.relu(self.norm1(x), inplace=True)
        residual = self.conv2(functional.relu(self.norm2(self.conv1(a)), inplace=True))
        return residual + (x if self.shortcut is None else self.shortcut(a))


class PreActResNet18(nn.Module):
    """PreActResNet-18-w: a 3x3 convolution to 64 channels, four stages of two blocks of 64w ... 512w channels, GAP, linear.

    As in the reference network the first convolution keeps 64 channels at any width and nothing normalises the last
    features: only so do the printed parameter counts come out (11.27M, 44.78M, 100.54M).

    Args:
        width: w.
        num_classes: 0 for a trunk that returns pooled features.
        in_channels: of the images.
        stem_stride: stride of the first convolution (thesis: 2, for 64 px).
    """

    def __init__(self, width: int, num_classes: int, in_channels: int = 3, *, stem_stride: int = 2) -> None:
        super().__init__()
        require(width >= 1, f"width is {width}: choose 1 or more")
        self.conv1 = nn.Conv2d(in_channels, STEM, 3, stem_stride, 1, bias=False)
        stages, channels_in = [], STEM
        self.feature_info: list[dict[str, str | int]] = []  # as timm's networks name their stages
        for channels, stride in ((64 * width, 1), (128 * width, 2), (256 * width, 2), (512 * width, 2)):
            stages.append(nn.Sequential(_Block(channels_in, channels, stride), _Block(channels, channels, 1)))
            channels_in = channels
            self.feature_info.append({"module": f"stage{len(stages)}", "num_chs": channels})
        self.stage1, self.stage2, self.stage3, self.stage4 = stages
        self.num_features = channels_in
        self.law: Law = he_gaussian_heads
        self.head: nn.Module = nn.Identity()
        self.apply(self.law)
        self.reset_classifier(num_classes)

    def forward_features(self, x: Tensor) -> Tensor:
        """Images (b, c, h, w) to the last feature map (b, 512w, h/16, w/16)."""
        features: Tensor = self.stage4(self.stage3(self.stage2(self.stage1(self.conv1(x)))))
        return features

    def forward(self, x: Tensor) -> Tensor:
        """Images (b, c, h, w) to logits (b, k), or to features (b, 512w) without classes."""
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
