"""Parts of a network with optimisers of their own."""

import copy
import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from contentmix.training import LearningRate, Optimisation, Part, PartedOptimizer
from contentmix.training.optimisation import make_optimizer


def network():
    torch.manual_seed(0)
    return nn.ModuleDict({"first": nn.Linear(3, 3), "second": nn.Linear(3, 3), "third": nn.Linear(3, 3)})


RUN = Optimisation(0.1, LearningRate("cosine", 4), weight_decay=0.01)
PARTS = (Part(("second",), lr=0.02, optimizer="adam", weight_decay=0.0), Part(("third",), cosine=2.0))


def test_parts_are_updated_in_ways_of_their_own():
    """Each as if it were trained alone by its own optimiser."""
    together, apart = network(), network()
    optimizer, factors = make_optimizer(together, RUN, PARTS, 10, fused=False)
    assert isinstance(optimizer, PartedOptimizer)
    assert [factor(20) for factor in factors] == [
        pytest.approx(0.5),
        pytest.approx(0.5),
        pytest.approx(0.5 + 0.5**1.5),
    ]  # cos(pi / 4)
    alone = [
        torch.optim.SGD(apart["first"].parameters(), 0.1, 0.9, weight_decay=0.01, nesterov=True),
        torch.optim.Adam(apart["second"].parameters(), 0.02, betas=(0.0, 0.99)),
        torch.optim.SGD(apart["third"].parameters(), 0.1, 0.9, weight_decay=0.01, nesterov=True),
    ]
    for _ in range(3):
        x = torch.randn(5, 3)
        for model, optimizers in ((together, [optimizer]), (apart, alone)):
            model.zero_grad()
            sum(part(x).square().sum() for part in model.values()).backward()
            for each in optimizers:
                each.step()
    for mine, other in zip(together.parameters(), apart.parameters(), strict=True):
        torch.testing.assert_close(mine, other)


def test_their_state_continues():
    x = torch.ones(2, 3)

    def step(model, optimizer):
        optimizer.zero_grad()
        sum(part(x).square().sum() for part in model.values()).backward()
        optimizer.step()

    first, second = network(), network()
    of_first, _ = make_optimizer(first, RUN, PARTS, 10, fused=False)
    step(first, of_first)
    second.load_state_dict(first.state_dict())
    of_second, _ = make_optimizer(second, RUN, PARTS, 10, fused=False)
    of_second.load_state_dict(copy.deepcopy(of_first.state_dict()))
    of_second.param_groups[1]["lr"] = of_first.param_groups[1]["lr"] = 0.5  # groups are still those of the parts
    step(first, of_first)
    step(second, of_second)
    for mine, other in zip(first.parameters(), second.parameters(), strict=True):
        torch.testing.assert_close(mine, other)


def test_without_parts_there_is_one_plain_optimiser():
    optimizer, factors = make_optimizer(network(), RUN, (), 10, fused=False)
    assert type(optimizer) is torch.optim.SGD
    assert len(factors) == 1


def test_parts_take_what_they_do_not_say_from_the_run():
    first, second = (part.optimisation(RUN) for part in PARTS)
    assert (first.lr, first.optimizer, first.weight_decay, first.schedule) == (0.02, "adam", 0, RUN.schedule)
    assert (second.lr, second.optimizer, second.weight_decay, second.schedule.epochs) == (0.1, "sgd", 0.01, 8)


def test_a_part_may_have_a_constant_rate_and_gradients_of_any_norm():
    run = replace(RUN, grad_clip=1.0)
    parts = (Part(("second",), cosine=math.inf, clip=False), Part(("third",)))
    optimizer, factors = make_optimizer(network(), run, parts, 10, fused=False)
    assert [factor(40) for factor in factors] == [0.0, 1.0, 0.0]  # of four epochs
    assert optimizer.clipped == [optimizer.optimizers[0], optimizer.optimizers[2]]


def test_a_run_without_a_limit_clips_nothing():
    optimizer, _ = make_optimizer(network(), RUN, PARTS, 10, fused=False)
    assert optimizer.clipped == []


def test_parts_may_be_all_of_a_network():
    parts = (Part(("first", "second")), Part(("third",)))
    optimizer, factors = make_optimizer(network(), RUN, parts, 10, fused=False)
    assert [len(group["params"]) for group in optimizer.param_groups] == [4, 2]
    assert len(factors) == 2
