"""Networks of one input whose layers hold several members: what each member is, by hand."""

from functools import partial

import pytest
import torch
from torch import nn

from contentmix import UsageError
from contentmix.batch import Batch
from contentmix.metrics import cost
from contentmix.networks import build_network
from contentmix.subnetworks import MemberDropout, batched, dropped, masked, packed
from contentmix.subnetworks.channel_masks import draw_masks, mask_members
from contentmix.subnetworks.member_heads import batch_head
from contentmix.training import Step, Supervised

MAKERS = {
    "packed": partial(packed, expansion=2.0),
    "batch": batched,
    "masked": partial(masked, scale=2.0),
    "dropout": partial(dropped, p=0.5),
}


def backbone(name="wrn-10-1"):
    return build_network(name, 3, 1, image_size=8)


def made(name, members=2):
    torch.manual_seed(0)
    return MAKERS[name](backbone(), members).eval()


def images(count=6):
    return torch.randn(count, 1, 8, 8, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", MAKERS)
def test_members_differ_and_an_image_is_predicted_alike_in_every_batch(name):
    network, given = made(name, 4), images()
    logits = network.predict(given)
    assert logits.shape == (6, 4, 3)
    assert not torch.isclose(logits[:, 0], logits[:, 1]).all()
    torch.testing.assert_close(network.predict(given[4:5]), logits[4:5])
    torch.testing.assert_close(made(name, 4).predict(given), logits)


@pytest.mark.parametrize("name", ["batch", "masked"])
def test_in_training_each_member_sees_its_part_of_the_batch(name):
    network, given = made(name), images()
    alone, all_of_them = network(given), network.predict(given)
    assert alone.shape == (6, 1, 3)
    torch.testing.assert_close(alone[:3, 0], all_of_them[:3, 0])
    torch.testing.assert_close(alone[3:, 0], all_of_them[3:, 1])


def test_packed_members_have_weights_of_their_own():
    network, given = made("packed"), images()
    before = network.predict(given)
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, nn.Conv2d) and layer.groups == 2:
                layer.weight[: layer.out_channels // 2] *= 2  # kernels of the first member
    after = network.predict(given)
    assert not torch.isclose(after[:, 0], before[:, 0]).all()
    torch.testing.assert_close(after[:, 1], before[:, 1])


class Joined(nn.Module):
    """A shortcut, registered before the stem, and the stem; then their maps side by side, or added."""

    input_size = (3, 8)
    first_convolution = "stem"

    def __init__(self, side_by_side=True):
        super().__init__()
        self.side_by_side = side_by_side
        self.shortcut = nn.Conv2d(8, 8, 1)
        self.stem = nn.Conv2d(3, 8, 3, padding=2, dilation=2, padding_mode="circular")
        self.norm = nn.BatchNorm2d(8, eps=1e-3, momentum=0.01)
        self.last = nn.Conv2d(16 if side_by_side else 8, 8, 1)
        self.head = nn.Linear(8, 3)

    def forward(self, images):
        maps = self.norm(self.stem(images))
        more = self.shortcut(maps)
        both = torch.cat([maps, more], 1) if self.side_by_side else maps + more
        return self.head(self.last(both.relu()).mean((2, 3)))


def test_packed_layers_have_the_options_of_those_whose_place_they_take():
    network = packed(Joined(side_by_side=False), 2, 2.0).backbone
    stem, norm = network.stem.conv, network.norm
    assert (stem.dilation, stem.padding_mode, stem.groups, network.shortcut.conv.groups) == ((2, 2), "circular", 1, 2)
    assert (norm.eps, norm.momentum, norm.num_features) == (1e-3, 0.01, 16)


def test_packed_members_that_would_see_each_other_are_refused():
    """Of maps side by side the first half of the channels is not the first member's."""
    with pytest.raises(UsageError, match="Joined cannot keep its packed members apart"):
        packed(Joined(), 2, 2.0)


def test_layers_that_know_no_other_padding_than_zeros_say_so():
    with pytest.raises(UsageError, match="stem pads by circular"):
        batched(Joined(), 2)


def test_all_masked_members_see_the_whole_image():
    """The convolution that takes it is the one that is named, not the one that is registered first."""
    network = masked(Joined(), 2, 2.0).backbone
    assert isinstance(network.stem, nn.Conv2d)
    assert isinstance(network.shortcut, nn.Sequential)


def test_packed_members_together_cost_what_the_plain_network_costs():
    """Expansion 2 and 4 members: four groups of half the width, each a quarter of the kernels; but for first layer and heads."""
    plain, network = backbone(), made("packed", 4)
    example = images(1)
    ours, theirs = cost(network.predict, network, example).flops, cost(plain, plain, example).flops
    first, head = 8 * 8 * 9 * 16, 64 * 3
    assert (
        ours == theirs + first + head
    )  # twice as many first kernels; 128 features, of which each member's 3 classes see 32


def test_a_batch_ensembles_member_has_the_kernels_times_its_vectors():
    network, plain, given = made("batch"), backbone().eval(), images()
    weights = {}
    for name, parameter in network.backbone.named_parameters():
        if name.endswith(("r_group", "s_group")):
            parameter.data.copy_(torch.tensor([1.0, 3.0 if name.startswith("stage2") else 1.0])[:, None])
        elif name == "head.bias":
            parameter.data.zero_()
            weights[name] = parameter[0]
        else:
            weights[name.replace(".conv.", ".").replace(".linear.", ".")] = parameter
    weights |= dict(network.backbone.named_buffers())
    plain.load_state_dict(weights)
    logits = network.predict(given)
    torch.testing.assert_close(logits[:, 0], plain(given), rtol=1e-4, atol=1e-4)
    with torch.no_grad():
        for layer in plain.stage2.modules():
            if isinstance(layer, nn.Conv2d):
                layer.weight *= 9  # inputs times 3, outputs times 3
    torch.testing.assert_close(logits[:, 1], plain(given), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["packed", "batch"])
def test_heads_of_members_are_drawn_by_the_network_s_law(name):
    """wrn-10-4 has 256 features: with 4 members packed at expansion 2 each sees 128; variance 2 / fan_in, no bias."""
    torch.manual_seed(0)
    head = MAKERS[name](build_network("wrn-10-4", 100, 1, image_size=8), 4).backbone.head
    weight, fan_in = (head.weight, 128) if name == "packed" else (head.linear.weight, 256)
    assert weight.std().item() == pytest.approx((2 / fan_in) ** 0.5, rel=0.02)
    assert not head.bias.any()


def test_masks_show_their_share_and_every_channel_to_somebody():
    """c = 12, m = 3, s = 2: 12 / (2 (1 - 1/8)) = 6.86, so 6 channels each."""
    torch.manual_seed(0)
    masks = draw_masks(12, 3, 2.0)
    assert masks.sum(1).tolist() == [6, 6, 6]
    assert masks.amax(0).tolist() == [1] * 12
    assert len({tuple(mask) for mask in masks.tolist()}) == 3
    # Far apart: a third each, and no channel twice, also where channels do not divide: 4 of 10 at least.
    assert draw_masks(12, 3, 1e6).sum(0).tolist() == [1] * 12
    assert draw_masks(10, 3, 1e6).sum(1).tolist() == [4, 4, 4]


def test_each_part_of_a_batch_has_its_members_mask():
    masks = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    assert mask_members(torch.ones(4, 2), masks).tolist() == [[1, 0], [1, 0], [0, 2], [0, 2]]
    assert mask_members(torch.ones(2, 2, 1, 1), masks).flatten(1).tolist() == [[1, 0], [0, 2]]


def test_dropout_keeps_the_mean_and_its_draws():
    torch.manual_seed(0)
    layer = MemberDropout(1000, 3, 0.2)
    assert set(layer.masks.unique().tolist()) == {0.0, 1.25}
    assert abs(layer.masks.mean() - 1) < 0.05
    maps = torch.ones(3, 1000, 2, 2)
    assert torch.equal(layer.eval()(maps)[1, :, 0, 0], layer.masks[1])
    assert torch.equal(layer(maps), layer(maps))
    drawn = layer.train()(maps)
    assert set(drawn.unique().tolist()) == {0.0, 1.25}
    assert torch.equal(drawn[..., 0, 0], drawn[..., 1, 1])  # whole channels
    assert not torch.equal(drawn, layer(maps))


def test_dropout_stands_between_the_convolutions_of_a_block():
    layers = {name for name, layer in made("dropout").named_modules() if isinstance(layer, MemberDropout)}
    assert layers == {f"backbone.stage{stage}.0.conv2.0" for stage in (1, 2, 3)}


@pytest.mark.parametrize("name", ["masked", "packed"])
def test_the_loss_is_the_mean_over_all_that_members_see(name):
    network, given = made(name), images(4)
    labels = torch.tensor([0, 1, 2, 0])
    logits = network(given)
    losses = nn.functional.cross_entropy(logits.flatten(0, 1), labels.repeat_interleave(logits.shape[1]))
    found = Supervised().loss(network, Batch(given[:, None], labels[:, None]), Step(0, 0, 0.0, 0.0, 3))
    torch.testing.assert_close(found, losses)


@pytest.mark.parametrize(
    ("name", "network", "members", "said"),
    [
        ("masked", "convit-16-1-4", 2, "convolutions, batch normalisation and one linear layer"),
        ("masked", "wrn-10-1-published", 2, "_SamePadded, stage2.0.conv2"),
        ("masked", nn.Sequential(nn.Conv2d(1, 4, 3, groups=1), nn.Flatten()), 2, "0 linear layers"),
        ("masked", nn.Sequential(nn.Conv2d(4, 4, 3, groups=2)), 2, "a grouped Conv2d, 0"),
        ("dropout", nn.Sequential(nn.Conv2d(1, 4, 3)), 2, "no blocks of two convolutions"),
        ("packed", "wrn-10-1", 3, "3 members do not fit into WideResNet"),
    ],
)
def test_networks_that_hold_no_members_are_refused_in_a_line(name, network, members, said):
    module = build_network(network, 3, 1, image_size=32) if isinstance(network, str) else network
    with pytest.raises(UsageError, match=said) as error:
        MAKERS[name](module, members)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["packed", "batch"])
def test_what_is_missing_is_said_with_how_to_get_it(name, monkeypatch):
    monkeypatch.setattr("contentmix.subnetworks.ensemble_layers.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"pip install 'contentmix\[ensembles\]'"):
        MAKERS[name](backbone(), 2)


@pytest.mark.parametrize("bias", [True, False])
def test_the_head_of_a_batch_ensemble_is_torch_uncertainty_s(bias):
    """Seven rows of three members: two for each, and one over."""
    layers = pytest.importorskip("torch_uncertainty.layers")
    torch.manual_seed(0)
    ours = batch_head(nn.Linear(5, 4, bias=bias), 3, lambda layer: None)
    theirs = layers.BatchLinear(5, 4, 3, bias=bias)
    theirs.load_state_dict(ours.state_dict())
    for rows in (7, 6):
        given = torch.randn(rows, 5)
        torch.testing.assert_close(ours(given), theirs(given))
