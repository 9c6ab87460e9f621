"""The auto-encoders beside a classifier: what is content, what is context, and what is made of them."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from contentmix import UsageError, WideResNet
from contentmix.hybrids import AdaINAutoEncoder, Samosa, SciMix
from contentmix.networks import build_network
from contentmix.subnetworks import SingleInput, TwoHeads


def wrn(classes=3, channels=3):
    return build_network("wrn-10-1", classes, channels, image_size=16)


def samosa(channels=3):
    torch.manual_seed(0)
    return Samosa(
        TwoHeads(wrn(channels=channels), 3), wrn(channels=channels), image_size=16, in_channels=channels
    ).eval()


def scimix(classifier=None, **options):
    torch.manual_seed(0)
    return SciMix(classifier or TwoHeads(wrn(), 3), wrn(), image_size=16, context_channels=2, **options).eval()


def images(seed=0, channels=3):
    return torch.randn(4, channels, 16, 16, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("make", [samosa, scimix, lambda: AdaINAutoEncoder(TwoHeads(wrn(), 3)).eval()])
def test_hybrids_have_the_content_of_one_and_the_context_of_the_other(make):
    network, content, context = make(), images(0), images(1)
    assert torch.equal(network(content), network.classifier(content))
    assert torch.equal(network.predict(content), network.classifier.predict(content))
    codes, contexts = network.encode(content)
    assert torch.equal(codes, network.content(content))
    assert torch.equal(contexts, network.context(content))
    hybrids = network.hybridise(content, context)
    assert hybrids.shape == content.shape
    assert torch.equal(hybrids, network.decode(network.content(content), network.context(context)))
    assert not torch.allclose(hybrids, network.hybridise(context, content))


@pytest.mark.parametrize("channels", [1, 3])
def test_adain_decodes_the_second_stage_with_other_moments(channels):
    torch.manual_seed(0)
    network = AdaINAutoEncoder(SingleInput(wrn(channels=channels)), in_channels=channels).eval()
    shown = images(channels=channels)
    trunk = network.backbone
    first = trunk.conv1(shown)
    second = trunk.stage1(first)
    third = trunk.stage2(second)
    for mine, expected in zip(network.layers(shown), (first, second, third), strict=True):
        assert torch.equal(mine, expected)
    assert torch.equal(network.content(shown), third)
    flat = third.flatten(2)
    deviation = (flat.var(2, correction=0) + 1e-5).sqrt()
    torch.testing.assert_close(network.context(shown), torch.cat([flat.mean(2), deviation], 1))
    # Its own moments change nothing: the decoder sees the bottleneck.
    seen = []
    network.decoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    assert network.decode(*network.encode(shown)).shape == shown.shape
    torch.testing.assert_close(seen[0], third, atol=1e-5, rtol=1e-4)


def test_adains_decoder_mirrors_its_encoder():
    layers = list(AdaINAutoEncoder(SingleInput(wrn())).decoder)
    kinds = [type(layer).__name__ for layer in layers]
    block = ["ReflectionPad2d", "Conv2d", "ReLU"]
    assert kinds == [*block, *block, "Upsample", *block, "ReflectionPad2d", "Conv2d"]
    convolutions = [layer for layer in layers if isinstance(layer, nn.Conv2d)]
    # Half the 64 features of WRN-10-1: its second stage.
    assert [(c.in_channels, c.out_channels) for c in convolutions] == [(32, 32), (32, 32), (32, 32), (32, 3)]
    assert {c.kernel_size for c in convolutions} == {(3, 3)}
    assert {layer.padding for layer in layers if isinstance(layer, nn.ReflectionPad2d)} == {(1, 1, 1, 1)}
    assert layers[6].scale_factor == 2


def test_a_hybrid_is_kept_if_it_is_still_of_its_class():
    """A classifier that sees class 1 in bright images; the decoder returns the context image itself."""
    network = samosa()
    network.hybridise = lambda content, context: context + 0 * content
    network.predict = lambda images: nn.functional.one_hot((images.mean((1, 2, 3)) > 0).long(), 2)[:, None].float()
    content, context = torch.zeros(4, 3, 2, 2), torch.tensor([1.0, -1.0, 1.0, -1.0]).view(4, 1, 1, 1).expand(4, 3, 2, 2)
    images, kept = network.hybridise_in_class(content, context, torch.tensor([1, 1, 0, 0]))
    assert kept.tolist() == [True, False, False, True]
    torch.testing.assert_close(images[kept], context[kept])
    torch.testing.assert_close(images[~kept], content[~kept])


@pytest.mark.parametrize("channels", [1, 3])
def test_samosas_content_is_the_last_stage_and_its_context_are_gates(channels):
    network, shown = samosa(channels), images(channels=channels)
    trunk = network.backbone
    maps = trunk.stage3(trunk.stage2(trunk.stage1(trunk.conv1(shown))))
    assert torch.equal(network.content(shown), maps)
    encoder = network.residual
    expected = functional.softmax(encoder.project(encoder.stages(encoder.conv1(shown)).flatten(1)), 1)
    torch.testing.assert_close(network.context(shown), expected)
    assert torch.equal(network.decode(maps, expected), network.decoder(maps, expected))
    assert network.decode(maps, expected).shape == shown.shape
    with pytest.raises(UsageError, match="image_size is 18: the decoder enlarges maps 4 times"):
        Samosa(TwoHeads(wrn(), 3), wrn(), image_size=18)


def test_samosas_decoder_has_channels_of_its_classifier():
    decoder = samosa().decoder
    shapes = [(block[2].in_channels, block[2].out_channels, block[2].stride[0]) for block in decoder.before]
    assert shapes == [(64, 64, 1), (64, 64, 1), (64, 32, 2), (32, 32, 1), (32, 32, 1), (32, 32, 1), (32, 64, 2)]
    shapes = [(block[2].in_channels, block[2].out_channels, block[2].stride[0]) for block in decoder.after]
    assert shapes == [(64, 32, 1), (32, 32, 1), (32, 32, 1), (32, 16, 1)]
    assert {block[1].negative_slope for block in (decoder.first, *decoder.before, *decoder.after)} == {0.1}
    assert (decoder.to_image.in_channels, decoder.to_image.out_channels) == (16, 3)


def test_scimixs_content_is_pooled_and_its_context_is_a_map():
    network, shown = scimix(), images()
    maps = network.backbone.forward_features(shown)
    torch.testing.assert_close(network.content(shown), maps.flatten(2).mean(2))
    encoder = network.residual
    expected = encoder.project(encoder.stages(encoder.conv1(shown)))
    assert expected.shape == (4, 2, 4, 4)
    torch.testing.assert_close(network.context(shown), expected)
    code = network.content(shown)
    assert torch.equal(network.classify(code), network.classifier.heads(code)[:, 0])
    assert torch.equal(network.decode(code, expected), network.generator(code, expected))
    with pytest.raises(UsageError, match="context_channels is 0"):
        SciMix(TwoHeads(wrn(), 3), wrn(), image_size=16, context_channels=0)


def test_a_flipped_scimix_has_its_context_as_the_style():
    network, shown = scimix(flipped=True), images()
    maps = network.backbone.forward_features(shown)
    assert torch.equal(network.content(shown), maps)
    context = network.context(shown)
    torch.testing.assert_close(context, network.residual(shown).flatten(2).mean(2))
    assert context.shape == (4, 64)
    torch.testing.assert_close(network.classify(maps), network.classifier.heads(maps.flatten(2).mean(2))[:, 0])
    assert torch.equal(network.decode(maps, context), network.generator(context, maps))


def test_scimix_of_grey_images_makes_and_judges_grey_images():
    network = SciMix(TwoHeads(wrn(channels=1), 3), wrn(channels=1), image_size=16, in_channels=1).eval()
    shown = images(channels=1)
    hybrids = network.hybridise(shown, shown.flip(0))
    assert hybrids.shape == shown.shape
    assert network.criticise(hybrids)[0].shape == (4,)


def test_a_guide_of_one_head_classifies_by_its_backbones():
    network, shown = scimix(SingleInput(wrn())), images()
    code = network.content(shown)
    torch.testing.assert_close(network.classify(code), network.predict(shown)[:, 0])


def test_the_critic_sees_several_batches_at_once():
    network = scimix()
    seen = []
    network.critic.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    first, second = network.criticise(images(0), images(1)[:3])
    assert (first.shape, second.shape) == ((4,), (3,))
    assert len(seen) == 1
    assert torch.equal(seen[0], torch.cat([images(0), images(1)[:3]]))
    # Table A.11's channels for 128 features, in proportion for 64.
    assert [block.conv1.out_channels for block in network.critic.blocks] == [32, 64, 128]
    assert network.critic.conv1.out_channels == 16


def test_what_is_not_said_is_for_images_of_32_px_in_colour():
    drawn = Samosa(TwoHeads(wrn(), 3), wrn())
    assert drawn.residual.project.in_features == 64 * 8 * 8
    assert drawn.decoder.to_image.out_channels == 3
    mixed = SciMix(TwoHeads(wrn(), 3), wrn())
    assert mixed.critic.hidden.in_features == 128 * 2 * 2  # halved four times
    assert (mixed.critic.conv1.in_channels, mixed.generator.to_image.out_channels) == (3, 3)
    assert mixed.residual.project.out_channels == 8
    assert not mixed.flipped
    assert SciMix(TwoHeads(wrn(), 3), wrn(), context_channels=1).residual.project.out_channels == 1


def test_other_backbones_are_named():
    with pytest.raises(
        UsageError, match="the network is a PreActResNet18: generators of hybrids are made of wide ResNets"
    ):
        AdaINAutoEncoder(SingleInput(build_network("preactresnet18-1", 3)))
    assert isinstance(samosa().backbone, WideResNet)
