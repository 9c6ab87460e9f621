"""One first convolution per input (sec. 3.2.2)."""

from __future__ import annotations

import copy
from typing import cast, get_args

import torch
from torch import Tensor, nn

from contentmix.choices import Alignment
from contentmix.errors import require, unknown
from contentmix.networks import he_truncated_normal


class InputEncoders(nn.Module):
    """Encodes m inputs by ``count`` copies of a convolution, each with its own initialisation and no bias.

    Args:
        convolution: the backbone's first one; it sets the shape, and its weights are drawn anew.
        members: inputs m.
        count: encoders: m, or 1 shared by all inputs (table 3.4).
        alignment: how the encoders' kernels start: ``independent``; the ``same``; or ``co-linear``, the first one's times a
            factor for each filter, uniform in [0.5, 1.5] (sec. A.6.2, which gives no law).
    """

    def __init__(self, convolution: nn.Conv2d, members: int, count: int, alignment: Alignment = "independent") -> None:
        super().__init__()
        require(convolution.groups == 1, "the first convolution has groups: its inputs cannot be encoded together")
        require(count in (1, members), f"encoders is {count}: choose {members} (one per member) or 1 (shared)")
        self.members = members
        self.convolutions = nn.ModuleList(copy.deepcopy(convolution) for _ in range(count))
        for copied in self.convolutions:
            copied.register_parameter("bias", None)
            copied.apply(he_truncated_normal)
        if alignment not in get_args(Alignment):
            raise unknown("alignment", alignment, get_args(Alignment))
        require(
            alignment == "independent" or count == members,
            f"alignment is {alignment} and encoders is {count}: one shared encoder has nothing to be aligned with",
        )
        if alignment != "independent":
            self._align(exactly=alignment == "same")

    @torch.no_grad()
    def _align(self, *, exactly: bool) -> None:
        first, *others = (cast(nn.Conv2d, module).weight for module in self.convolutions)
        for weight in others:
            factor = torch.ones_like(weight[:, :1, :1, :1])
            weight.copy_(first * (factor if exactly else factor.uniform_(0.5, 1.5)))

    def forward(self, images: Tensor) -> list[Tensor]:
        """Images (b, m, c, h, w) to m encodings (b, c', h', w')."""
        if len(self.convolutions) == 1:
            encoded: Tensor = self.convolutions[0](images.transpose(0, 1).flatten(0, 1))
            return list(encoded.chunk(self.members))
        return [convolution(images[:, i]) for i, convolution in enumerate(self.convolutions)]

    def weighted_sum(self, images: Tensor, weights: Tensor) -> Tensor:
        """``sum_i w_i c_i(x_i)`` of images (b, m, c, h, w) and weights (b, m), at the cost of one convolution.

        Convolutions are linear: pixels are weighed instead of encodings, and the kernels stand side by side as one
        kernel of the stacked inputs.
        """
        weighed = images * weights.to(images.dtype)[:, :, None, None, None]
        convolutions = [cast(nn.Conv2d, module) for module in self.convolutions]
        if len(convolutions) == 1:
            return self._convolve(weighed.sum(1), convolutions[0].weight)
        return self._convolve(weighed.flatten(1, 2), torch.cat([c.weight for c in convolutions], 1))

    def _convolve(self, images: Tensor, kernel: Tensor) -> Tensor:
        # functional_call keeps whatever else the convolution's class does, such as timm's "same" padding.
        encoded: Tensor = torch.func.functional_call(self.convolutions[0], {"weight": kernel}, (images,))
        return encoded

    def each_of_same(self, images: Tensor) -> list[Tensor]:
        """The m encodings of the same images (b, c, h, w); one shared encoder encodes them once."""
        encoded = [convolution(images) for convolution in self.convolutions]
        return encoded * (self.members // len(encoded))

    def sum_of_same(self, images: Tensor) -> Tensor:
        """``sum_i c_i(x)`` of the same images (b, c, h, w) for every member: one convolution with the summed kernels."""
        convolutions = [cast(nn.Conv2d, module) for module in self.convolutions]
        repeats = self.members // len(convolutions)
        if torch.jit.is_tracing():  # type: ignore[attr-defined, no-untyped-call]
            # TorchScript knows no functional_call: its file holds the sum as it is written above.
            return torch.stack([repeats * convolution(images) for convolution in convolutions]).sum(0)
        kernel = repeats * torch.stack([convolution.weight for convolution in convolutions]).sum(0)
        return self._convolve(images, kernel)

    def output_size(self, image_size: tuple[int, int]) -> tuple[int, int]:
        """(h', w') of the encodings of images of (h, w)."""
        convolution = cast(nn.Conv2d, self.convolutions[0])
        example = torch.empty(1, convolution.in_channels, *image_size, device="meta")
        weight = torch.empty_like(convolution.weight, device="meta")
        # The meta device computes shapes only.
        encoded = torch.func.functional_call(convolution, {"weight": weight}, (example,))
        return encoded.shape[-2], encoded.shape[-1]
