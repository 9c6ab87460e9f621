import pytest
import torch

from contentmix import (
    Dirichlet,
    Mixer,
    MultiInputNetwork,
    Rectangle,
    SingleInput,
    WideResNet,
    build_network,
    mix_members,
)
from contentmix.errors import UsageError
from contentmix.subnetworks import InputEncoders, MixViTNetwork, TwoHeads


def tiny(**options):
    torch.manual_seed(0)
    return MultiInputNetwork(WideResNet(10, 1, 5), 5, **options).eval()


@pytest.mark.parametrize(
    "options", [{}, {"members": 3}, {"encoders": 1}, {"classifiers": 1}, {"encoders": 1, "classifiers": 1}]
)
def test_predicting_is_the_plain_sum_of_the_same_image_in_one_convolution(options):
    network = tiny(**options)
    images = torch.randn(2, 3, 12, 10)
    stacked = images[:, None].expand(-1, network.members, -1, -1, -1)
    with torch.no_grad():
        torch.testing.assert_close(network.predict(images), network(stacked), atol=1e-5, rtol=1e-5)
    assert network.predict(images).shape == (2, options.get("classifiers", network.members), 5)


@pytest.mark.parametrize("options", [{}, {"members": 3}, {"encoders": 1}])
def test_a_constant_mixture_in_one_convolution_is_the_mixing_block_of_the_encodings(options):
    """Eq. A.3: M sum_i kappa_i c_i(x_i), whether pixels are weighed before or encodings after the convolution."""
    network = tiny(**options).train()
    images = torch.randn(4, network.members, 3, 12, 10)
    mixture = Mixer(Dirichlet(2.0)).draw(4, network.members, (12, 10), torch.Generator())
    losses, gradients = [], []
    for logits in (
        network(images, mixture),
        network.heads(network.core(mix_members(network.encoders(images), mixture))),
    ):
        network.zero_grad()
        losses.append(logits.logsumexp(-1).sum())
        losses[-1].backward()
        gradients.append([parameter.grad.clone() for parameter in network.parameters()])
    torch.testing.assert_close(losses[0], losses[1])
    torch.testing.assert_close(gradients[0], gradients[1], atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize(
    "name", ["timm/mobilenetv3_small_050", "timm/convnext_atto", "timm/tf_efficientnet_b0", "preactresnet18-1"]
)
def test_any_cnn_serves(name):
    network = MultiInputNetwork(build_network(name, 10), 10).eval()
    images = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(
            network.predict(images), network(images[:, None].expand(-1, 2, -1, -1, -1)), atol=1e-4, rtol=1e-4
        )
        mixture = Mixer(Dirichlet(2.0), Rectangle()).draw(1, 2, network.mixing_size((64, 64)), torch.Generator())
        assert network(images[:, None].expand(-1, 2, -1, -1, -1), mixture).shape == (1, 2, 10)


@pytest.mark.parametrize("options", [{}, {"members": 3}, {"encoders": 1}, {"classifiers": 1}])
def test_separate_inference_gives_each_member_its_own_input_alone(options):
    network = tiny(inference="separate", **options)
    images, members = torch.randn(2, 3, 12, 10), network.members
    features = []
    with torch.no_grad():
        for i in range(members):
            encoder = network.encoders.convolutions[0 if "encoders" in options else i]
            features.append(network.core(members * encoder(images)))
        if "classifiers" in options:
            expected = network.heads(torch.stack(features).mean(0))
        else:
            expected = torch.stack([network.heads(each)[:, i] for i, each in enumerate(features)], 1)
        torch.testing.assert_close(network.predict(images), expected, atol=1e-5, rtol=1e-4)


def test_masks_are_drawn_for_the_encodings():
    assert tiny().mixing_size((12, 9)) == (12, 9)
    assert MultiInputNetwork(build_network("preactresnet18-1", 10), 10).mixing_size((64, 63)) == (32, 32)


@pytest.mark.parametrize("options", [{}, {"members": 3}, {"encoders": 1}])
def test_biases_of_patch_encoders_are_weighed_with_their_encodings(options):
    network = MultiInputNetwork(build_network("convit-16-1-2", 5, image_size=8), 5, **options).eval()
    members = network.members
    with torch.no_grad():
        for convolution in network.encoders.convolutions:
            convolution.bias.normal_()
        images = torch.randn(4, members, 3, 8, 8)
        encoded = network.encoders(images)
        weights = torch.rand(4, members)
        expected = sum(weights[:, i, None, None, None] * encoded[i] for i in range(members))
        torch.testing.assert_close(network.encoders.weighted_sum(images, weights), expected)
        same = images[:, :1].expand(-1, members, -1, -1, -1)
        torch.testing.assert_close(network.encoders.sum_of_same(images[:, 0]), sum(network.encoders(same)))
        torch.testing.assert_close(network.predict(images[:, 0]), network(same))
        # Zeros show nothing but the biases: M b where all inputs share an encoder, else b_0 + ... .
        biases = [convolution.bias for convolution in network.encoders.convolutions]
        only = network.encoders.sum_of_same(torch.zeros(1, 3, 8, 8))[0, :, 0, 0]
        torch.testing.assert_close(only, members // len(biases) * sum(biases))


def test_aligned_encoders_have_aligned_biases():
    def encoders(alignment):
        made = MultiInputNetwork(build_network("convit-16-1-2", 5, image_size=8), 5, alignment=alignment)
        return made.encoders.convolutions

    first, second = encoders("same")
    assert torch.equal(first.bias, second.bias)
    first, second = encoders("co-linear")
    factors = second.weight.flatten(1).norm(dim=1) / first.weight.flatten(1).norm(dim=1)
    torch.testing.assert_close(second.bias, factors * first.bias)


@pytest.mark.parametrize(
    ("name", "variance", "bias"),
    [
        ("wrn-10-1", 2 / 27, None),  # He's
        ("wrn-10-1-leaky", 1 / (3 * 27), None),  # PyTorch's, uniform within 1 / sqrt(27)
        ("convit-1024-1-2", 1 / (3 * 48), 1 / 48**0.5),  # PyTorch's, for patches of 4 px
        ("timm/vit_tiny_patch16_224", 1 / (3 * 768), 1 / 768**0.5),
        ("timm/resnet10t", 2 / 27, None),
    ],
)
def test_encoders_start_as_the_first_convolution_of_their_network(name, variance, bias):
    backbone = build_network(name, 3)
    own = next(module for module in backbone.modules() if isinstance(module, torch.nn.Conv2d))
    assert (own.bias is None) == (bias is None)
    if name != "timm/resnet10t":  # timm's CNNs have laws of their own; their encoders are the thesis's (A.1.3.1)
        assert own.weight.var().item() == pytest.approx(variance, rel=0.3)
    for convolution in MultiInputNetwork(backbone, 3, members=3).encoders.convolutions:
        assert convolution.weight.var().item() == pytest.approx(variance, rel=0.3)
        if bias is None:
            assert convolution.bias is None
        else:
            assert 0.9 * bias < convolution.bias.abs().max().item() <= bias


def test_heads_start_as_the_classifier_of_their_network_each_for_itself():
    for name, made, deviation in (
        ("wrn-10-2", MultiInputNetwork, 0.125),
        ("wrn-10-2-leaky", TwoHeads, 1 / (3 * 128) ** 0.5),
        ("preactresnet18-1", TwoHeads, 0.01),
        ("convit-128-1-2", MultiInputNetwork, 0.02),
        ("convit-128-1-2", MixViTNetwork, 0.02),
    ):
        weight = made(build_network(name, 300), 300).heads.linear.weight.detach()
        assert weight.std().item() == pytest.approx(deviation, rel=0.02)
        first, second = weight.chunk(2)
        assert abs(torch.corrcoef(torch.stack([first.flatten(), second.flatten()]))[0, 1].item()) < 0.03


def test_encoders_start_from_their_own_kernels_and_have_no_bias():
    first, second = tiny().encoders.convolutions
    assert not torch.equal(first.weight, second.weight)
    assert first.bias is None


def touched(network):
    return {
        name for name, parameter in network.named_parameters() if parameter.grad is not None and parameter.grad.any()
    }


def test_the_loss_of_one_member_reaches_its_own_head_only_and_all_encoders():
    network = tiny()
    network(torch.randn(2, 2, 3, 8, 8))[:, 0].logsumexp(-1).sum().backward()
    gradient = network.heads.linear.weight.grad
    assert gradient[:5].any()
    assert not gradient[5:].any()
    assert {"encoders.convolutions.0.weight", "encoders.convolutions.1.weight"} <= touched(network)


def test_an_input_under_a_zero_mask_gets_no_gradient():
    from contentmix import Mixture

    network = tiny()
    masks = torch.tensor([1.0, 0.0]).view(1, 2, 1, 1).expand(2, -1, -1, -1)
    network(torch.randn(2, 2, 3, 8, 8), Mixture(masks, masks[..., 0, 0])).sum().backward()
    assert "encoders.convolutions.0.weight" in touched(network)
    assert "encoders.convolutions.1.weight" not in touched(network)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tiny(members=1), "members is 1"),
        (lambda: tiny(members=3, encoders=2), "encoders is 2: choose 3"),
        (lambda: tiny(classifiers=4), "classifiers is 4"),
        (lambda: tiny()(torch.zeros(2, 3, 8, 8)), r"images \(2, 3, 8, 8\): a network of 2 members"),
        (lambda: MultiInputNetwork(torch.nn.Conv2d(3, 3, 1), 5), "Conv2d has no reset_classifier"),
    ],
)
def test_what_does_not_fit_is_named(make, message):
    with pytest.raises(UsageError, match=message):
        make()


def test_the_second_head_is_not_asked_for_predictions():
    torch.manual_seed(0)
    network, images = TwoHeads(WideResNet(10, 1, 5), 5).eval(), torch.randn(2, 3, 8, 8)
    with torch.no_grad():
        both = network(images)
        assert both.shape == (2, 2, 5)
        assert torch.equal(both, network.heads(network.backbone(images)))
        assert torch.equal(network.predict(images), both[:, :1])


def test_a_plain_network_is_an_ensemble_of_one():
    network = SingleInput(WideResNet(10, 1, 5)).eval()
    images = torch.randn(2, 3, 8, 8)
    with torch.no_grad():
        assert torch.equal(network.predict(images)[:, 0], network.backbone(images))
    assert len(network.mixing_points()) == 3


def test_encoders_are_independent_unless_said():
    torch.manual_seed(0)
    first, second = InputEncoders(torch.nn.Conv2d(3, 4, 3), 2, 2).convolutions
    similar = torch.cosine_similarity(first.weight.flatten(1), second.weight.flatten(1))
    assert similar.abs().max() < 0.9  # neither equal nor co-linear
    with pytest.raises(UsageError, match="unknown inference 'all' .*separate, sum"):
        tiny(inference="all")
