"""Members that part before the last stage of a CNN: MixViT's structure (thesis 4.3, 5.2), by values worked out by hand."""

import copy

import pytest
import torch
from torch import nn

from contentmix import Dirichlet, LateSeparation, Mixer, Mixture, Rectangle, Unmixing, build_network, cost
from contentmix.errors import UsageError
from contentmix.networks import PreActResNet18, WideResNet, before_last_stage
from contentmix.training import MultiInput


def network(backbone=None, **options):
    torch.manual_seed(0)
    return LateSeparation(backbone or build_network("wrn-10-1", 5), 5, **options).eval()


def strong(made):
    """With attributions so large that sources matter."""
    with torch.no_grad():
        for parameter in made.attribution.parameters():
            parameter.normal_(generator=torch.Generator().manual_seed(3))
    return made


def images(*shape, side=16):
    return torch.randn(*shape, 3, side, side, generator=torch.Generator().manual_seed(1))


def rectangles(size, members=2, side=16):
    return Mixer(Dirichlet(2.0), Rectangle()).draw(size, members, (side, side), torch.Generator().manual_seed(2))


def alone(size, member, members=2):
    masks = nn.functional.one_hot(torch.full((size,), member), members).float()
    return Mixture(masks[:, :, None, None], masks)


class Plain(nn.Module):
    """A CNN whose stages do nothing: the encoding of two channels is the last map."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 1, bias=False)
        self.stage1, self.stage2 = nn.Identity(), nn.Identity()
        self.feature_info = [{"module": "stage1", "num_chs": 2}, {"module": "stage2", "num_chs": 2}]
        self.num_features = 2
        self.head = nn.Identity()

    def forward_features(self, x):
        return self.stage2(self.stage1(self.conv(x)))

    def forward_head(self, x):
        return self.head(x.mean((-2, -1)))

    def forward(self, x):
        return self.forward_head(self.forward_features(x))

    def reset_classifier(self, classes):
        self.head = nn.Linear(2, classes) if classes else nn.Identity()

    def get_classifier(self):
        return self.head


@pytest.fixture
def plain():
    """Encodings are (x, 2 x); source 0 adds (10, 0) to a position, source 1 adds (0, 20); heads read channel 0 and channel 1."""
    made = LateSeparation(Plain(), 1, attribution="embedding", unmixing=Unmixing())
    with torch.no_grad():
        made.encoders.convolutions[0].weight.copy_(torch.tensor([1.0, 2.0]).view(2, 1, 1, 1))
        made.attribution.bias.copy_(torch.tensor([[10.0, 0.0], [0.0, 20.0]]))
        made.heads.linear.weight.copy_(torch.eye(2))
        made.heads.linear.bias.zero_()
    return made


def test_uniform_mixtures_are_not_unmixed(plain):
    shown, ratios = torch.ones(1, 2, 1, 4, 4), torch.full((1, 2), 0.5)
    uniform = Mixture(ratios[:, :, None, None], ratios)
    unmixed, plain.unmixing = plain(shown, uniform), None
    assert torch.equal(unmixed, plain(shown, uniform))


def test_training_attributes_each_position_to_its_source_and_unmixes_by_hand(plain):
    """One row of two positions, of input 0 (value 3) and of input 1 (value 5); M = 2 doubles the encodings.

    The map: (2 * 3, 4 * 3) + (10, 0) = (16, 12), and (2 * 5, 4 * 5) + (0, 20) = (10, 40). Head 0 is given the first position, pooled over
    both: 16 / 2; head 1 channel 1 of the second: 40 / 2.
    """
    masks = torch.tensor([[[[1.0, 0.0]], [[0.0, 1.0]]]])
    inputs = torch.tensor([3.0, 5.0]).view(1, 2, 1, 1, 1).expand(-1, -1, -1, 1, 2)
    assert plain(inputs, Mixture(masks, masks.mean((-2, -1)))).flatten().tolist() == [8.0, 20.0]


def test_prediction_attributes_all_of_the_image_to_each_source_by_hand(plain):
    """A value of 3: member 0 reads 2 * 3 + 10 in channel 0, member 1 reads 4 * 3 + 20 in channel 1."""
    assert plain.predict(torch.full((1, 1, 1, 2), 3.0)).flatten().tolist() == [16.0, 32.0]


@pytest.mark.parametrize("attribution", ["embedding", "encoding", "none"])
@pytest.mark.parametrize("unmixing", [None, Unmixing()])
def test_predicting_is_what_training_makes_of_an_input_that_is_shown_alone(attribution, unmixing):
    made = strong(network(attribution=attribution, unmixing=unmixing, members=3))
    with torch.no_grad():
        shown = images(2)
        predicted = made.predict(shown)
        for member in range(3):
            trained = made(shown[:, None].expand(-1, 3, -1, -1, -1), alone(2, member, 3))
            torch.testing.assert_close(trained[:, member], predicted[:, member], atol=1e-4, rtol=1e-4)


def test_without_attribution_members_see_the_same():
    made = network(attribution="none")
    assert not list(made.attribution.parameters())
    with torch.no_grad():
        shown = images(2)
        assert torch.equal(made.predict(shown), made.heads(made.core(made.encoders.sum_of_same(shown))))


def test_early_stages_run_once_and_the_last_one_for_every_member():
    """Multiply-adds: E + M L of the backbone's E + L, and with encodings M c^2 for each position of the map of c channels."""
    example = images(1, side=32)
    backbone = build_network("wrn-10-1", 5)
    whole = cost(backbone, backbone, example).flops - 64 * 5
    last = cost(backbone.stage3, backbone.stage3, torch.zeros(1, 32, 16, 16)).flops
    for attribution, own in (("embedding", 0), ("encoding", 3 * 32**2 * 16**2)):
        made = network(build_network("wrn-10-1", 5), members=3, attribution=attribution)
        # Heads: M for each of the M versions, as one product of matrices.
        heads = cost(made.heads, made.heads, torch.zeros(1, 3, 64)).flops
        assert cost(made.predict, made, example).flops == whole + 2 * last + own + heads


