"""Image encoders that are taken as they are: what they see and say, where their weights come from, and what is missing."""

import math

import pytest
import timm
import torch
from safetensors.torch import save_file
from torch.nn import functional

from contentmix import UsageError
from contentmix.networks import FrozenEncoder, check_encoder
from tests.networks.pretrained_weights import keep
from tests.networks.stand_in_clip import stand_in


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Files of the same weights, by how their names end."""
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    tensors = timm.create_model("test_vit").state_dict()
    save_file(tensors, folder / "vit.safetensors")
    torch.save({"state_dict": tensors}, folder / "vit.pth")
    return folder


@pytest.fixture
def open_clip(tmp_path, monkeypatch):
    """A stand-in for open_clip, and a file of the weights of its network."""
    return stand_in(tmp_path, monkeypatch)


@pytest.mark.parametrize("ending", ["safetensors", "pth"])
def test_embeddings_are_those_of_the_network_on_images_as_it_knows_them(weights, ending):
    """Data of mean 0.2 and deviation 0.4, an encoder of 0.5 and 0.5: x 0.8 - 0.6; grey is its own red, green and blue."""
    encoder = FrozenEncoder("timm/test_vit", 3)
    encoder.take(weights / f"vit.{ending}", (0.2,), (0.4,))
    images = torch.randn(2, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    known = timm.create_model("test_vit").eval()
    shown = functional.interpolate((0.8 * images - 0.6).expand(-1, 3, -1, -1), (160, 160), mode="bilinear")
    expected = known.forward_head(known.forward_features(shown), pre_logits=True)
    found = encoder.forward_features(images)[:, :, 0, 0]
    scale = math.sqrt(64) / expected.norm(dim=1, keepdim=True)
    torch.testing.assert_close(found, scale * expected)
    torch.testing.assert_close(encoder(images), encoder.head(found))


def test_what_is_larger_is_made_smaller_without_aliases(weights):
    """Stripes of single pixels are grey to an encoder of half their size."""
    encoder, seen = FrozenEncoder("timm/test_vit", 3), []
    encoder.encoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    encoder(torch.tensor([1.0, -1.0]).repeat(160).expand(1, 3, 320, 320))
    assert seen[0].shape == (1, 3, 160, 160)
    assert seen[0][..., 2:-2].abs().max() < 0.3


def test_only_the_head_learns_and_the_encoder_never_trains():
    encoder = FrozenEncoder("timm/test_resnet", 3).train()
    before = {name: each.clone() for name, each in encoder.encoder.state_dict().items()}
    images = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(0), requires_grad=True)
    encoder(images).sum().backward()
    assert {name for name, each in encoder.named_parameters() if each.requires_grad} == {"head.weight", "head.bias"}
    assert encoder.training
    assert not any(module.training for module in encoder.encoder.modules())
    assert all(torch.equal(each, before[name]) for name, each in encoder.encoder.state_dict().items())
    assert images.grad.abs().sum() > 0


def test_timm_s_own_weights_are_taken_from_the_cache(tmp_path, monkeypatch):
    published = keep(tmp_path, monkeypatch, "test_resnet")["test_resnet"]
    check_encoder("timm/test_resnet", None)
    encoder = FrozenEncoder("timm/test_resnet", 3)
    encoder.take(None, (0.5,), (0.5,))
    assert torch.equal(encoder.encoder.state_dict()["conv1.0.weight"], published["conv1.0.weight"])
    with pytest.raises(UsageError, match=r"weights of resnet18 could not be had, offline\?.* by --encoder-weights$"):
        check_encoder("timm/resnet18", None)


def test_an_encoder_of_open_clip_is_its_images_half(open_clip):
    visual, file = open_clip
    check_encoder("open_clip/ViT-tiny", file)
    encoder = FrozenEncoder("open_clip/ViT-tiny", 3)
    encoder.take(file, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    images = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    expected = visual(2 * images)
    torch.testing.assert_close(encoder.forward_features(images)[:, :, 0, 0], 5**0.5 * functional.normalize(expected))
    assert not any("text" in name for name in encoder.state_dict())


@pytest.mark.parametrize(
    ("name", "file", "message"),
    [
        ("resnet18", None, r"encoder is resnet18: choose timm/NAME or open_clip/NAME$"),
        ("timm/", None, r"encoder is timm/: choose"),
        ("timm/tset_vit", None, r"unknown timm network 'tset_vit' \(near it: test_vit"),
        ("timm/test_vit", "none.pth", r"encoder_weights is .*none.pth, and there is no such file$"),
        ("open_clip/ViT-tiny", None, r"give the weights of open_clip/ViT-tiny, a file, by --encoder-weights$"),
        ("open_clip/ViT-tinny", None, r"unknown open_clip network 'ViT-tinny' \(near it: ViT-tiny\)$"),
    ],
)
def test_what_cannot_be_had_is_told_in_one_line(name, file, message, open_clip, tmp_path):
    with pytest.raises(UsageError, match=message):
        check_encoder(name, None if file is None else tmp_path / file)


def test_weights_of_another_network_are_refused(weights, open_clip, tmp_path):
    (tmp_path / "text.pth").write_text("no weights")
    for name, file in (
        ("timm/test_resnet", weights / "vit.pth"),
        ("timm/test_vit", tmp_path / "text.pth"),
        ("open_clip/ViT-tiny", weights / "vit.pth"),
    ):
        with pytest.raises(UsageError, match=f"^encoder_weights .* cannot be read as weights of {name}: [^\n]+$"):
            FrozenEncoder(name, 3).take(file, (0.5,), (0.5,))


def test_open_clip_is_an_extra(monkeypatch):
    monkeypatch.setattr("contentmix.networks.encoder_sources.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"open_clip need their extra: pip install 'contentmix\[clip\]'$"):
        check_encoder("open_clip/ViT-B-32", None)
