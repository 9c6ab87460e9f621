import pytest
import torch

from contentmix import MultiInputNetwork, PreActResNet18, WideResNet, build_network, cost
from contentmix.errors import UsageError
from contentmix.networks import fresh_copy, take_first_convolution, wide_resnet18


def millions(network):
    return sum(parameter.numel() for parameter in network.parameters()) / 1e6


@pytest.mark.parametrize(
    ("width", "vanilla", "mixmo"),
    [
        (2, 1.48, 1.49),
        (3, 3.31, 3.33),
        (4, 5.87, 5.89),
        (5, 9.16, 9.19),
        (7, 17.92, 17.97),
        (10, 36.53, 36.60),
        (14, 71.55, 71.64),
    ],
)
def test_parameters_of_table_a17(width, vanilla, mixmo):
    """The table rounds some figures and cuts others off: within one unit of its last digit."""
    with torch.device("meta"):
        backbone = WideResNet(28, width, 100)
        assert millions(backbone) == pytest.approx(vanilla, abs=0.01)
        assert millions(MultiInputNetwork(backbone, 100)) == pytest.approx(mixmo, abs=0.01)


@pytest.mark.parametrize(("width", "reference"), [(1, 11.27), (2, 44.78), (3, 100.54)])
def test_parameters_of_the_preactivation_resnet(width, reference):
    with torch.device("meta"):
        assert round(millions(PreActResNet18(width, 200)), 2) == reference


def test_multiply_adds_of_table_35():
    """5.9565 G: convolutions and the head, 5.9512 G, and two per element that is normalised, 0.0054 G."""
    with torch.device("meta"):
        network = WideResNet(28, 10, 100)
        example = torch.zeros(1, 3, 32, 32)
        normalised = []
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.register_forward_hook(lambda _module, _inputs, output: normalised.append(output.numel()))
        flops = cost(network, network, example).flops
        normalisation = 2 * sum(normalised)
        assert (flops + normalisation) / 1e9 == pytest.approx(5.9565, abs=5e-5)
        mixmo = MultiInputNetwork(network, 100)
        both = cost(mixmo, mixmo, torch.zeros(1, 2, 3, 32, 32)).flops
        assert (both + normalisation) / 1e9 == pytest.approx(5.9571, abs=1e-4)


def test_the_stride_in_the_first_convolution_is_cheaper_and_has_the_same_shapes():
    first, second = (WideResNet(10, 1, 5, stride_in=place).eval() for place in ("first", "second"))
    example = torch.zeros(1, 3, 32, 32)
    assert cost(first, first, example).flops < cost(second, second, example).flops
    assert first.forward_features(example).shape == second.forward_features(example).shape == (1, 64, 8, 8)


def test_resnet18_widens_its_stages_and_keeps_its_stem():
    with torch.device("meta"):
        narrow, wide = wide_resnet18(1, 1000), wide_resnet18(3, 1000)
    assert millions(narrow) == pytest.approx(11.69, abs=0.005)  # torchvision's ResNet-18
    assert narrow.conv1.out_channels == wide.conv1.out_channels == 64
    assert wide.num_features == 3 * 512


@pytest.mark.parametrize("name", ["wrn-10-1", "preactresnet18-1", "resnet18-1", "timm/resnet10t"])
def test_every_name_builds_a_network_for_any_channels_and_odd_sizes(name):
    network = build_network(name, 7, 1).eval()
    with torch.no_grad():
        assert network(torch.zeros(1, 1, 33, 47)).shape == (1, 7)


@pytest.mark.parametrize("name", ["convit-16-1-2-7", "cait-16-1-2-7"])
def test_a_transformer_takes_patches_of_a_size_of_its_own(name):
    network = build_network(name, 3, 1, image_size=28)
    assert network.patch_embed(torch.zeros(1, 1, 28, 28)).shape[-2:] == (16, 16)  # 4 x 4 patches, 16 channels


def he_bound(fan_in):
    """Two deviations of the Gaussian that, truncated there, has the variance 2 / fan_in."""
    return 2 * (2 / fan_in) ** 0.5 / 0.8796 + 1e-6


def test_convolutions_start_with_the_variance_of_he():
    weight = WideResNet(10, 8, 10).stage3[0].conv1.weight
    fan_in = weight[0].numel()
    assert weight.var().item() * fan_in == pytest.approx(2, rel=0.02)
    assert weight.abs().max().item() <= he_bound(fan_in)


@pytest.mark.parametrize(
    ("name", "deviation", "bound"),
    [
        ("wrn-10-2", (2 / 128) ** 0.5, he_bound(128)),  # 0.125, as the convolutions
        ("preactresnet18-1", 0.01, None),  # a Gaussian
        ("wrn-10-2-leaky", 1 / (3 * 128) ** 0.5, 1 / 128**0.5),  # uniform, PyTorch's own
        ("cait-128-1-2", 0.02, None),
        ("convit-128-1-2", 0.02, None),
    ],
)
@pytest.mark.parametrize("again", [False, True])
def test_heads_start_by_the_law_of_their_network(name, deviation, bound, again):
    network = build_network(name, 400)
    if again:
        network.reset_classifier(400)
    head = network.get_classifier()
    assert head.weight.std().item() == pytest.approx(deviation, rel=0.02)
    assert bound is None or 0.95 * bound < head.weight.abs().max().item() <= bound
    assert bool(head.bias.any()) == name.endswith("leaky")


def test_a_fresh_copy_is_drawn_by_the_law_of_its_network():
    network = build_network("wrn-10-8-leaky", 3)
    weight, other = (made.stage3[0].conv1.weight for made in (network, fresh_copy(network)))
    assert not torch.equal(weight, other)
    for drawn in (weight, other):
        assert drawn.var().item() * 3 * drawn[0].numel() == pytest.approx(1, rel=0.02)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("wrn-28", r"unknown network 'wrn-28'; did you mean 'wrn-D-W'"),
        ("wrn-27-2", "depth is 27"),
        ("wrn-28-0", "network is wrn-28-0: its sizes are 1 to 10,000"),
        ("timm/resnet1", "unknown timm network 'resnet1'"),
        ("timm/nothing", "unknown timm network .nothing., nor one near it: timm.list_models.. names all"),
        (
            "lenet",
            "valid: cait-D-L-H, cait-xxs-24, convit, convit-D-L-H, preactresnet18-W, resnet18-W, timm/NAME, wrn-D-W",
        ),
    ],
)
def test_wrong_names_say_what_is_valid(name, message):
    with pytest.raises(UsageError, match=message):
        build_network(name, 10)


def test_a_network_without_convolution_is_refused():
    with pytest.raises(UsageError, match="Linear has no convolution"):
        take_first_convolution(torch.nn.Linear(3, 3))
