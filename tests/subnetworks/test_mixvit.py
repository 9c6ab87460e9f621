"""Source attribution and MixViT."""

import pytest
import torch
from timm.models.vision_transformer import VisionTransformer

from contentmix import Mixture, UsageError, build_network
from contentmix.mixing import Collage, Dirichlet, Rectangle, majority, one_source
from contentmix.networks import convit
from contentmix.subnetworks import MixViTNetwork, SourceAttribution

SIZE = (16, 16)


def network(**options):
    torch.manual_seed(0)
    made = MixViTNetwork(convit(5, image_size=16, dim=16, depth=2, heads=4), 5, **options)
    with torch.no_grad():
        for parameter in made.attribution.parameters():
            parameter.normal_()  # large, so that sources matter
    return made.eval()


def images(*shape):
    return torch.randn(*shape, 3, *SIZE, generator=torch.Generator().manual_seed(1))


def mixed_masks(size, members=2):
    generator = torch.Generator().manual_seed(2)
    return majority(Collage(Dirichlet(2.0), Rectangle()).draw(size, members, SIZE, generator), (4, 4), generator)


def test_source_encoding_by_hand():
    # Two channels, two tokens: the first of source 0, the second of source 1 (eq. 4.5).
    encoding = SourceAttribution(2, 2, "encoding")
    with torch.no_grad():
        encoding.weight.copy_(torch.tensor([[[1.0, 0.0], [0.0, 2.0]], [[0.0, 1.0], [1.0, 0.0]]]))
        encoding.bias.copy_(torch.tensor([[10.0, 20.0], [30.0, 40.0]]))
    tokens = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
    # t + t W_0^T + b_0 = (1 + 1 + 10, 2 + 4 + 20); t + t W_1^T + b_1 = (3 + 4 + 30, 4 + 3 + 40)
    assert encoding(tokens, torch.tensor([[0, 1]])).tolist() == [[[12.0, 26.0], [37.0, 47.0]]]
    every = encoding.every(tokens)
    assert every[0, 0, 0].tolist() == [12.0, 26.0]
    assert every[1, 0, 1].tolist() == [37.0, 47.0]


def test_a_token_of_several_sources_has_their_shares_of_what_is_added():
    # By the same numbers: t + (3 s_0(t) + s_1(t)) / 4 = 1 + (3 * 11 + 32) / 4, 2 + (3 * 24 + 41) / 4.
    encoding = SourceAttribution(2, 2, "encoding")
    with torch.no_grad():
        encoding.weight.copy_(torch.tensor([[[1.0, 0.0], [0.0, 2.0]], [[0.0, 1.0], [1.0, 0.0]]]))
        encoding.bias.copy_(torch.tensor([[10.0, 20.0], [30.0, 40.0]]))
    mixed = encoding.by_masks(torch.tensor([[[1.0, 2.0]]]), torch.tensor([[[0.75, 0.25]]]))
    assert mixed.tolist() == [[[17.25, 30.25]]]


def test_an_encoding_of_zero_weights_is_an_embedding():
    encoding, embedding = SourceAttribution(6, 3, "encoding"), SourceAttribution(6, 3, "embedding")
    with torch.no_grad():
        encoding.weight.zero_()
        embedding.bias.copy_(encoding.bias)
    tokens, source = torch.randn(4, 7, 6), torch.randint(3, (4, 7))
    torch.testing.assert_close(encoding(tokens, source), embedding(tokens, source))
    torch.testing.assert_close(encoding.every(tokens), embedding.every(tokens))


def test_source_embeddings_are_not_decayed():
    made = network()
    (own,) = made.no_weight_decay()
    assert made.get_parameter(own) is made.attribution.bias


def test_no_attribution_leaves_tokens_alone():
    tokens = torch.randn(2, 3, 6)
    every = SourceAttribution(6, 4, "none").every(tokens)
    assert every.shape == (4, 2, 3, 6)
    assert torch.equal(every[3], tokens)
    assert SourceAttribution(6, 2, "none")(tokens, torch.zeros(2, 3, dtype=torch.int64)) is tokens


@pytest.mark.parametrize("attribution", ["embedding", "encoding"])
@pytest.mark.parametrize("place", ["late", "early"])
@pytest.mark.parametrize("name", ["convit-16-2-4", "timm/vit_tiny_patch16_224"])
def test_masks_of_one_source_give_that_sources_inference(attribution, place, name):
    torch.manual_seed(0)
    size = 32
    made = MixViTNetwork(
        build_network(name, 5, image_size=size), 5, members=3, attribution=attribution, place=place
    ).eval()
    with torch.no_grad():
        made.attribution.bias.normal_()
    inputs = torch.randn(2, 3, 3, size, size)
    for source in range(3):
        masks = torch.nn.functional.one_hot(torch.tensor([source, source]), 3)[:, :, None, None].float()
        trained = made(inputs, Mixture(masks, masks[:, :, 0, 0]))
        predicted = made.predict(inputs[:, source])
        torch.testing.assert_close(trained[:, source], predicted[:, source], atol=1e-5, rtol=1e-4)


def test_mixed_patches_are_those_of_their_inputs():
    made, inputs, mixture = network(), images(2, 2), mixed_masks(2)
    seen = []
    made.backbone.patch_embed.proj.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    made(inputs, mixture)
    pixels = mixture.masks.repeat_interleave(4, 2).repeat_interleave(4, 3)[:, :, None]
    torch.testing.assert_close(seen[0], (pixels * inputs).sum(1))


def test_features_are_computed_once_at_inference():
    made, calls = network(members=4), []
    made.backbone.blocks[0].register_forward_hook(lambda _, given, __: calls.append(given[0].shape))
    assert made.predict(images(3)).shape == (3, 4, 5)
    assert calls == [(3, 16, 16)]


