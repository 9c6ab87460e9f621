"""Unmixing and aligned encoders (sec. 3.4), by values worked out by hand."""

import pytest
import torch

from contentmix import Mixture, MultiInputNetwork, Unmixing, WideResNet, build_network
from contentmix.errors import UsageError
from contentmix.subnetworks import MemberHeads


def mixture(mask):
    masks = torch.stack([mask, 1 - mask])[None]
    return Mixture(masks, masks.mean((-2, -1)))


# Input 0 shows in the upper left quarter and in the left half of the upper right one. On 2 x 2 features its mask is
# [[1, 0.5], [0, 0]]: each position is the mean of its 2 x 2 block.
QUARTER = torch.tensor([[1.0, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
CPU = torch.device("cpu")
FEATURES = torch.tensor([[[[8.0, 4], [2, 6]], [[0.0, 1], [2, 3]]]])  # (1, 2, 2, 2)


def test_unmixed_features_are_pooled_over_all_positions():
    """Head 0, channel 0: (8 + 4 / 2) / 4 = 2.5; head 1: (4 / 2 + 2 + 6) / 4 = 2.5. Channel 1: 0.125 and 1.375."""
    pooled = Unmixing()(FEATURES, mixture(QUARTER)).mean((-2, -1))
    torch.testing.assert_close(pooled, torch.tensor([[[2.5, 0.125], [2.5, 1.375]]]))
    torch.testing.assert_close(pooled.sum(1), FEATURES.mean((-2, -1)))


@pytest.mark.parametrize(
    ("epoch", "first"),
    [
        (0, 2.5),
        (50, 3.75),  # masks halfway to one: [[1, 0.75], [0.5, 0.5]]: (8 + 3 + 1 + 3) / 4
        (100, 5.0),  # the plain mean (8 + 4 + 2 + 6) / 4
        (150, 5.0),
    ],
)
def test_unmixing_fades_out_by_its_epoch(epoch, first):
    fading = Unmixing(fade_epochs=100)
    pooled = fading(FEATURES, mixture(QUARTER), fading.faded(epoch, CPU)).mean((-2, -1))
    assert pooled[0, 0, 0].item() == pytest.approx(first)
    assert Unmixing().faded(epoch, CPU) == 0


def test_what_fades_is_a_scalar_where_features_are_and_a_number_before_and_after():
    """Steps then differ in the value of a tensor alone, for what is compiled or recorded."""
    fading = Unmixing(fade_epochs=100)
    assert [fading.faded(epoch, CPU) for epoch in (0, 100, 150)] == [0.0, 1.0, 1.0]
    assert isinstance(between := fading.faded(25, torch.device("meta")), torch.Tensor)
    assert (between.shape, between.device.type) == ((), "meta")


def test_unmixing_begins_whole_and_keeps_the_precision():
    fading = Unmixing(fade_epochs=0.5)
    assert torch.equal(fading(FEATURES, mixture(QUARTER)), fading(FEATURES, mixture(QUARTER), 0.0))
    assert Unmixing()(FEATURES.bfloat16(), mixture(QUARTER)).dtype == torch.bfloat16


def test_partial_unmixing_leaves_the_other_channels_as_they_are():
    pooled = Unmixing(share=0.5)(FEATURES, mixture(QUARTER)).mean((-2, -1))
    torch.testing.assert_close(pooled, torch.tensor([[[2.5, 1.5], [2.5, 1.5]]]))


def test_each_head_reads_its_own_features():
    heads = MemberHeads([torch.nn.Linear(2, 3), torch.nn.Linear(2, 3)])
    features = torch.randn(4, 2, 2)
    apart = torch.stack([heads(features[:, i])[:, i] for i in range(2)], 1)
    torch.testing.assert_close(heads(features), apart)


def tiny(**options):
    torch.manual_seed(0)
    return MultiInputNetwork(WideResNet(10, 1, 5), 5, **options)


def test_aligned_encoders_start_from_the_same_or_from_co_linear_kernels():
    first, second, third = (c.weight for c in tiny(members=3, alignment="same").encoders.convolutions)
    assert torch.equal(first, second)
    assert torch.equal(first, third)
    assert first is not second
    first, second = (c.weight.flatten(1) for c in tiny(alignment="co-linear").encoders.convolutions)
    torch.testing.assert_close(torch.cosine_similarity(first, second), torch.ones(16))
    factors = second.norm(dim=1) / first.norm(dim=1)
    assert 0.5 <= factors.min() < factors.max() <= 1.5


def test_a_head_under_full_unmixing_learns_nothing_from_what_its_input_does_not_show():
    network = tiny(unmixing=Unmixing())
    features = torch.randn(1, 64, 2, 2, requires_grad=True)
    left = torch.zeros(8, 8)
    left[:, :4] = 1
    pooled = network.core.forward_head(network.unmixing(features, mixture(left)).flatten(0, 1))
    network.heads(pooled[None])[:, 0].logsumexp(-1).sum().backward()
    assert features.grad[..., 0].abs().min() > 0
    assert not features.grad[..., 1].any()


def test_a_network_unmixes_wholly_where_no_fading_is_given():
    network, images = tiny(unmixing=Unmixing(fade_epochs=2)).eval(), torch.randn(1, 2, 3, 8, 8)
    drawn = mixture(QUARTER.repeat_interleave(2, 0).repeat_interleave(2, 1))
    with torch.no_grad():
        assert torch.equal(network(images, drawn), network(images, drawn, fade=0.0))
        assert not torch.allclose(network(images, drawn), network(images, drawn, fade=0.5))


@pytest.mark.parametrize(
    "name", ["wrn-10-1", "preactresnet18-1", "timm/resnet18", "timm/convnext_atto", "timm/mobilenetv3_small_050"]
)
def test_any_cnn_is_unmixed_and_predicts_by_the_plain_sum(name):
    torch.manual_seed(0)
    network = MultiInputNetwork(build_network(name, 5), 5, members=3, alignment="same", unmixing=Unmixing(0.25))
    masks = torch.zeros(2, 3, 64, 64)
    masks[:, 0, :, :20], masks[:, 1, :, 20:44], masks[:, 2, :, 44:] = 1, 1, 1
    drawn = Mixture(masks, masks.mean((-2, -1)))
    images = torch.randn(2, 3, 3, 64, 64)
    logits = network(images, drawn)
    assert logits.shape == (2, 3, 5)
    logits.sum().backward()
    network.eval()
    with torch.no_grad():
        plain = network(images[:, :1].expand(-1, 3, -1, -1, -1))
        torch.testing.assert_close(network.predict(images[:, 0]), plain, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Unmixing(share=0), "share is 0"),
        (lambda: Unmixing(share=1.5), "share is 1.5"),
        (lambda: Unmixing(fade_epochs=0), "fade_epochs is 0"),
        (lambda: tiny(alignment="parallel"), "unknown alignment 'parallel'"),
        (lambda: tiny(alignment="same", encoders=1), "nothing to be aligned with"),
        (lambda: tiny(unmixing=Unmixing(), classifiers=1), "a head of its own"),
    ],
)
def test_what_cannot_be_is_named(make, message):
    with pytest.raises(UsageError, match=message):
        make()
