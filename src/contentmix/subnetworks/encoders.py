"""One first convolution per input (sec. 3.2.2)."""

from __future__ import annotations

import copy
from typing import cast, get_args

import torch
from torch import Tensor, nn

from contentmix.choices import Alignment
from contentmix.errors import require, unknown
from contentmix.networks import Law, he_truncated_normal


class InputEncoders(nn.Module):
    """Encodes m inputs by ``count`` copies of a convolution, each with its own initialisation.

    Copies have a bias where the convolution has one: the CNNs of the thesis have none, the patch embeddings of transformers
    do. It belongs to the encoding, and is weighed with it: a sum of encodings has the same sum of biases.

    Args:
        convolution: the backbone's first one; it sets the shape, and its weights are drawn anew, unless they are ``pretrained``.
        members: inputs m.
        count: encoders: m, or 1 shared by all inputs (table 3.4).
        alignment: how the encoders' kernels start: ``independent``; the ``same``; or ``co-linear``, the first one's times a
            factor for each filter, uniform in [0.5, 1.5] (sec. A.6.2, which gives no law). A bias goes with its filter.
        law: that every copy is drawn by: the backbone's (``networks.law_of``).
        pretrained: all copies begin as the convolution over m, or with ``co-linear`` as shares of each of its filters: their sum
            for one image is what the convolution makes of it, so that the core meets the statistics that it knows. Heads,
            which begin unlike one another, then draw them apart. A channel that is reserved for one of them is no share, but
            the convolution's (``ReservedChannels``).
    """

    def __init__(
        self,
        convolution: nn.Conv2d,
        members: int,
        count: int,
        alignment: Alignment = "independent",
        law: Law = he_truncated_normal,
        pretrained: bool = False,
    ) -> None:
        super().__init__()
        require(convolution.groups == 1, "the first convolution has groups: its inputs cannot be encoded together")
        require(
            _is_linear(convolution),
            f"the first convolution is a {type(convolution).__name__}, which changes its kernels: inputs cannot share one pass",
        )
        require(count in (1, members), f"encoders is {count}: choose {members} (one per member) or 1 (shared)")
        self.members = members
        self.convolutions = nn.ModuleList(copy.deepcopy(convolution) for _ in range(count))
        if not pretrained:
            for copied in self.convolutions:
                law(copied)
        if alignment not in get_args(Alignment):
            raise unknown("alignment", alignment, get_args(Alignment))
        require(
            alignment == "independent" or count == members,
            f"alignment is {alignment} and encoders is {count}: one shared encoder has nothing to be aligned with",
        )
        if pretrained or alignment != "independent":
            self._align(co_linear=alignment == "co-linear", shared=pretrained)
        self._sizes: dict[tuple[int, int], tuple[int, int]] = {}  # of encodings, by those of images

    @torch.no_grad()
    def _align(self, *, co_linear: bool, shared: bool) -> None:
        """Make all copies multiples of the first, filter by filter; where the convolution is ``shared``, adding up to it."""
        convolutions = [cast(nn.Conv2d, module) for module in self.convolutions]
        weight, bias = convolutions[0].weight.clone(), convolutions[0].bias
        bias = None if bias is None else bias.clone()
        one = torch.ones_like(weight[:, :1, :1, :1])
        factors = [one, *(one.clone().uniform_(0.5, 1.5) if co_linear else one for _ in convolutions[1:])]
        total = torch.stack(factors).sum(0) * (self.members // len(factors)) if shared else one
        for convolution, factor in zip(convolutions, factors, strict=True):
            convolution.weight.copy_(weight * (factor / total))
            if bias is not None and convolution.bias is not None:
                convolution.bias.copy_(bias * (factor / total).flatten())

    def forward(self, images: Tensor) -> list[Tensor]:
        """Images (b, m, c, h, w) to m encodings (b, c', h', w')."""
        if len(self.convolutions) == 1:
            encoded: Tensor = self.convolutions[0](images.transpose(0, 1).flatten(0, 1))
            return list(encoded.chunk(self.members))
        return [convolution(images[:, i]) for i, convolution in enumerate(self.convolutions)]

    def weighted_sum(self, images: Tensor, weights: Tensor) -> Tensor:
        """``sum_i w_i c_i(x_i)`` of images (b, m, c, h, w) and weights (b, m), at the cost of one convolution.

        Convolutions are linear: pixels are weighed instead of encodings, and the kernels stand side by side as one
        kernel of the stacked inputs. Biases are weighed by themselves.
        """
        weights = weights.to(images.dtype)
        weighed = images * weights[:, :, None, None, None]
        kernels, biases = self._stacked()
        if len(kernels) == 1:
            weighed, weights = weighed.sum(1, keepdim=True), weights.sum(1, keepdim=True)
        encoded = self._convolve(weighed.flatten(1, 2), torch.cat(list(kernels), 1))
        return encoded if biases is None else encoded + (weights @ biases)[:, :, None, None]

    def _stacked(self) -> tuple[Tensor, Tensor | None]:
        """Kernels (count, c', c, h, w) and biases (count, c') of the encoders."""
        convolutions = [cast(nn.Conv2d, module) for module in self.convolutions]
        biases = [convolution.bias for convolution in convolutions if convolution.bias is not None]
        return torch.stack([convolution.weight for convolution in convolutions]), torch.stack(
            biases
        ) if biases else None

    def _convolve(self, images: Tensor, kernel: Tensor, bias: Tensor | None = None) -> Tensor:
        """The convolution of ``images`` by a kernel and a bias (default: none) in place of the encoders' own."""
        first = cast(nn.Conv2d, self.convolutions[0])
        given = {"weight": kernel}
        if first.bias is not None:
            given["bias"] = torch.zeros_like(first.bias) if bias is None else bias
        # functional_call keeps whatever else the convolution's class does, such as timm's "same" padding.
        encoded: Tensor = torch.func.functional_call(first, given, (images,))
        return encoded

    def each_of_same(self, images: Tensor) -> list[Tensor]:
        """The m encodings of the same images (b, c, h, w); one shared encoder encodes them once."""
        encoded = [convolution(images) for convolution in self.convolutions]
        return encoded * (self.members // len(encoded))

    def sum_of_same(self, images: Tensor) -> Tensor:
        """``sum_i c_i(x)`` of the same images (b, c, h, w) for every member: one convolution with the summed kernels."""
        repeats = self.members // len(self.convolutions)
        if torch.jit.is_tracing():  # type: ignore[attr-defined, no-untyped-call]
            # TorchScript knows no functional_call: its file holds the sum as it is written above.
            return torch.stack([repeats * convolution(images) for convolution in self.convolutions]).sum(0)
        kernels, biases = self._stacked()
        return self._convolve(images, repeats * kernels.sum(0), None if biases is None else repeats * biases.sum(0))

    def output_size(self, image_size: tuple[int, int]) -> tuple[int, int]:
        """(h', w') of the encodings of images of (h, w)."""
        if image_size not in self._sizes:
            self._sizes[image_size] = self._size(image_size)
        return self._sizes[image_size]

    def _size(self, image_size: tuple[int, int]) -> tuple[int, int]:
        convolution = cast(nn.Conv2d, self.convolutions[0])
        example = torch.empty(1, convolution.in_channels, *image_size, device="meta")
        # The meta device computes shapes only.
        shapes = {name: torch.empty_like(tensor, device="meta") for name, tensor in convolution.named_parameters()}
        encoded = torch.func.functional_call(convolution, shapes, (example,))
        return encoded.shape[-2], encoded.shape[-1]


@torch.no_grad()
def _is_linear(convolution: nn.Conv2d) -> bool:
    """Whether what it makes doubles with its kernel; that of a kernel that it standardises does not."""
    if convolution.weight.is_meta:  # without values
        return True
    side = max(
        reach * (size - 1) + 1 for size, reach in zip(convolution.kernel_size, convolution.dilation, strict=True)
    )
    bias, kernel = convolution.bias, convolution.weight
    weight, image = (
        torch.linspace(0, 1, shape.numel(), dtype=kernel.dtype, device=kernel.device).view(shape)
        for shape in (kernel.shape, torch.Size((1, convolution.in_channels, side, side)))
    )
    given = {} if bias is None else {"bias": torch.zeros_like(bias)}
    once, twice = (
        torch.func.functional_call(convolution, {**given, "weight": factor * weight}, (image,)) for factor in (1, 2)
    )
    return torch.allclose(twice, 2 * once)
