"""Encoders of several inputs: their sums, in one convolution or as written, and what they refuse."""

import pytest
import torch
from timm.layers import Conv2dSame, ScaledStdConv2d, StdConv2d
from torch import nn

from contentmix import UsageError
from contentmix.subnetworks import InputEncoders, MultiInputNetwork, Unmixing


@pytest.mark.parametrize(("members", "count"), [(2, 2), (4, 1)])
def test_a_traced_sum_is_the_same_as_the_one_of_summed_kernels(members, count, monkeypatch):
    encoders = InputEncoders(nn.Conv2d(3, 4, 3, padding=1), members, count)
    images = torch.randn(2, 3, 5, 5)
    expected = encoders.sum_of_same(images)
    monkeypatch.setattr(torch.jit, "is_tracing", lambda: True)
    torch.testing.assert_close(encoders.sum_of_same(images), expected)
    torch.testing.assert_close(sum(encoders.each_of_same(images)), expected)


class _Standardised(nn.Conv2d):
    """As timm's StdConv2d: it uses its kernel less its mean, over its deviation."""

    def forward(self, images):
        weight = (self.weight - self.weight.mean()) / (self.weight.std() + 1e-6)
        return self._conv_forward(images, weight, self.bias)


@pytest.mark.parametrize("kind", [_Standardised, StdConv2d, ScaledStdConv2d])
def test_convolutions_that_change_their_kernels_are_refused(kind):
    """The sum of what they make is not what they make of summed kernels."""
    with pytest.raises(UsageError, match=f"{kind.__name__}, which changes its kernels"):
        InputEncoders(kind(3, 8, 3), 2, 2)
    InputEncoders(Conv2dSame(3, 8, 3, stride=2, bias=True, dilation=2), 2, 2)


def test_groups_are_refused():
    with pytest.raises(UsageError, match="^the first convolution has groups"):
        InputEncoders(nn.Conv2d(4, 4, 3, groups=2), 2, 2)


def test_sizes_of_encodings_are_those_of_the_convolution():
    encoders = InputEncoders(nn.Conv2d(3, 4, 3, stride=2), 2, 2)
    assert encoders.output_size((9, 14)) == (4, 6)  # (9 - 3) / 2 + 1, (14 - 3) // 2 + 1


class Sized(nn.Module):
    """A convolution, features of maps of one ``side``, a classifier; built for images of 8 px."""

    num_features = 4

    def __init__(self, side=8, made=6, maps=True):
        super().__init__()
        self.conv, self.rest, self.maps = nn.Conv2d(3, 4, 3, padding=1), nn.Linear(4 * side * side, made), maps
        self.num_features, self.input_size = (4 if maps else made), (3, 8)
        self.head = nn.Linear(6, 3)

    def reset_classifier(self, num_classes):
        self.head = nn.Linear(6, num_classes) if num_classes else nn.Identity()

    def get_classifier(self):
        return self.head

    def forward_features(self, images):
        return self.conv(images) if self.maps else self.conv(images).flatten(2)

    def forward_head(self, maps):
        return self.head(self.rest(maps.flatten(1)))

    def forward(self, images):
        return self.forward_head(self.forward_features(images))


def test_a_core_is_tried_on_encodings_when_it_is_built():
    logits = MultiInputNetwork(Sized(), 3)(torch.randn(2, 2, 3, 8, 8))
    assert logits.shape == (2, 2, 3)
    with pytest.raises(UsageError, match="Sized cannot have several inputs of 3 x 8 x 8: mat1 and mat2"):
        MultiInputNetwork(Sized(side=9), 3)
    with pytest.raises(UsageError, match=r"without its classifier it makes \(7,\), and its heads take 6 features"):
        MultiInputNetwork(Sized(made=7), 3)


def test_unmixing_needs_the_maps_of_as_many_channels_as_there_are_features():
    MultiInputNetwork(Sized(), 3, unmixing=Unmixing())
    with pytest.raises(UsageError, match=r"the last features of Sized are \(4, 64\): unmixing needs maps"):
        MultiInputNetwork(Sized(maps=False), 3, unmixing=Unmixing())
    other = Sized()
    other.num_features = 5
    with pytest.raises(UsageError, match=r"the last features of Sized are \(4, 8, 8\)"):
        MultiInputNetwork(other, 3, unmixing=Unmixing())
