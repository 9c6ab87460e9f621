"""Options of SciMix's classifier, what it takes from its base, and generators that it cannot take."""

import re
from dataclasses import dataclass

import pytest

from contentmix import UsageError
from contentmix.hybrids import HybridAugmentation
from contentmix.networks import build_network
from contentmix.training import SciMixClassifier, Supervised
from tests.hybrids.halves import Halves
from tests.training.scimix_cases import MEAN_TEACHER, built


def test_plans_and_networks_are_the_bases():
    method, network, _ = built(window=(0.25, 1.0))
    assert method.plan(5) == MEAN_TEACHER.plan(5)
    assert type(network) is type(MEAN_TEACHER.build(build_network("wrn-10-1", 3, 1, image_size=16), 3))
    assert method.between == (0.25, 1.0)
    assert built(Supervised())[0].between == (50 / 300, 150 / 300)
    for options in (
        {"alpha": 1.0},
        {"weight": 0.0},
        {"hybrid_batches": 1},
        {"hybrid_batch": 2},
        {"window": (0.0, 0.0)},
    ):
        built(**options)
    for window in ((-0.1, 0.5), (0.5, 1.1)):
        with pytest.raises(UsageError, match="the window is"):
            built(window=window)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alpha": 0.5}, "alpha is 0.5"),
        ({"alpha": 1.5}, "alpha is 1.5"),
        ({"weight": -1.0}, "weight is -1.0"),
        ({"hybrid_batches": 0}, "hybrid_batches is 0"),
        ({"hybrid_batch": 1}, "hybrid_batch is 1"),
        ({"window": (0.5, 0.2)}, "the window is 0.5 to 0.2"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(UsageError, match=message):
        built(**options)


@dataclass(frozen=True)
class Inputs:
    """What a generator was trained on, or data are."""

    classes: tuple = ("a", "b")
    channels: int = 1
    image_size: int = 16
    mean: tuple = (0.5,)
    std: tuple = (0.2,)
    name: str = "made"


@pytest.mark.parametrize(
    "other", [{"classes": ("a",)}, {"channels": 3}, {"image_size": 32}, {"mean": (0.4,)}, {"std": (0.3,)}]
)
def test_a_generator_of_other_images_is_named(other):
    method = SciMixClassifier(MEAN_TEACHER, HybridAugmentation(Halves(), Inputs()))
    method.check(Inputs())
    ((name, value),) = other.items()
    with pytest.raises(UsageError, match=f"the generator was trained with {name} .*, made has {re.escape(str(value))}"):
        method.check(Inputs(**other))
    SciMixClassifier(MEAN_TEACHER, HybridAugmentation(Halves())).check(Inputs(**other))
    SciMixClassifier(MEAN_TEACHER, None, hybrids="mixup").check(Inputs(**other))
