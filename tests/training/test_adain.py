"""AdaIN's auto-encoder: what its terms reach, and hybrids by their moments."""

import copy
from dataclasses import replace

import pytest
import torch

from contentmix import UsageError
from contentmix.hybrids import moments
from contentmix.networks import build_network
from contentmix.training import AdaINTraining, MeanTeacher, MovingAverage, Step, Supervised
from tests.training.hybrid_cases import batch, first_views, reached


def built(base=None):
    torch.manual_seed(0)
    method = AdaINTraining(base or Supervised())
    return method, method.build(build_network("wrn-10-1", 3, image_size=16), 3)


def test_only_the_decoder_learns_from_its_terms():
    for base in (Supervised(), MeanTeacher(unlabelled_batch=6)):
        method, network = built(base)
        at = Step(0, 0, 0.5, 1.0, 3, average=MovingAverage(network, 0.9).module)
        for name, wanted in {
            "reconstruction": "decoder",
            "content": "decoder",
            "style": "decoder",
            "supervised": "classifier",
        }.items():
            found = reached(network, method.loss(network, batch(), at).terms[name])
            assert found == {wanted}, name


def test_the_terms_are_the_papers():
    """Three layers of the classifier measure the style, the last the content; all weights are other ones."""
    torch.manual_seed(0)
    method = AdaINTraining(MeanTeacher(unlabelled_batch=6), reconstruction=2.0, content=3.0, style=5.0)
    network = method.build(build_network("wrn-10-1", 3, image_size=16), 3).eval()
    given, at = batch(), Step(0, 3, 0.5, 1.0, 3, rank=1, average=MovingAverage(network, 0.9).module.eval())
    losses = method.loss(network, given, at)
    images = first_views(given)
    with torch.no_grad():
        layers = network.layers(images)
        order = torch.randperm(10, generator=at.generator("partners", per_rank=True))
        mean, deviation = moments(layers[-1])
        own = (layers[-1] - mean[:, :, None, None]) / deviation[:, :, None, None]
        wanted = own * deviation[order][:, :, None, None] + mean[order][:, :, None, None]
        seen = network.layers(network.decoder(wanted))
        style = 0.0
        for made, maps in zip(seen, layers, strict=True):
            for mine, theirs in zip(moments(made), moments(maps), strict=True):
                style += (mine - theirs[order]).square().mean()
        rebuilt = network.decoder(layers[-1])
        expected = {
            "reconstruction": 2 * (rebuilt - images).square().mean(),
            "content": 3 * (seen[-1] - wanted).square().mean(),
            "style": 5 * style,
        }
    base = MeanTeacher(unlabelled_batch=6).loss(network.classifier, given, replace(at, average=at.average.classifier))
    expected |= base.terms
    assert losses.terms.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(losses.terms[name], value, atol=1e-5, rtol=1e-4, msg=name)
    assert losses.shares.keys() == base.shares.keys()


def test_hybrids_leave_the_statistics_and_the_gradients_of_the_classifier_alone():
    method, network = built()
    given, at = batch(), Step(0, 0, 0.5, 1.0, 3)
    other = copy.deepcopy(network)
    Supervised().loss(other.classifier, given, at)
    method.loss(network, given, at)
    for (name, mine), theirs in zip(network.named_buffers(), other.buffers(), strict=True):
        torch.testing.assert_close(mine, theirs, msg=name)
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_the_decoder_has_adam_and_batches_are_the_bases():
    (part,) = built()[0].parts
    assert (part.modules, part.lr, part.optimizer, part.weight_decay) == (("decoder",), 1e-3, "adam", 0.0)
    method = AdaINTraining(MeanTeacher(unlabelled_batch=6))
    assert method.plan(2) == MeanTeacher(unlabelled_batch=6).plan(2)
    with pytest.raises(UsageError, match="batch_size is 1"):
        method.plan(1)
    network = method.build(build_network("wrn-10-1", 3, 1, image_size=16), 3)
    assert network.decode(*network.encode(torch.zeros(2, 1, 16, 16))).shape == (2, 1, 16, 16)
    for name in ("reconstruction", "content", "style"):
        AdaINTraining(Supervised(), **{name: 0.0})
        with pytest.raises(UsageError, match=f"{name} is -1"):
            AdaINTraining(Supervised(), **{name: -1.0})


def test_a_perfect_decoder_has_no_style_left_to_learn():
    """Where what is seen in hybrids has the partner's moments, the style is 0; elsewhere it is the sum of squares."""
    method, _ = built()
    maps = torch.randn(3, 2, 4, 4)
    order = torch.tensor([2, 0, 1])
    torch.testing.assert_close(method._style(maps[order], maps, order), torch.tensor(0.0))
    shifted = method._style(maps[order] + 0.5, maps, order)
    torch.testing.assert_close(shifted, torch.tensor(0.25))  # of the means alone


def test_hybrids_are_decoded_from_the_moments_of_their_context():
    _, network = built()
    network.eval()
    content, context = torch.randn(2, 3, 16, 16), torch.randn(2, 3, 16, 16)
    seen = []
    network.decoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    assert network.hybridise(content, context).shape == content.shape
    for mine, theirs in zip(moments(seen[0]), moments(network.layers(context)[-1]), strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-4, rtol=1e-3)
