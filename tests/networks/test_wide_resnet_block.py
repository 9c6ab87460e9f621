"""The block of a wide ResNet (thesis table A.5), by hand.

All kernels are zero but those from channel 0 to channel 0, so that one channel of small integers shows everything. ``x`` has
negative values: x and its activation ``a = relu(x)`` differ. Sums over 3 x 3 neighbourhoods, zeros outside:

    x =  1 -2  3  0     a = 1 0 3 0     S = sums of a = 5  8  9 5     sums of S at rows and columns 0, 2 (padding both sides):
         0  4 -1  2         0 4 0 2                   7 11 10 6         31 49
         2 -3  1  0         2 0 1 0                   6  9 10 6         40 65
        -1  0  2  1         0 0 2 1                   2  5  4 4       at 1, 3 (right and below only): 75 46 / 36 24
"""

import pytest
import torch

from contentmix import UsageError, WideResNet, build_network

X = torch.tensor([[1.0, -2, 3, 0], [0, 4, -1, 2], [2, -3, 1, 0], [-1, 0, 2, 1]])
ONES = torch.ones(3, 3)
DOUBLE = torch.zeros(3, 3)
DOUBLE[1, 1] = 2


def output(block, first, second, shortcut):
    """Channel 0 of the block's output for ``X`` in channel 0."""
    with torch.no_grad():
        for module in block.modules():
            if isinstance(module, torch.nn.Conv2d):
                module.weight.zero_()
            elif isinstance(module, torch.nn.BatchNorm2d):
                module.eps = 1e-30  # the identity, to the bit
        block.conv1.weight[0, 0], block.conv2.weight[0, 0] = first, second
        if block.shortcut is not None:
            block.shortcut.weight[0, 0] = shortcut
        x = torch.zeros(1, block.conv1.in_channels, 4, 4)
        x[0, 0] = X
        found = block(x.clone())[0, 0]
    return found.tolist()


def test_the_shortcut_of_an_unchanged_width_is_x():
    # 2 S + x
    expected = [[11, 14, 21, 10], [14, 26, 19, 14], [14, 15, 21, 12], [3, 10, 10, 9]]
    block = WideResNet(10, 1, 2).eval().stage1[0]
    assert output(block, ONES, DOUBLE, None) == expected


def test_the_shortcut_of_a_changed_width_takes_x_too():
    # 2 S + 3 x; from the activation, -2 would give 16 + 0 and not 16 - 6.
    expected = [[13, 10, 27, 10], [14, 34, 17, 18], [18, 9, 23, 12], [1, 10, 14, 11]]
    block = WideResNet(10, 2, 2).eval().stage1[0]
    assert output(block, ONES, DOUBLE, 3) == expected


@pytest.mark.parametrize(
    ("stride_in", "stride_padding", "expected"),
    [
        # S at rows and columns 0, 2 is (5 9 / 6 10), each neighbourhood of this map sums to 30; 3 x there is (3 9 / 6 3).
        ("first", "both", [[33, 39], [36, 33]]),
        ("second", "both", [[31 + 3, 49 + 9], [40 + 6, 65 + 3]]),
        # Windows that begin at their place are those around the next one: (11 6 / 5 4), which sum to 26.
        ("first", "after", [[29, 35], [32, 29]]),
        ("second", "after", [[75 + 3, 46 + 9], [36 + 6, 24 + 3]]),
    ],
)
def test_strides_by_place_and_padding(stride_in, stride_padding, expected):
    block = WideResNet(10, 1, 2, stride_in=stride_in, stride_padding=stride_padding).eval().stage2[0]
    assert output(block, ONES, ONES, 3) == expected


def test_the_shortcut_is_normalised_where_it_changes_width():
    network = WideResNet(10, 2, 2, shortcut_norm=True).eval()
    block = network.stage1[0]
    norm = block.shortcut_norm
    with torch.no_grad():
        for tensor, value in ((norm.running_mean, 2), (norm.running_var, 4), (norm.weight, 2), (norm.bias, 1)):
            tensor.fill_(value)
    # The kernel 2 and then 2 (2 x - 2) / sqrt(4) + 1: 2 S + 2 x - 1.
    expected = [[11, 11, 23, 9], [13, 29, 17, 15], [15, 11, 21, 11], [1, 9, 11, 9]]
    assert output(block, ONES, DOUBLE, 2) == expected
    normalised = [
        name for name, module in network.named_modules() if name.endswith("shortcut_norm") and list(module.parameters())
    ]
    assert normalised == ["stage1.0.shortcut_norm", "stage2.0.shortcut_norm", "stage3.0.shortcut_norm"]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("wrn-10-1", {}),
        ("wrn-10-1-published", {"stride_padding": "after"}),
        ("wrn-10-1-leaky", {"stride_in": "first", "negative_slope": 0.1}),
        ("wrn-10-1-leaky-norm", {"stride_in": "first", "negative_slope": 0.1, "shortcut_norm": True}),
    ],
)
def test_names_keep_what_they_stand_for(name, options):
    named, made = build_network(name, 3).eval(), WideResNet(10, 1, 3, **options).eval()
    made.load_state_dict(named.state_dict())
    images = torch.randn(2, 3, 16, 16)
    with torch.no_grad():
        assert torch.equal(named(images), made(images))


def test_padding_after_takes_odd_sides():
    images = torch.zeros(1, 3, 17, 22)
    assert WideResNet(10, 1, 3, stride_padding="after").eval().forward_features(images).shape == (1, 64, 5, 6)


@pytest.mark.parametrize("name", ["stride_in", "stride_padding"])
def test_unknown_places_are_refused(name):
    with pytest.raises(UsageError, match=f"unknown {name} 'before'"):
        WideResNet(10, 1, 3, **{name: "before"})
