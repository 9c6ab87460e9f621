"""Networks that start from timm's weights: where these come from, and what several inputs make of them."""

import pytest
import torch

from contentmix import MultiInputNetwork, UsageError, build_network
from contentmix.batch import Mixture
from contentmix.networks import check_pretrained, trunk_of
from tests.networks.pretrained_weights import keep

IMAGES = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def published(tmp_path, monkeypatch):
    return keep(tmp_path, monkeypatch, "test_resnet", "test_vit")


def test_weights_that_are_here_are_taken_without_asking_anybody(published):
    check_pretrained("timm/test_resnet")
    network = build_network("timm/test_resnet", 7, pretrained=True)
    for name in ("conv1.0.weight", "bn1.running_mean", "layer4.0.conv2.weight"):
        assert torch.equal(network.state_dict()[name], published["test_resnet"][name])
    assert network.get_classifier().out_features == 7


def test_weights_that_cannot_be_had_are_one_line_at_once(published):
    for act in (check_pretrained, lambda name: build_network(name, 7, pretrained=True)):
        with pytest.raises(
            UsageError, match=r"weights of resnet18 could not be had, offline\? \(name resolution failed\)$"
        ):
            act("timm/resnet18")
    with pytest.raises(UsageError, match=r"exist for timm/NAME and cait only: .* another network than wrn-10-1$"):
        check_pretrained("wrn-10-1")


@pytest.mark.parametrize("name", ["test_resnet", "test_vit"])
@pytest.mark.parametrize("how", [{}, {"encoders": 1}, {"alignment": "co-linear"}, {"inference": "separate"}])
def test_before_training_members_agree_with_the_pretrained_network_on_one_image(published, name, how):
    """Features of the sum of m encodings of an image are those of the pretrained network, so each head sees just these."""
    members, size = 3, 32
    plain = build_network(f"timm/{name}", 7, image_size=size, pretrained=True).eval()
    expected = plain.forward_head(plain.forward_features(IMAGES), pre_logits=True)
    torch.manual_seed(2)
    backbone = build_network(f"timm/{name}", 7, image_size=size, pretrained=True)
    network = MultiInputNetwork(backbone, 7, members=members, **how).eval()
    heads = network.heads(expected)
    torch.testing.assert_close(network.predict(IMAGES), heads, atol=1e-4, rtol=1e-4)
    same = IMAGES[:, None].expand(-1, members, -1, -1, -1)
    torch.testing.assert_close(network(same), heads, atol=1e-4, rtol=1e-4)
    if "alignment" not in how:  # encoders are alike, so that any ratios give the encoding of the image
        ratios = torch.tensor([0.2, 0.5, 0.3]).expand(len(IMAGES), -1)
        mixture = Mixture(ratios[:, :, None, None], ratios)
        torch.testing.assert_close(network(same, mixture), heads, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(heads[:, 0], heads[:, 1]), "heads are drawn apart"


def test_encoders_of_the_same_line_are_shares_of_each_filter(published):
    backbone = build_network("timm/test_resnet", 7, pretrained=True)
    weight = published["test_resnet"]["conv1.0.weight"]
    encoders = MultiInputNetwork(backbone, 7, members=2, alignment="co-linear").encoders
    first, second = (convolution.weight / weight for convolution in encoders.convolutions)
    torch.testing.assert_close(first + second, torch.ones_like(weight))
    ratios = (second / first).flatten(1)
    torch.testing.assert_close(ratios, ratios[:, :1].expand_as(ratios))
    assert ((ratios > 0.49) & (ratios < 1.51)).all()
    assert ratios[:, 0].std() > 0.1


def test_layers_below_the_classifier_have_timm_s_scales_whoever_classifies(published):
    """A stem, four blocks and the classifier: 1 for it, then 1/2, ..., 1/32 for the stem."""
    scales = {
        "layer4.0.conv1": 1 / 2,
        "layer3.0.bn1": 1 / 4,
        "layer2.0.conv1": 1 / 8,
        "layer1.0.bn2": 1 / 16,
        "bn1": 1 / 32,
    }
    for several in (False, True):
        backbone = build_network("timm/test_resnet", 7, pretrained=True)
        network = MultiInputNetwork(backbone, 7) if several else backbone
        groups = trunk_of(network).groups(0.05, 0.5)
        found = {id(p): group for group in groups for p in group["params"]}
        for name, scale in scales.items():
            group = found[id(backbone.get_parameter(f"{name}.weight"))]
            assert (group["lr_scale"], group["weight_decay"]) == (scale, 0.05 if "conv" in name else 0.0)
        assert len(found) == len(list(backbone.parameters())) - (0 if several else 2)


def test_what_is_not_timm_s_has_no_layers_to_tell_apart():
    with pytest.raises(UsageError, match=r"^nothing of WideResNet is timm's, whose layers are known"):
        trunk_of(build_network("wrn-10-1", 7))
    scales = {group["lr_scale"] for group in trunk_of(build_network("cait-8-3-2", 7)).groups(0.05, 0.5)}
    assert scales == {
        1 / 2,
        1 / 4,
        1 / 8,
        1 / 16,
    }  # blocks of class-attention beside the last of self-attention, and the patches
