"""SciMix's classifier with a generator whose hybrids are halves of their parents, on grey images."""

import torch

from contentmix.hybrids import HybridAugmentation
from contentmix.networks import build_network
from contentmix.training import MeanTeacher, MovingAverage, SciMixClassifier, Step
from tests.hybrids.halves import Halves
from tests.training import hybrid_cases

MEAN_TEACHER = MeanTeacher(unlabelled_batch=6)


def batch():
    """Two grey streams."""
    return hybrid_cases.batch(channels=1)


def step(network, progress=0.3, index=0):
    return Step(0, index, progress, 1.0, 3, average=MovingAverage(network, 0.9).module)


def shown_to(network):
    """The list of all that ``network`` is shown from now on."""
    seen = []
    network.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    return seen


def built(base=MEAN_TEACHER, **options):
    torch.manual_seed(0)
    generator = Halves()
    method = SciMixClassifier(base, None if "hybrids" in options else HybridAugmentation(generator), **options)
    return method, method.build(build_network("wrn-10-1", 3, 1, image_size=16), 3), generator
