"""Several inputs in timm's networks: what works, and what is refused before training."""

import pytest
import torch

from contentmix import Dirichlet, Mixer, MultiInputNetwork, Rectangle, build_network
from contentmix.errors import UsageError
from contentmix.subnetworks import Unmixing


def built(name, size, **options):
    """On the device of shapes: nothing is computed, and widths cost nothing."""
    with torch.device("meta"):
        return MultiInputNetwork(build_network(f"timm/{name}", 5, image_size=size), 5, **options)


@pytest.mark.parametrize(
    ("name", "size", "grid"),
    [
        ("vit_tiny_patch16_224", 32, 2),
        ("vit_tiny_patch16_224", 64, 4),
        ("deit_tiny_distilled_patch16_224", 32, 2),  # two classifiers
        ("vit_wee_patch16_reg1_gap_256", 32, 2),  # a register, pooled patches
        ("swin_tiny_patch4_window7_224", 32, 8),  # channels last
        ("beitv2_base_patch16_224", 32, 2),
        ("cait_xxs24_224", 64, 4),
        ("convit_tiny", 64, 4),
        ("vit_tiny_r_s16_p8_224", 64, 32),  # a hybrid: masks are for its convolutions
        ("mixer_s32_224", 64, 2),
        ("xcit_nano_12_p16_224", 32, 16),
        ("pvt_v2_b0", 32, 8),
        ("convnext_atto", 32, 8),
        ("levit_128s", 32, 16),  # a classifier that is no linear layer
    ],
)
def test_several_inputs_of_any_size(name, size, grid):
    network = built(name, size)
    assert network.mixing_size((size, size)) == (grid, grid)
    images = torch.empty(3, 2, 3, size, size, device="meta")
    assert network(images).shape == (3, 2, 5)
    assert network.predict(images[:, 0]).shape == (3, 2, 5)
    network.inference = "separate"
    assert network.predict(images[:, 0]).shape == (3, 2, 5)


@pytest.mark.parametrize("encoders", [1, 2])
def test_a_plain_vit_shows_each_head_its_own_patches(encoders):
    """Cut-MixMo's patches of the other input, black and white, change nothing where the mask hides them."""
    torch.manual_seed(0)
    network = MultiInputNetwork(
        build_network("timm/vit_tiny_patch16_224", 5, image_size=64), 5, encoders=encoders
    ).eval()
    mixture = Mixer(Dirichlet(2.0), Rectangle()).draw(1, 2, (4, 4), torch.Generator().manual_seed(1))
    hidden = (mixture.masks[:, 1] == 0).repeat_interleave(16, 1).repeat_interleave(16, 2)
    assert hidden.any()
    assert not hidden.all()
    images = torch.randn(1, 2, 3, 64, 64)
    other, seen = images.clone(), images.clone()
    other[:, 1] = torch.where(hidden[:, None], 0.0, images[:, 1])
    seen[:, 1] = torch.where(hidden[:, None], images[:, 1], 0.0)
    with torch.no_grad():
        torch.testing.assert_close(network(images, mixture), network(other, mixture))
        assert not torch.allclose(network(images, mixture), network(seen, mixture))
        # The same image everywhere: the plain sum of the encodings.
        same = images[:, :1].expand(-1, 2, -1, -1, -1)
        torch.testing.assert_close(network.predict(images[:, 0]), network(same), atol=1e-5, rtol=1e-4)


def test_separate_inference_of_a_vit_is_that_of_each_input_alone():
    torch.manual_seed(0)
    network = MultiInputNetwork(
        build_network("timm/vit_tiny_patch16_224", 5, image_size=32), 5, inference="separate"
    ).eval()
    images = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        for i, encoder in enumerate(network.encoders.convolutions):
            alone = network.heads(network.core(2 * encoder(images)))[:, i]
            torch.testing.assert_close(network.predict(images)[:, i], alone, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    ("name", "size", "message"),
    [
        ("tnt_s_patch16_224", 64, r"TNT cannot have several inputs of 3 x 64 x 64: Input image size \(16\*16\)"),
        ("twins_pcpvt_small", 64, "Twins cannot have several inputs of 3 x 64 x 64"),
        ("crossvit_tiny_240", 240, "CrossVit cannot have several inputs of 3 x 240 x 240"),
        ("crossvit_tiny_240", 64, "CrossVit cannot be trained on images of 64 px"),
        ("eva02_tiny_patch14_224", 64, "images of 64 px and patches of 14: choose a multiple"),
    ],
)
def test_what_cannot_is_refused_in_one_line_when_it_is_built(name, size, message):
    with pytest.raises(UsageError, match=message) as refused:
        built(name, size)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["vit_tiny_patch16_224", "swin_tiny_patch4_window7_224"])
def test_unmixing_needs_maps(name):
    with pytest.raises(UsageError, match=r"unmixing needs maps \(c, h, w\)"):
        built(name, 32, unmixing=Unmixing())


def test_trying_a_network_leaves_it_as_it_was():
    network = build_network("timm/resnet10t", 5)
    assert network.training
    assert network.bn1.num_batches_tracked == 0
    assert all(module.training for module in MultiInputNetwork(network, 5).modules())
