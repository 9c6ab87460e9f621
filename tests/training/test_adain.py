"""AdaIN's auto-encoder: what its terms reach, and hybrids by their moments."""

import torch

from contentmix.batch import Batch
from contentmix.hybrids import moments
from contentmix.networks import build_network
from contentmix.training import AdaINTraining, MeanTeacher, MovingAverage, Step, Supervised


def built(base=None):
    torch.manual_seed(0)
    method = AdaINTraining(base or Supervised())
    return method, method.build(build_network("wrn-10-1", 3, image_size=16), 3)


def batch():
    draw = torch.Generator().manual_seed(0)
    images, others = torch.randn(4, 1, 3, 16, 16, generator=draw), torch.randn(6, 2, 3, 16, 16, generator=draw)
    return Batch(images, torch.arange(4)[:, None] % 3, unlabelled=Batch(others, torch.full((6, 1), -1)))


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
            network.zero_grad()
            method.loss(network, batch(), at).terms[name].backward()
            reached = {
                part
                for part, module in network.named_children()
                if any(p.grad is not None and p.grad.abs().sum() > 0 for p in module.parameters())
            }
            assert reached == {wanted}, name


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