def test_one_head_s_loss_reaches_its_own_attribution_and_the_shared_stages_alone():
    made = strong(network(unmixing=Unmixing()))
    made(images(4, 2), alone(4, 1))[:, 1].square().sum().backward()
    for parameter in made.attribution.parameters():
        assert parameter.grad[0].eq(0).all()
        assert parameter.grad[1].ne(0).any()
    assert made.core.stage1[0].conv1.weight.grad.ne(0).any()


def test_it_starts_close_to_its_backbone():
    with torch.no_grad():
        made = network()
        made.heads.linear.weight[5:] = made.heads.linear.weight[:5]
        one, other = made.predict(images(4)).unbind(1)
    assert (one - other).norm() < 0.2 * one.norm()


def test_a_copy_parts_by_its_own_attribution():
    made, shown = strong(network()), images(2)
    with torch.no_grad():
        copied, before = copy.deepcopy(made), made.predict(shown)
        made.attribution.bias.zero_()
        assert torch.equal(copied.predict(shown), before)
        assert not torch.allclose(made.predict(shown), before)


def test_nothing_of_a_pass_is_left_to_the_next():
    made = strong(network(unmixing=Unmixing()))
    with torch.no_grad():
        before = made.predict(images(2))
        made(images(2, 2), rectangles(2))
        assert torch.equal(made.predict(images(2)), before)
        assert made.core(made.encoders.sum_of_same(images(2))).shape == (2, 64), "no pass, no parting"


def test_the_package_s_own_networks_name_the_maps_that_enter_their_last_stage():
    with torch.device("meta"):
        assert before_last_stage(WideResNet(10, 2, 5)) == ("stage2", 64)
        assert before_last_stage(PreActResNet18(1, 5)) == ("stage3", 256)


@pytest.mark.parametrize(
    "name", ["preactresnet18-1", "timm/resnet18", "timm/convnext_atto", "timm/mobilenetv3_small_050"]
)
def test_any_cnn_that_names_its_stages_parts_late(name):
    with torch.device("meta"):  # of shapes alone
        made = LateSeparation(build_network(name, 5), 5, members=3, unmixing=Unmixing(0.25))
        shown = torch.empty(2, 3, 3, 64, 64)
        (side, _) = made.mixing_size((64, 64))
        masks = torch.empty(2, 3, side, side)
        logits = made(shown, Mixture(masks, masks.mean((-2, -1))))
        assert logits.shape == made.predict(shown[:, 0]).shape == (2, 3, 5)


def unnamed():
    backbone = Plain()
    backbone.feature_info = [{"module": "stage1"}, {"module": "stage2"}]
    return backbone


class Bypassed(Plain):
    """Its first maps pass by the end of its first stage."""

    def forward_features(self, x):
        encoded = self.conv(x)
        return self.stage2(encoded + self.stage1(encoded))


def by_passing():
    backbone = Bypassed()
    backbone.input_size = (1, 4)
    return backbone


def single():
    backbone = Plain()
    del backbone.feature_info[0]
    return backbone


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: network(members=1), "members is 1"),
        (lambda: network(attribution="label"), "unknown attribution 'label'.*embedding, encoding, none"),
        (lambda: network()(images(2, 3), rectangles(2)), r"images \(2, 3, 3, 16, 16\): a network of 2 members"),
        (lambda: network()(images(2, 2)), "give the mixture"),
        (lambda: network(nn.Conv2d(3, 3, 1)), "Conv2d names no stages: give it a feature_info"),
        (lambda: network(single()), "Plain names one stage"),
        (lambda: network(unnamed()), "Plain does not say how many channels its stages have"),
        (lambda: network(build_network("convit-16-2-4", 5)), "PatchTransformer does not say how many channels"),
        (lambda: network(by_passing()), "Bypassed cannot part before its last stage with inputs of 1 x 4 x 4"),
        (lambda: MultiInput(attribution="encoding", encoders=2), "attribution is encoding: members that part"),
    ],
)
def test_what_does_not_fit_is_named(call, message):
    with pytest.raises(UsageError, match=message) as refused:
        call()
    assert "\n" not in str(refused.value)