@pytest.mark.parametrize("inference", ["separate", "sum", "alternating", "single", "together"])
@pytest.mark.parametrize("place", ["late", "early"])
def test_predictions_do_not_depend_on_the_rest_of_the_batch(inference, place):
    made, batch = network(inference=inference, place=place, members=3), images(5)
    predicted = made.predict(batch)
    assert predicted.shape == (5, 1 if inference == "single" else 3, 5)
    order = torch.tensor([3, 0, 4, 1, 2])
    torch.testing.assert_close(made.predict(batch[order]), predicted[order], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(made.predict(batch[2:3]), predicted[2:3], atol=1e-5, rtol=1e-4)


def test_early_attribution_comes_before_the_feature_blocks():
    made, batch = network(place="early"), images(2)
    tokens = made.backbone.embed(batch)
    expected = []
    for i in range(2):
        attributed = made.attribution(tokens, torch.full((2, 16), i))
        expected.append(made.heads(made.backbone.classify(made.backbone.features(attributed)))[:, i])
    torch.testing.assert_close(made.predict(batch), torch.stack(expected, 1), atol=1e-5, rtol=1e-4)


def test_a_plain_vit_has_as_many_class_blocks_as_are_asked_for():
    vit = build_network("timm/vit_tiny_patch16_224", 5, image_size=32)
    assert MixViTNetwork(vit, 5, class_blocks=3).backbone.first_class_block == 12 - 3


def test_a_class_token_stands_before_the_patches_of_each_source():
    torch.manual_seed(0)
    vit = VisionTransformer(img_size=16, patch_size=4, embed_dim=16, depth=3, num_heads=2, num_classes=5)
    made, inputs = MixViTNetwork(vit, 5, members=3).eval(), images(2, 3)
    with torch.no_grad():
        made.attribution.bias.normal_()
        for source in range(3):
            masks = torch.zeros(2, 3, 1, 1).index_fill(1, torch.tensor([source]), 1.0)
            trained = made(inputs, Mixture(masks, masks[:, :, 0, 0]))
            predicted = made.predict(inputs[:, source])
            torch.testing.assert_close(trained[:, source], predicted[:, source], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("options", [{"place": "early", "all_tokens": True, "inference": "together"}, {}])
def test_tokens_stand_for_themselves_unless_copies_are_seen_late(options):
    made, copies = network(**options), []
    made.backbone.blocks[0].register_forward_hook(lambda _, given, __: copies.append(given[1]))
    made.predict(images(1))
    assert copies == [1]


def test_there_may_be_more_sources_than_tokens():
    made = network(members=24, inference="alternating")
    assert made.predict(images(1)).shape == (1, 24, 5)


def test_a_single_member_without_attribution_is_the_first():
    made, batch = network(attribution="none", inference="single"), images(2)
    features = made.backbone.classify(made.backbone.features(made.backbone.embed(batch)))
    torch.testing.assert_close(made.predict(batch), made.heads(features)[:, :1])


@pytest.mark.parametrize("options", [{"all_tokens": True, "inference": "together"}, {"inference": "alternating"}, {}])
def test_tokens_stay_where_the_images_are_whatever_the_default_device(options):
    made, inputs, mixture = network(**options), images(2, 2), mixed_masks(2)
    with torch.device("meta"):
        assert made(inputs, mixture).device == inputs.device
        assert made.predict(inputs[:, 0]).device == inputs.device


def test_without_attribution_members_differ_by_their_heads_only():
    made, batch = network(attribution="none"), images(2)
    features = made.backbone.classify(made.backbone.features(made.backbone.embed(batch)))
    torch.testing.assert_close(made.predict(batch), made.heads(features))


def test_the_loss_of_a_member_reaches_its_own_source_and_head_only():
    made, inputs = network(attribution="encoding"), images(3, 2)
    alone = one_source(3, 2, torch.Generator().manual_seed(0))
    alone = Mixture(torch.zeros_like(alone.masks).index_fill(1, torch.tensor([1]), 1.0), alone.ratios)
    made(inputs, alone)[:, 1].square().sum().backward()
    assert made.attribution.bias.grad[0].eq(0).all()
    assert made.attribution.weight.grad[0].eq(0).all()
    assert made.attribution.bias.grad[1].ne(0).any()
    assert made.attribution.weight.grad[1].ne(0).any()
    assert made.heads.linear.weight.grad[:5].eq(0).all()
    assert made.heads.linear.weight.grad[5:].ne(0).any()
    assert made.backbone.blocks[0].attn.qk.weight.grad.ne(0).any()


def test_it_starts_close_to_its_backbone():
    torch.manual_seed(0)
    made = MixViTNetwork(convit(5, image_size=16, dim=64, depth=2, heads=4), 5, attribution="encoding").eval()
    one, other = made.backbone.classify(made._every(made.backbone.features(made.backbone.embed(images(4)))).flatten(0, 1)).chunk(2)  # fmt: skip
    assert (one - other).norm() < 0.2 * one.norm()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: network(members=1), "members is 1"),
        (lambda: network(inference="both"), "unknown inference 'both'"),
        (lambda: network(place="middle"), "unknown place 'middle'"),
        (lambda: network(attribution="label"), "unknown attribution 'label'.*embedding, encoding, none"),
        (lambda: network()(images(2, 3)), r"images \(2, 3, 3, 16, 16\): a MixViT of 2 members"),
        (lambda: network()(images(2, 2)), "give the mixture"),
        (lambda: MixViTNetwork(build_network("wrn-10-1", 5), 5), "has no patch tokens"),
    ],
)
def test_what_does_not_fit_is_named(call, message):
    with pytest.raises(UsageError, match=message):
        call()
