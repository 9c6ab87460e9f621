"""The networks of SciMix (thesis section 2.4.1, tables A.7 to A.11)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from contentmix.errors import require
from contentmix.hybrids.modulated_convolution import ModulatedConv2d
from contentmix.networks import WideResNet

SLOPE = 0.2  # of StyleGAN2's leaky ReLU
GENERATOR_CHANNELS, CRITIC_CHANNELS = (32, 64, 128, 64, 32), (32, 64, 128, 256)  # tables A.10, A.11


class ResidualEncoder(nn.Module):
    """``E_r``: an image to its context, a map of few channels (table A.9).

    Args:
        trunk: its stages are used; normalisation and pooling at its end are not.
        channels: of z_r (thesis: 8). Too many can carry the class, and hybrids then copy the context parent.
    """

    def __init__(self, trunk: WideResNet, channels: int = 8) -> None:
        super().__init__()
        self.conv1, self.stages = trunk.conv1, nn.Sequential(trunk.stage1, trunk.stage2, trunk.stage3)
        self.project = nn.Conv2d(trunk.num_features, channels, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Images (b, c, h, w) to contexts z_r (b, channels, h / 4, w / 4)."""
        context: Tensor = self.project(self.stages(self.conv1(images)))
        return context


class StyleResBlock(nn.Module):
    """Two modulated convolutions around a shortcut, at twice the size of the input where ``up``.

    Args:
        channels_in: of the input.
        channels: of the output.
        style_dim: of the code.
        up: enlarge bilinearly first.
    """

    def __init__(self, channels_in: int, channels: int, style_dim: int, *, up: bool = False) -> None:
        super().__init__()
        self.up = up
        self.conv1 = ModulatedConv2d(channels_in, channels, style_dim)
        self.conv2 = ModulatedConv2d(channels, channels, style_dim)
        self.shortcut = nn.Conv2d(channels_in, channels, 1, bias=False)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        """Maps (b, i, h, w) and codes (b, d) to maps (b, o, h, w), or (b, o, 2h, 2w)."""
        if self.up:
            x = functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        y = functional.leaky_relu(self.conv1(x, code), SLOPE, inplace=True)
        y = functional.leaky_relu(self.conv2(y, code), SLOPE, inplace=True)
        merged: Tensor = (y + self.shortcut(x)) * 0.5**0.5
        return merged


class StyleGenerator(nn.Module):
    """``G``: a context is the input, the semantic code modulates every layer (table A.10).

    Args:
        context_channels: of z_r.
        style_dim: of z_c.
        out_channels: of the images.
        channels: of the blocks at the size of z_r, then one for each doubling of the size.
        flat: how many of them stay at the size of z_r (thesis: 3).
    """

    def __init__(
        self,
        context_channels: int = 8,
        style_dim: int = 128,
        out_channels: int = 3,
        channels: Sequence[int] = GENERATOR_CHANNELS,
        flat: int = 3,
    ) -> None:
        super().__init__()
        require(0 <= flat <= len(channels), f"flat is {flat}: there are {len(channels)} blocks")
        sizes = [context_channels, *channels]
        self.blocks = nn.ModuleList(
            StyleResBlock(sizes[i], sizes[i + 1], style_dim, up=i >= flat) for i in range(len(channels))
        )
        self.to_image = nn.Conv2d(sizes[-1], out_channels, 3, padding=1)

    def forward(self, code: Tensor, context: Tensor) -> Tensor:
        """Codes z_c (b, d) and contexts z_r (b, c, h / 4, w / 4) to images (b, 3, h, w)."""
        x = context
        for block in self.blocks:
            x = block(x, code)
        images: Tensor = self.to_image(x)
        return images


class _CriticBlock(nn.Module):
    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.shortcut = nn.Conv2d(channels_in, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.leaky_relu(self.conv1(x), SLOPE)
        y = functional.leaky_relu(self.conv2(y), SLOPE)
        merged: Tensor = (functional.avg_pool2d(y, 2) + self.shortcut(functional.avg_pool2d(x, 2))) * 0.5**0.5
        return merged


class Critic(nn.Module):
    """``D``: an image to how real it looks, a residual network without normalisation (table A.11).

    The table's last block has 32 filters and 256 channels; it has 256 here.

    Args:
        image_size: side in pixels, a multiple of 16.
        in_channels: of the images.
        channels: of the first convolution, of stride 2, and of the blocks, each of which halves the size.
    """

    def __init__(self, image_size: int = 32, in_channels: int = 3, channels: Sequence[int] = CRITIC_CHANNELS) -> None:
        super().__init__()
        shrink = 2 ** len(channels)
        require(
            image_size % shrink == 0,
            f"image_size is {image_size}: the critic halves it {len(channels)} times, choose a multiple of {shrink}",
        )
        self.conv1 = nn.Conv2d(in_channels, channels[0], 3, stride=2, padding=1)
        self.blocks = nn.Sequential(*(_CriticBlock(a, b) for a, b in pairwise(channels)))
        self.hidden = nn.Linear(channels[-1] * (image_size // shrink) ** 2, 256)
        self.out = nn.Linear(256, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Images (b, c, h, w) to logits (b,): positive is real."""
        x = self.blocks(functional.leaky_relu(self.conv1(images), SLOPE))
        x = functional.leaky_relu(self.hidden(x.flatten(1)), SLOPE)
        logits: Tensor = self.out(x)
        return logits[:, 0]
