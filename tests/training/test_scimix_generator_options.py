"""Options of SciMix's generator: parts with optimisers of their own, sizes of networks, plans, and what does not fit."""

import math

import pytest
import torch

from contentmix import UsageError
from contentmix.networks import build_network
from contentmix.training import MeanTeacher, SciMixGenerator
from tests.training.scimix_generator_cases import built, made


def test_parts_have_optimisers_of_their_own():
    method = made()
    assert [(part.modules, part.lr, part.optimizer, part.clip) for part in method.parts] == [
        (("generator", "residual"), None, None, True),
        (("critic",), None, None, True),
    ]
    for options, rates in (({}, (0.002, 0.001)), ({"generator_lr": 0.5, "critic_lr": 0.25}, (0.5, 0.25))):
        method = made(generator_optimizer="adam", **options)
        assert [part.lr for part in method.parts] == list(rates)
        assert [part.modules for part in method.parts] == [("generator", "residual"), ("critic",)]
        for part in method.parts:
            assert (part.optimizer, part.weight_decay, part.cosine, part.clip) == ("adam", 0.0, math.inf, False)
    method = made(warmup=0.5, freeze_guide=True, generator_optimizer="adam")
    guide = method.parts[0]
    assert (guide.modules, guide.cosine, guide.optimizer, guide.clip) == (("classifier",), 0.5, None, True)
    assert len(method.parts) == 3
    assert len(made(warmup=0.5).parts) == 2
    assert [method.needs_init, made().needs_init, made(warmup=0.5).needs_init] == [False] * 3


def test_networks_have_the_sizes_of_their_options():
    torch.manual_seed(0)
    for size, given, channels in ((16, None, 2), (32, None, 8), (16, 5, 5)):
        network = SciMixGenerator(context_channels=given).build(build_network("wrn-10-1", 3, 1, image_size=size), 3)
        assert network.context(torch.zeros(1, 1, size, size)).shape == (1, channels, size // 4, size // 4)
        assert network.hybridise(*torch.zeros(2, 1, 1, size, size)).shape == (1, 1, size, size)
    assert built(variant="flipped")[1].flipped
    assert not built()[1].flipped


def test_plans_are_those_of_the_guide():
    assert SciMixGenerator(unlabelled_batch=7).plan(2) == MeanTeacher(unlabelled_batch=7).plan(2)
    alarms = {alarm.figure: (alarm.side, alarm.limit) for alarm in SciMixGenerator.alarms}
    assert alarms == {"loss_critic": ("below", 0.01), "copies": ("above", 0.9)}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reconstruction": -1.0}, "reconstruction is -1.0"),
        ({"warmup": 1.5}, "warmup is 1.5"),
        (
            {"warmup": 0.65, "context_start": 0.4},
            "context_start is 0.4, and there are no hybrids before the end of warmup 0.65",
        ),
        ({"variant": "unfrozen", "freeze_guide": True}, "give freeze_guide False"),
        ({"consistency": -1.0}, "consistency is -1.0"),
        ({"critic_lr": 0.1}, "critic_lr is an option of generator_optimizer adam"),
        ({"generator_lr": -1.0, "generator_optimizer": "adam"}, "generator_lr is -1.0"),
        ({"context_channels": 0}, "context_channels is 0"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(UsageError, match=message):
        made(**options)


def test_a_frozen_guide_leaves_a_share_of_training_to_the_generator():
    with pytest.raises(UsageError, match="warmup is 1.0: of a guide that is frozen after it"):
        SciMixGenerator(freeze_guide=True, warmup=1.0)


def test_a_batch_of_one_image_has_no_hybrids():
    with pytest.raises(UsageError, match="choose 2 or more"):
        SciMixGenerator().plan(1)
