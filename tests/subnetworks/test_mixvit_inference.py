"""How MixViT's subnetworks predict one image (table 4.6)."""

import pytest
import torch

from contentmix import build_network
from contentmix.subnetworks import MixViTNetwork
from tests.subnetworks.test_mixvit import images, network


def test_inference_schemes_by_their_definition():
    made, batch = network(attribution="encoding"), images(2)
    tokens = made.backbone.features(made.backbone.embed(batch))
    of = [made.attribution(tokens, torch.full((2, 16), i)) for i in range(2)]
    heads = made.heads(made.backbone.classify(of[0]))[:, :1]
    for scheme, expected in {
        "single": heads,
        "sum": made.heads(made.backbone.classify(of[0] + of[1])),
        "together": made.heads(made.backbone.classify(torch.cat(of, 1))),
    }.items():
        made.inference = scheme
        torch.testing.assert_close(made.predict(batch), expected, atol=1e-5, rtol=1e-4)
    made.inference = "alternating"
    drawn = torch.randint(2, (1, 16), generator=torch.Generator().manual_seed(0))
    assert set(drawn.unique().tolist()) == {0, 1}
    expected = made.heads(made.backbone.classify(made.attribution(tokens, drawn.expand(2, -1))))
    torch.testing.assert_close(made.predict(batch), expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("attribution", ["embedding", "none"])
@pytest.mark.parametrize("place", ["late", "early"])
@pytest.mark.parametrize(
    "name", ["convit-16-2-4", "cait-16-2-4", "timm/vit_tiny_patch16_224", "timm/vit_wee_patch16_reg1_gap_256"]
)
def test_all_tokens_of_one_image_several_times_are_its_inference_together(name, place, attribution):
    """Talking heads add ``b`` times a sum over all tokens, prefixes and class tokens weigh less beside more patches."""
    torch.manual_seed(0)
    made = MixViTNetwork(
        build_network(name, 5, image_size=32), 5, members=3, all_tokens=True, inference="together", place=place,
        attribution=attribution,
    ).eval()  # fmt: skip
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))  # no term is too small to be seen
    batch = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        expected = made(batch[:, None].expand(-1, 3, -1, -1, -1))
        torch.testing.assert_close(made.predict(batch), expected, atol=1e-4, rtol=1e-3)


def test_features_of_all_tokens_are_predicted_at_the_cost_of_one_image():
    made, calls = network(all_tokens=True, inference="together", members=4), []
    made.backbone.blocks[0].register_forward_hook(lambda _, given, __: calls.append((given[0].shape, given[1])))
    made.predict(images(3))
    made(images(3, 4))
    assert calls == [((3, 16, 16), 4), ((3, 64, 16), 1)]


@pytest.mark.parametrize(("all_tokens", "inference"), [(True, "separate"), (False, "together"), (False, "separate")])
def test_without_attribution_the_classifier_sees_one_image_once(all_tokens, inference):
    made, seen = network(attribution="none", all_tokens=all_tokens, inference=inference, members=3), []
    classify = made.backbone.classify
    made.backbone.classify = lambda tokens: (seen.append(tokens.shape), classify(tokens))[1]
    assert made.predict(images(2)).shape == (2, 3, 5)
    assert seen == [(2, 16, 16)]


@pytest.mark.parametrize("attribution", ["embedding", "encoding"])
def test_all_tokens_of_every_input_stand_side_by_side(attribution):
    made, inputs = network(all_tokens=True, attribution=attribution, inference="together", members=3), images(2, 3)
    tokens = [made.backbone.features(made.backbone.embed(inputs[:, i])) for i in range(3)]
    of = [made.attribution(each, torch.full((2, 16), i)) for i, each in enumerate(tokens)]
    side = made.backbone.features(torch.cat([made.backbone.embed(inputs[:, i]) for i in range(3)], 1))
    side = [made.attribution(side[:, 16 * i : 16 * i + 16], torch.full((2, 16), i)) for i in range(3)]
    expected = made.heads(made.backbone.classify(torch.cat(side, 1)))
    torch.testing.assert_close(made(inputs), expected, atol=1e-5, rtol=1e-4)
    assert of[0].shape == (2, 16, 16)
