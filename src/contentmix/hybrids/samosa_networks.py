"""The networks of SAMOSA (thesis section 2.3.2, tables A.1 to A.6)."""

from __future__ import annotations

from torch import Tensor, nn

from contentmix.networks import WideResNet

SLOPE = 0.1


class GateEncoder(nn.Module):
    """``E_r``: an image to gates that say which of the decoder's maps are used: softmax of 64 (table A.2).

    Args:
        trunk: its stages are used; normalisation and pooling at its end are not.
        image_size: side in pixels.
        gates: S, the channels of the decoder's maps that are gated.
    """

    def __init__(self, trunk: WideResNet, image_size: int = 32, gates: int = 64) -> None:
        super().__init__()
        self.conv1, self.stages = trunk.conv1, nn.Sequential(trunk.stage1, trunk.stage2, trunk.stage3)
        self.project = nn.Linear(trunk.num_features * (image_size // 4) ** 2, gates)

    def forward(self, images: Tensor) -> Tensor:
        """Images (b, c, h, w) to gates z_r (b, S), which sum to 1."""
        gates: Tensor = self.project(self.stages(self.conv1(images)).flatten(1))
        return gates.softmax(-1)


class DeconvBlock(nn.Sequential):
    """Normalisation, leaky ReLU, transposed convolution, at ``stride`` times the size (table A.6).

    Args:
        channels_in: of the input.
        channels: of the output.
        stride: how much larger the output is.
        norm: normalise the output too (A.1.1.1: where it is larger, with MixMatch).
    """

    def __init__(self, channels_in: int, channels: int, stride: int = 1, *, norm: bool = False) -> None:
        super().__init__(
            nn.BatchNorm2d(channels_in),
            nn.LeakyReLU(SLOPE),
            nn.ConvTranspose2d(channels_in, channels, 3, stride, padding=1, output_padding=stride - 1),
            *([nn.BatchNorm2d(channels)] if norm else []),
        )


class GatedDecoder(nn.Module):
    """``D``: semantic feature maps become images; gates say how (table A.3).

    ``D_pre`` makes S maps of the semantic features alone, the gates choose among them, ``D_post`` makes the image: so the
    context decides how content is drawn, and cannot carry the content itself.

    Args:
        channels: of the semantic features (WRN-28-2: 128).
        gates: S maps.
        out_channels: of the images.
        upsampling_norm: normalise what enlarging convolutions put out (A.1.1.1: with MixMatch).
    """

    def __init__(
        self, channels: int = 128, gates: int = 64, out_channels: int = 3, *, upsampling_norm: bool = False
    ) -> None:
        super().__init__()
        half = channels // 2
        self.first = DeconvBlock(channels, channels)
        self.before = nn.Sequential(
            DeconvBlock(channels, channels),
            DeconvBlock(channels, channels),
            DeconvBlock(channels, half, 2, norm=upsampling_norm),
            DeconvBlock(half, half),
            DeconvBlock(half, half),
            DeconvBlock(half, half),
            DeconvBlock(half, gates, 2, norm=upsampling_norm),
        )
        self.after = nn.Sequential(
            DeconvBlock(gates, half), DeconvBlock(half, half), DeconvBlock(half, half), DeconvBlock(half, 16)
        )
        self.to_image = nn.ConvTranspose2d(16, out_channels, 3, padding=1)

    def maps(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Semantic features (b, c, h / 4, w / 4) to the output of the first layer, which ``Omega_rec`` pulls the
        classifier's features towards, and to the S maps (b, S, h, w)."""
        first = self.first(features)
        return first, self.before(first)

    def draw(self, maps: Tensor, gates: Tensor) -> Tensor:
        """Maps (b, S, h, w) and gates (b, S) to images (b, 3, h, w)."""
        images: Tensor = self.to_image(self.after(gates[:, :, None, None] * maps))
        return images

    def forward(self, features: Tensor, gates: Tensor) -> Tensor:
        """Semantic features (b, c, h / 4, w / 4) and gates (b, S) to images (b, 3, h, w)."""
        return self.draw(self.maps(features)[1], gates)
