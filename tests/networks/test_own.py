"""Modules of one's own get the ends that training needs, by running them or by name."""

import pytest
import timm
import torch
import torchvision
from torch import nn

from contentmix.errors import UsageError
from contentmix.networks import OwnNetwork, build_network, give_network, take_first_convolution
from contentmix.subnetworks import MultiInputNetwork


def built(own, classes=10, channels=3, size=32):
    return build_network(give_network(own), classes, channels, image_size=size)


class Odd(nn.Module):
    """Registers its layers in another order than it uses them, and has a linear layer that is not the last."""

    def __init__(self, *, end=None):
        super().__init__()
        self.classify = nn.Linear(6, 10)
        self.later = nn.Conv2d(4, 6, 3)
        self.stem = nn.Conv2d(3, 4, 3)
        self.gate = nn.Linear(6, 6)
        self.end = end or nn.Identity()

    def forward(self, images):
        features = self.later(self.stem(images).relu()).mean((2, 3))
        return self.end(self.classify(features * self.gate(features).sigmoid()))


def test_ends_are_found_by_what_runs_first_and_last_not_by_their_order():
    network = built(OwnNetwork(Odd()))
    assert network.get_classifier() is network.module.classify
    stem = network.module.stem
    assert take_first_convolution(network) is stem


def test_it_begins_with_its_weights_and_stays_as_it_is():
    own = OwnNetwork(Odd())
    images = torch.randn(2, 3, 32, 32)
    network = built(own)
    assert torch.equal(network(images), own.module(images))
    assert network.module is not own.module
    with torch.no_grad():
        network.module.classify.weight.zero_()
    assert own.module.classify.weight.abs().sum() > 0


def test_another_number_of_classes_gets_a_classifier_of_its_own():
    own = OwnNetwork(Odd())
    network = built(own, classes=7)
    assert network(torch.randn(2, 3, 32, 32)).shape == (2, 7)
    assert torch.equal(network.module.later.weight, own.module.later.weight)


@pytest.mark.parametrize(
    "make",
    [
        lambda: torchvision.models.resnet18(num_classes=5),
        lambda: torchvision.models.mobilenet_v3_small(num_classes=5),
        lambda: timm.create_model("resnet10t", num_classes=5),
    ],
)
def test_networks_of_libraries_take_several_inputs(make):
    network = MultiInputNetwork(built(OwnNetwork(make())), 10, members=3).eval()
    assert network.predict(torch.randn(2, 3, 32, 32)).shape == (2, 3, 10)
    assert len(network.encoders.convolutions) == 3


def test_what_does_not_end_in_a_linear_layer_is_told_what_to_write():
    with pytest.raises(UsageError, match=r"OwnNetwork\(network, classifier=\"NAME\"\)") as error:
        built(OwnNetwork(Odd(end=nn.LogSoftmax(1))))
    assert "\n" not in str(error.value)


def test_a_named_classifier_that_something_follows_is_refused():
    with pytest.raises(UsageError, match="output of Odd is not that of a linear layer"):
        built(OwnNetwork(Odd(end=nn.LogSoftmax(1)), classifier="classify"))


def test_names_win_over_what_is_found():
    own = OwnNetwork(nn.Sequential(nn.ZeroPad2d(1), Odd()), first_convolution="1.stem")
    network = built(own)
    stem = network.module[1].stem
    assert take_first_convolution(network) is stem


def test_a_first_convolution_that_does_not_see_the_images_must_be_named():
    network = built(OwnNetwork(nn.Sequential(nn.ZeroPad2d(1), Odd())))
    with pytest.raises(UsageError, match=r"OwnNetwork\(network, first_convolution=\"NAME\"\)"):
        MultiInputNetwork(network, 10)


@pytest.mark.parametrize("name", ["classify", "nowhere"])
def test_a_name_that_is_no_convolution_is_an_error(name):
    with pytest.raises(UsageError, match=f"first_convolution is '{name}': it is no Conv2d of Odd"):
        built(OwnNetwork(Odd(), first_convolution=name))


def test_a_name_that_is_no_linear_layer_is_an_error_that_lists_them():
    with pytest.raises(UsageError, match=r"classifier is 'stem': it is no linear layer \(there are: classify, gate\)"):
        built(OwnNetwork(Odd(), classifier="stem"))


def test_images_that_it_does_not_take_are_an_error():
    with pytest.raises(UsageError, match="Odd cannot take images of 1 x 32 x 32"):
        built(OwnNetwork(Odd()), channels=1)


def test_the_name_is_of_the_layers_not_of_the_weights():
    first, same, other = OwnNetwork(Odd()), OwnNetwork(Odd()), OwnNetwork(Odd(end=nn.Identity()), classifier="classify")
    assert give_network(first) == give_network(same) != give_network(other)


def test_nobody_keeps_a_network_alive():
    name = give_network(OwnNetwork(Odd()))
    with pytest.raises(
        UsageError, match=r"network object:Odd@\w{12} was given as an object in Python, and is not here"
    ):
        build_network(name, 10)


def test_what_returns_no_logits_is_told_so():
    class Several(Odd):
        def forward(self, images):
            return {"logits": super().forward(images)}

    with pytest.raises(UsageError, match="Several cannot take images of 3 x 32 x 32: it returns dict, and no tensor"):
        built(OwnNetwork(Several()))
    with pytest.raises(UsageError, match="the output of Sequential is not that of a linear layer"):
        built(OwnNetwork(nn.Sequential()))
