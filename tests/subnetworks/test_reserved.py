"""Channels that are reserved for members: from MixShare to as many networks (beyond the thesis, section 5.2)."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional

from contentmix import Dirichlet, Mixer, MultiInputNetwork, Rectangle, Unmixing, build_network, sharing_rate
from contentmix.batch import Batch
from contentmix.errors import UsageError
from contentmix.metrics import output_influence
from contentmix.subnetworks.reserved import owners
from contentmix.training import MultiInput, Step


def network(share, name="wrn-10-1", **options):
    torch.manual_seed(0)
    options = {"alignment": "same", "unmixing": Unmixing(), **options}
    return MultiInputNetwork(
        build_network(name, 5, image_size=32 if "timm" in name else 16), 5, reserved=share, **options
    ).eval()


def images(*shape):
    return torch.randn(*shape, 3, 16, 16, generator=torch.Generator().manual_seed(1))


def rectangles(size, members=2):
    return Mixer(Dirichlet(2.0), Rectangle()).draw(size, members, (16, 16), torch.Generator().manual_seed(2))


def loss(made, member, members=2):
    return made(images(4, members), rectangles(4, members))[:, member].logsumexp(-1).sum()


def test_a_share_of_the_channels_is_dealt_in_equal_parts():
    """Half of 10 are 5, for three members one each and two that are shared too; of all 16 each has 5, and the last is nobody's."""
    assert owners(10, 3, 0.5).tolist() == [-1] * 7 + [0, 1, 2]
    assert owners(16, 3, 1.0).tolist() == [0] * 5 + [1] * 5 + [2] * 5 + [-2]
    assert owners(8, 2, 0.0).eq(-1).all()
    assert owners(1, 2, 0.0).eq(-1).all()


def test_with_nothing_reserved_it_is_mixshare_s_network():
    plain, none = (
        MultiInput(alignment="same", unmixing=Unmixing()),
        MultiInput(alignment="same", unmixing=Unmixing(), reserved=0.0),
    )
    made = []
    for method in (plain, none):
        torch.manual_seed(0)
        made.append(method.build(build_network("wrn-10-1", 5), 5))
    assert made[1].reserved is None
    states = [each.state_dict() for each in made]
    assert list(states[0]) == list(states[1])
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


@pytest.mark.parametrize("members", [2, 3])
def test_with_all_reserved_no_member_depends_on_another(members):
    """Neither on its input, nor on a weight, a normalisation or a head that another's logits depend on."""
    made = network(1.0, members=members).train()
    shown = images(4, members).requires_grad_()
    reached = []
    for member in range(members):
        logits = made(shown, rectangles(4, members))[:, member].logsumexp(-1).sum()
        parameters = [*made.parameters()]
        gradients = torch.autograd.grad(logits, [shown, *parameters])
        own, *found = gradients
        assert own[:, member].ne(0).any()
        assert own[:, [i for i in range(members) if i != member]].eq(0).all()
        reached.append([gradient.ne(0) for gradient in found])
    for of_members in zip(*reached, strict=True):
        assert torch.stack(of_members).sum(0).max() <= 1, "a weight serves two members"
    assert made.core.stage3[0].conv1.weight.ne(0).float().mean() == pytest.approx(1 / members, abs=0.03)


def test_with_all_reserved_two_members_are_two_networks_of_half_the_width():
    """Member 1's part, put into a network of its own, predicts what member 1 does."""
    made = network(1.0, "wrn-10-2", members=2)
    with torch.no_grad():
        for module in made.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_()
                module.running_var.uniform_(0.5, 2)
    half = build_network("wrn-10-1", 5, image_size=16)
    half.conv1 = nn.Conv2d(3, 8, 3, 1, 1, bias=False)
    block = half.stage1[0]  # encodings have 16 channels whatever the width: 8 of them are the member's
    block.norm1, block.conv1, block.shortcut = (
        nn.BatchNorm2d(8),
        nn.Conv2d(8, 16, 3, 1, 1, bias=False),
        nn.Conv2d(8, 16, 1, bias=False),
    )
    state = half.state_dict()
    whole = {"conv1.weight": made.encoders.convolutions[1].weight, "head.weight": made.heads.linear.weight[5:]}
    whole = {**made.core.state_dict(), **whole, "head.bias": made.heads.linear.bias[5:]}
    for name, tensor in state.items():
        part = whole[name].detach()
        for dimension, size in enumerate(tensor.shape):
            if part.shape[dimension] == 2 * size:
                part = part.narrow(dimension, size, size)
        state[name] = part
    half.load_state_dict(state)
    with torch.no_grad():
        shown = images(3)
        torch.testing.assert_close(made.predict(shown)[:, 1], half.eval()(shown), atol=1e-4, rtol=1e-4)
        # Training shows each its whole input, whatever the mixture.
        trained = made(torch.stack([images(3).flip(-1), shown], 1), rectangles(3))
        torch.testing.assert_close(trained[:, 1], half(shown), atol=1e-4, rtol=1e-4)


def test_what_a_reserved_channel_holds_reaches_its_member_s_channels_alone():
    made = network(0.5)
    with torch.no_grad():
        mixed = made.reserved.mix(made.encoders(images(4, 2)), rectangles(4))
        other = torch.where(owners(16, 2, 0.5)[:, None, None] == 1, mixed.flip(-1), mixed)
        changed = made.core.forward_features(mixed) != made.core.forward_features(other)
    assert torch.equal(changed.flatten(2).any(-1).any(0), owners(64, 2, 0.5) == 1)


