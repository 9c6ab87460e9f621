"""Heads in place of the classifier of a backbone, whatever that classifier is."""

import pytest
import torch
from torch import nn

from contentmix import UsageError
from contentmix.subnetworks.heads import MemberHeads, take_heads


class Backbone(nn.Module):
    """Of six features, with a classifier that ``make`` makes; it keeps all that it made."""

    num_features = 6

    def __init__(self, make):
        super().__init__()
        self.make, self.made = make, []
        self.head = make(3)

    def reset_classifier(self, num_classes):
        self.head = self.make(num_classes) if num_classes else nn.Identity()
        self.made.append(self.head)

    def forward(self, features):
        return self.head(features)


class Known(Backbone):
    """It says what its classifier is."""

    def get_classifier(self):
        return self.head


def several(num_classes):
    return nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, num_classes))


def test_heads_start_as_the_classifiers_that_the_backbone_makes():
    backbone = Known(lambda classes: nn.Linear(6, classes))
    heads = take_heads(backbone, 5, 3)
    first, second, third, nothing = backbone.made
    assert isinstance(nothing, nn.Identity)
    assert torch.equal(heads.linear.weight, torch.cat([first.weight, second.weight, third.weight]))
    assert torch.equal(heads.linear.bias, torch.cat([first.bias, second.bias, third.bias]))
    features = torch.randn(2, 6)
    torch.testing.assert_close(heads(features), torch.stack([first(features), second(features), third(features)], 1))
    assert torch.equal(backbone(features), features)


def test_convolutions_of_pooled_features_are_linear_and_no_bias_is_one_of_zeros():
    heads = MemberHeads([nn.Conv2d(6, 4, 1, bias=False), nn.Conv2d(6, 4, 1)])
    assert heads.linear.weight.shape == (8, 6)
    assert heads.linear.bias[:4].eq(0).all()
    assert heads.linear.bias[4:].ne(0).all()
    assert (heads.linear.in_features, heads.linear.out_features, heads.count) == (6, 8, 2)
    assert heads.linear.weight.requires_grad
    assert heads.linear.weight.is_leaf


def test_of_two_classifiers_the_first_counts():
    class Distilled(Backbone):
        def get_classifier(self):
            return self.head, nn.Linear(6, 9)

    backbone = Distilled(lambda classes: nn.Linear(6, classes))
    heads = take_heads(backbone, 5, 1)
    assert torch.equal(heads.linear.weight, backbone.made[0].weight)


@pytest.mark.parametrize(("kind", "hidden", "features"), [(Known, None, 6), (Known, 4, 4), (Backbone, None, 6)])
def test_a_classifier_of_several_layers_makes_way_for_a_linear_one_of_what_it_is_shown(kind, hidden, features):
    backbone = kind(several)
    if hidden:
        backbone.head_hidden_size = hidden
    assert take_heads(backbone, 5, 2).linear.weight.shape == (10, features)


@pytest.mark.parametrize("lacking", ["reset_classifier", "num_features"])
def test_a_backbone_that_lacks_either_is_named(lacking, monkeypatch):
    monkeypatch.delattr(Backbone, lacking)
    with pytest.raises(UsageError, match="Backbone has no reset_classifier or num_features"):
        take_heads(Backbone(several), 5, 2)
