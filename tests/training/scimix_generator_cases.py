"""SciMix's generator on the batch of the hybrids' tests, all its terms begun."""

import torch

from contentmix.networks import build_network
from contentmix.training import MovingAverage, SciMixGenerator, Step
from tests.training.hybrid_cases import batch

TERMS = {
    "reconstruction", "hybrid_class", "hybrid_context", "away_class", "away_context", "adversarial", "hybrid_adversarial", "critic",
}  # fmt: skip


def made(**options):
    few = {} if options.get("guide") == "supervised" else {"unlabelled_batch": 6}
    context = {} if options.get("warmup") else {"context_start": 0.0}
    return SciMixGenerator(**context, **few, **options)


def built(**options):
    torch.manual_seed(0)
    method = made(**options)
    network = method.build(build_network("wrn-10-1", 3, image_size=16), 3)
    return method, network


def opinionated(network):
    """Let the critic's opinions of images differ by about one, where a new one's differ by a thousandth."""
    with torch.no_grad():
        network.critic.out.weight.mul_(1000)


def losses(method, network, *, index=0, progress=0.5):
    average = MovingAverage(network, 0.9).module
    return method.loss(network, batch(), Step(0, index, progress, 1.0, 3, average=average))