def test_sharing_falls_from_all_to_nothing_with_what_is_reserved():
    """Heads of equal influence on all that they see: shared channels over all of them, (1 - s) / 1."""
    rates = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        made = network(share)
        with torch.no_grad():
            seen = made.heads.linear.weight.ne(0).float()
        rates.append(sharing_rate(output_influence(seen.chunk(2))))
    assert rates == pytest.approx([1.0, 0.75, 0.5, 0.25, 0.0])


@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.AdamW])
def test_what_is_masked_stays_zero_whatever_updates_it(optimizer):
    made = network(0.5).train()
    made = copy.deepcopy(made)  # a copy watches over its own weights
    masked = [weight.eq(0) for weight in made.reserved._weights]
    before = made.core.stage2[0].conv1.weight.clone()
    update = optimizer(made.parameters(), lr=0.1, weight_decay=0.1)
    for _ in range(3):
        update.zero_grad()
        (loss(made, 0) + loss(made, 1)).backward()
        update.step()
    assert not torch.equal(made.core.stage2[0].conv1.weight, before)
    for weight, zero in zip(made.reserved._weights, masked, strict=True):
        assert zero.any()
        assert weight[zero].eq(0).all()
    assert all(torch.isfinite(parameter).all() for parameter in made.parameters())


def test_weights_from_elsewhere_are_masked():
    made, other = network(0.5), network(0.0)
    assert made.state_dict().keys() == other.state_dict().keys()
    made.load_state_dict(other.state_dict())
    owner = owners(64, 2, 0.5)
    assert made.heads.linear.weight[:5, owner == 1].eq(0).all()
    assert torch.equal(made.heads.linear.weight[:5, owner == 0], other.heads.linear.weight[:5, owner == 0])


def test_reserved_channels_keep_the_variance_of_what_they_are_made_of():
    """He's law for the inputs that there are: 2 / fan_in, of half of 32 channels twice as much."""
    drawn = network(1.0).core.stage2[0].conv2.weight
    own = drawn[:16, :16]
    assert own.var().item() == pytest.approx(2 / (9 * 16), rel=0.1)


@pytest.mark.parametrize("alignment", ["same", "co-linear"])
@pytest.mark.parametrize("share", [0.5, 1.0])
def test_pretrained_encoders_make_of_an_image_what_the_pretrained_convolution_does(share, alignment):
    torch.manual_seed(0)
    backbone, shown = build_network("wrn-10-1", 5, image_size=16), images(2)
    backbone.pretrained, convolution = True, copy.deepcopy(backbone.conv1)
    made = MultiInputNetwork(backbone, 5, reserved=share, alignment=alignment)
    torch.testing.assert_close(made.encoders.sum_of_same(shown), convolution(shown))
    for member, encoded in enumerate(made.encoders.each_of_same(shown)):
        own = owners(16, 2, share) == member
        torch.testing.assert_close(encoded[:, own], convolution(shown)[:, own])


def test_reserved_channels_are_not_unmixed():
    features = torch.ones(1, 4, 2, 2)
    unmixed = Unmixing(share=0.5)(features, rectangles(1), reserved=0.5)  # of two shared channels one
    masks = functional.interpolate(rectangles(1).masks, (2, 2), mode="area")
    torch.testing.assert_close(unmixed[:, :, 0], masks)
    assert unmixed[:, :, 1:].eq(1).all()


def test_timm_s_cnns_of_convolutions_reserve_channels_too():
    made = network(1.0, "timm/resnet10t").train()
    shown = images(2, 2).requires_grad_()
    made(shown, rectangles(2))[:, 0].sum().backward()
    assert shown.grad[:, 1].eq(0).all()
    assert shown.grad[:, 0].ne(0).any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: network(1.2), "reserved is 1.2: choose the share of reserved channels"),
        (lambda: MultiInput(reserved=-0.1), "reserved is -0.1"),
        (
            lambda: network(0.05),
            "reserved is 0.05: of a layer's 16 channels that leaves some of 2 members none; choose 0.125 or more",
        ),
        (
            lambda: network(1.0, members=17),
            "members is 17, and a layer has 16 channels to reserve: choose 16 members or fewer, or a wider network",
        ),
        (lambda: MultiInput(reserved=0.5, cutmix_prob=0.5), "reserved is 0.5 and cutmix_prob 0.5: .*; choose one"),
        (lambda: MultiInput(reserved=1.0, unmixing=Unmixing()), "reserved is 1.0, and unmixing .*: give unmixing none"),
        (lambda: network(0.5, alignment="independent", encoders=1), "need an encoder and a head each"),
        (lambda: network(0.5, inference="separate"), "reserved is 0.5 and inference separate"),
        (lambda: network(0.5, "timm/densenet121"), "DenseNet cannot reserve channels for its members"),
        (
            lambda: network(0.5, "convit-16-1-4", unmixing=None),
            "PatchTransformer cannot reserve channels for its members",
        ),
    ],
)
def test_what_cannot_be_is_named(call, message):
    with pytest.raises(UsageError, match=message) as refused:
        call()
    assert "\n" not in str(refused.value)


def test_members_learn_as_much_as_they_see():
    """Independent by their inputs: where all is reserved, the loss of r = 1 is the sum of the members' own, whatever the masks."""
    method = MultiInput(Mixer(Dirichlet(2.0), Rectangle()), r=1.0, repetition=1, alignment="same", reserved=1.0)
    torch.manual_seed(0)
    made = method.build(build_network("wrn-10-1", 5, image_size=16), 5).eval()
    shown, labels = images(4, 2), torch.tensor([[0, 1], [2, 3], [4, 0], [1, 2]])
    logits = made(shown, rectangles(4))
    each = functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none").view(4, 2)
    found = method.loss(made, Batch(shown, labels), Step(0, 0, 0.0, 0.0, 5))
    torch.testing.assert_close(found, each.sum(1).mean())
