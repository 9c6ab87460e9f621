"""The networks of SAMOSA and SciMix against the thesis's tables."""

import pytest
import torch
from torch.nn import functional

from contentmix import UsageError, WideResNet
from contentmix.hybrids import (
    Critic,
    GatedDecoder,
    GateEncoder,
    ModulatedConv2d,
    ResidualEncoder,
    Samosa,
    SciMix,
    StyleGenerator,
)
from contentmix.hybrids.samosa_networks import DeconvBlock
from contentmix.hybrids.scimix_networks import StyleResBlock
from contentmix.networks import build_network
from contentmix.subnetworks import SingleInput, TwoHeads


def trunk(depth=28, width=2):
    return WideResNet(depth, width, 0, stride_in="first", negative_slope=0.1)


def millions(*networks):
    return sum(p.numel() for network in networks for p in network.parameters()) / 1e6


def shapes(network, kind, *inputs):
    """Shapes that the modules of a ``kind`` put out, in order."""
    seen = []
    hooks = [
        module.register_forward_hook(lambda _, __, out: seen.append(tuple(out.shape[1:])))
        for module in network.modules()
        if type(module).__name__ == kind
    ]
    network(*inputs)
    for hook in hooks:
        hook.remove()
    return seen


def test_modulated_convolution_is_one_kernel_per_image():
    torch.manual_seed(0)
    layer = ModulatedConv2d(5, 7, 3)
    torch.nn.init.normal_(layer.bias)
    x, code = torch.randn(4, 5, 6, 6), torch.randn(4, 3)
    expected = []
    for image, style in zip(x, layer.style(code), strict=True):
        kernel = layer.weight * style[:, None, None]  # (o, i, k, k) scaled by input channel
        kernel = kernel / (kernel.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
        expected.append(functional.conv2d(image, kernel, layer.bias, padding=1))
    torch.testing.assert_close(layer(x, code), torch.stack(expected), atol=1e-5, rtol=1e-5)


def test_modulated_convolution_starts_the_same_for_small_codes():
    layer, x = ModulatedConv2d(4, 4, 3, demodulate=False), torch.randn(2, 4, 5, 5)
    torch.testing.assert_close(layer(x, torch.zeros(2, 3)), functional.conv2d(x, layer.weight, padding=1))
    torch.nn.init.normal_(layer.bias)
    torch.testing.assert_close(layer(x, torch.zeros(2, 3)), functional.conv2d(x, layer.weight, layer.bias, padding=1))


def test_modulated_convolution_starts_with_unit_styles_and_kernels_of_unit_gain():
    torch.manual_seed(0)
    layer = ModulatedConv2d(32, 64, 400, 5)
    assert layer.weight.shape == (64, 32, 5, 5)
    assert layer.weight.std().item() == pytest.approx(1 / (32 * 25) ** 0.5, rel=0.02)
    assert layer.style.weight.std().item() == pytest.approx(1 / 20, rel=0.03)
    assert layer.style.bias.eq(1).all()
    assert not layer.bias.any()
    assert layer(torch.zeros(1, 32, 6, 7), torch.zeros(1, 400)).shape == (1, 64, 6, 7)
    assert ModulatedConv2d(2, 3, 4).weight.shape == (3, 2, 3, 3)


def test_a_style_of_zero_is_no_division_by_zero():
    layer = ModulatedConv2d(2, 2, 3)
    torch.nn.init.zeros_(layer.style.bias)
    assert layer(torch.ones(1, 2, 4, 4), torch.zeros(1, 3)).eq(0).all()


@pytest.mark.parametrize("up", [False, True])
def test_a_style_block_is_two_convolutions_around_a_shortcut(up):
    torch.manual_seed(0)
    block = StyleResBlock(4, 6, 5, up=up)
    x, code = torch.randn(2, 4, 6, 6), torch.randn(2, 5)
    larger = functional.interpolate(x, size=(12, 12), mode="bilinear", align_corners=False) if up else x

    def leaky(values):
        return torch.where(values > 0, values, 0.2 * values)

    inner = leaky(block.conv2(leaky(block.conv1(larger, code)), code))
    shortcut = torch.einsum("oi,bihw->bohw", block.shortcut.weight[:, :, 0, 0], larger)
    torch.testing.assert_close(block(x, code), (inner + shortcut) / 2**0.5, atol=1e-5, rtol=1e-5)
    assert block.shortcut.bias is None
    assert not StyleResBlock(4, 6, 5).up


def test_a_critic_by_its_layers():
    torch.manual_seed(0)
    critic, x = Critic(16, 2, (4, 6)), torch.randn(3, 2, 16, 16)

    def leaky(values):
        return torch.where(values > 0, values, 0.2 * values)

    def halved(values):
        return (values[..., ::2, ::2] + values[..., 1::2, ::2] + values[..., ::2, 1::2] + values[..., 1::2, 1::2]) / 4

    y = leaky(functional.conv2d(x, critic.conv1.weight, critic.conv1.bias, stride=2, padding=1))
    (block,) = critic.blocks
    inner = leaky(functional.conv2d(y, block.conv1.weight, block.conv1.bias, padding=1))
    inner = leaky(functional.conv2d(inner, block.conv2.weight, block.conv2.bias, padding=1))
    y = (halved(inner) + functional.conv2d(halved(y), block.shortcut.weight)) / 2**0.5
    hidden = leaky(y.flatten(1) @ critic.hidden.weight.T + critic.hidden.bias)
    torch.testing.assert_close(critic(x), (hidden @ critic.out.weight.T + critic.out.bias)[:, 0])
    assert critic.hidden.weight.shape == (256, 6 * 4 * 4)
    assert critic.out.weight.shape == (1, 256)
    assert critic.conv1.weight.shape == (4, 2, 3, 3)


def test_generators_may_stay_at_one_size_or_grow_from_the_start():
    code, context = torch.randn(1, 5), torch.randn(1, 2, 4, 4)
    for flat, size in ((0, 16), (1, 8), (2, 4)):
        generator = StyleGenerator(2, 5, 1, (6, 7), flat)
        assert generator(code, context).shape == (1, 1, size, size)
    with pytest.raises(UsageError, match="flat is -1"):
        StyleGenerator(flat=-1)


def test_scimix_has_the_shapes_of_tables_a7_to_a11():
    images = torch.randn(2, 3, 32, 32)
    semantic, residual, generator, critic = TwoHeads(trunk(), 10), ResidualEncoder(trunk()), StyleGenerator(), Critic()
    code, context = semantic.backbone(images), residual(images)
    assert code.shape == (2, 128)
    assert semantic.heads(code).shape == (2, 2, 10)
    assert context.shape == (2, 8, 8, 8)
    blocks = shapes(generator, "StyleResBlock", code, context)
    assert blocks == [(32, 8, 8), (64, 8, 8), (128, 8, 8), (64, 16, 16), (32, 32, 32)]
    assert generator(code, context).shape == images.shape
    assert shapes(critic, "_CriticBlock", images) == [(64, 8, 8), (128, 4, 4), (256, 2, 2)]
    assert critic(images).shape == (2,)
    # The thesis's 1.5 M of both encoders. Its 2 M of a decoder (A.4.1) is not what its tables hold.
    assert 1.45 < millions(semantic) < 1.5
    assert 1.45 < millions(residual) < 1.5
    assert 0.5 < millions(generator) < 0.6
    assert 1.4 < millions(critic) < 1.6


@pytest.mark.parametrize("size", [16, 64, 96])
def test_scimix_takes_other_sizes(size):
    images = torch.randn(1, 3, size, size)
    network = SciMix(TwoHeads(trunk(10, 1), 10), trunk(10, 1), image_size=size, context_channels=3)
    code, context = network.encode(images)
    assert (code.shape, context.shape) == ((1, 64), (1, 3, size // 4, size // 4))
    assert network.decode(code, context).shape == images.shape
    assert network.criticise(images)[0].shape == (1,)


def test_samosa_has_the_shapes_of_tables_a1_to_a6():
    images = torch.randn(2, 3, 32, 32)
    semantic = trunk()
    features = semantic.stage3(semantic.stage2(semantic.stage1(semantic.conv1(images))))
    assert features.shape == (2, 128, 8, 8)
    gates = GateEncoder(trunk())
    chosen = gates(images)
    assert chosen.shape == (2, 64)
    torch.testing.assert_close(chosen.sum(1), torch.ones(2))
    decoder = GatedDecoder()
    at = {"8": [(128, 8, 8)] * 3, "16": [(64, 16, 16)] * 4, "32": [(64, 32, 32)] * 4}
    assert shapes(decoder, "DeconvBlock", features, chosen) == [*at["8"], *at["16"], *at["32"], (16, 32, 32)]
    assert decoder(features, chosen).shape == images.shape
    first, maps = decoder.maps(features)
    assert (first.shape, maps.shape) == (features.shape, (2, 64, 32, 32))
    assert 1.45 < millions(trunk()) < 1.5
    assert 1.9 < millions(gates) < 2.05  # 1.5 M and the projection of 8192 to 64
    assert 0.75 < millions(decoder) < 0.85


def test_gates_say_which_maps_are_drawn():
    decoder = GatedDecoder(16, 4).eval()
    maps, gates = torch.randn(1, 4, 8, 8), torch.tensor([[0.0, 1.0, 0.0, 0.0]])
    other = maps.clone()
    other[:, [0, 2, 3]] = 9.0  # shut off
    torch.testing.assert_close(decoder.draw(maps, gates), decoder.draw(other, gates))
    assert not torch.allclose(decoder.draw(maps, gates), decoder.draw(maps + 1, gates))
    torch.testing.assert_close(decoder.draw(2 * maps, gates), decoder.draw(maps, 2 * gates))  # they multiply


def test_what_does_not_fit_is_named():
    with pytest.raises(UsageError, match="image_size is 28: the critic halves it 4 times, choose a multiple of 16"):
        Critic(28)
    with pytest.raises(UsageError, match="flat is 9: there are 5 blocks"):
        StyleGenerator(flat=9)


def test_beside_a_network_with_normalised_shortcuts_the_decoder_normalises_what_it_enlarges():
    """A.1.1.1: "Downsampling/Upsampling convolutions are stabilized with an additional Batch Normalization", MixMatch's alone."""
    assert len(GatedDecoder(16, 4).before[2]) == 3  # not unless said
    for name, expected in (("wrn-10-1-leaky", 0), ("wrn-10-1-leaky-norm", 2)):
        classifier = SingleInput(build_network(name, 3, image_size=16))
        residual = build_network(name, 3, image_size=16)
        decoder = Samosa(classifier, residual, image_size=16).decoder
        after = [block for block in decoder.modules() if isinstance(block, DeconvBlock) and len(block) == 4]
        assert len(after) == expected
        assert all(block[2].stride == (2, 2) and isinstance(block[3], torch.nn.BatchNorm2d) for block in after)
