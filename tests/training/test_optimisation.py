"""Parts of a network with optimisers of their own."""

import copy
import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from contentmix import UsageError
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


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_optimisers_have_the_settings_of_the_run(name, fused):
    run = replace(RUN, optimizer=name, momentum=0.8, weight_decay=0.03)
    kind, settings = {
        "sgd": (torch.optim.SGD, {"momentum": 0.8, "nesterov": True}),
        "adam": (torch.optim.Adam, {"betas": (0.0, 0.99)}),
        "adamw": (torch.optim.AdamW, {"betas": (0.9, 0.999)}),
    }[name]
    optimizer, (factor,) = make_optimizer(network(), run, (), 10, fused=fused)
    assert type(optimizer) is kind
    (group,) = optimizer.param_groups
    assert {key: group[key] for key in settings} == settings
    assert (group["lr"], group["weight_decay"], bool(group["fused"])) == (0.1, 0.03, fused)
    # torch then updates by lists of tensors where that is the faster, unless it is told not to.
    assert (group["fused"], group["foreach"]) == (fused or None, None)
    assert factor(20) == pytest.approx(0.5)  # the second of four epochs of ten steps


def test_sgd_without_momentum_is_plain():
    optimizer, _ = make_optimizer(network(), replace(RUN, momentum=0.0), (), 10, fused=False)
    assert optimizer.param_groups[0]["nesterov"] is False


class Choosy(nn.Module):
    """Names a parameter that is not decayed."""

    def __init__(self):
        super().__init__()
        self.position, self.linear = nn.Parameter(torch.zeros(2, 3)), nn.Linear(3, 3)

    def no_weight_decay(self):
        return {"position"}


def test_a_network_that_is_choosy_has_its_names_biases_and_norms_not_decayed():
    model = nn.ModuleDict({"inner": Choosy(), "norm": nn.LayerNorm(3), "head": nn.Linear(3, 2)})
    for parts, rest in (((), model.parameters()), ((Part(("head",)),), model["head"].parameters())):
        optimizer, factors = make_optimizer(model, RUN, parts, 10, fused=False)
        decay = {id(p): group["weight_decay"] for group in optimizer.param_groups for p in group["params"]}
        assert len(decay) == len(list(model.parameters())) == sum(len(g["params"]) for g in optimizer.param_groups)
        assert len(factors) == len(optimizer.param_groups)
        names = {name: decay[id(p)] for name, p in model.named_parameters()}
        plain = {"inner.position", "inner.linear.bias", "norm.weight", "norm.bias"}
        assert {name for name, value in names.items() if value == 0} - {"head.bias"} == plain
        assert names["inner.linear.weight"] == names["head.weight"] == 0.01
        assert names["head.bias"] == (0.01 if parts else 0)  # a part is decayed as a whole
        assert all(id(p) in decay for p in rest)


def test_a_closure_is_called_once_with_gradients():
    model, calls = network(), []
    optimizer, _ = make_optimizer(model, RUN, PARTS, 10, fused=False)
    before = [p.detach().clone() for p in model.parameters()]

    def closure():
        calls.append(torch.is_grad_enabled())
        optimizer.zero_grad()
        loss = sum(part(torch.ones(2, 3)).square().sum() for part in model.values())
        loss.backward()
        return loss

    with torch.no_grad():
        loss = optimizer.step(closure)
    assert calls == [True]
    assert loss > 0
    assert all(not torch.equal(mine, old) for mine, old in zip(model.parameters(), before, strict=True))
    assert optimizer.step() is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lr": 0}, "lr is 0"),
        ({"weight_decay": -0.1}, "weight_decay is -0.1"),
        ({"momentum": 1.0}, r"momentum is 1\.0"),
        ({"momentum": -0.1}, "momentum is -0.1"),
        ({"ema_decay": 1.5}, r"ema_decay is 1\.5"),
        ({"ema_decay": -0.1}, "ema_decay is -0.1"),
        ({"grad_clip": 0}, "grad_clip is 0"),
    ],
)
def test_impossible_values_are_named(options, message):
    with pytest.raises(UsageError, match=f"^{message}"):
        replace(RUN, **options)


def test_the_smallest_values_are_allowed():
    run = replace(RUN, lr=0.5, weight_decay=0, momentum=0, ema_decay=0, grad_clip=0.5)
    assert (run.weight_decay, run.momentum, run.ema_decay) == (0, 0, 0), "a given 0 is not left open"


def test_without_parts_there_is_one_plain_optimiser():
    optimizer, factors = make_optimizer(network(), RUN, (), 10, fused=False)
    assert type(optimizer) is torch.optim.SGD
    assert len(factors) == 1


def test_parts_take_what_they_do_not_say_from_the_run():
    first, second = (part.optimisation(RUN) for part in PARTS)
    assert (first.lr, first.optimizer, first.weight_decay, first.schedule) == (0.02, "adam", 0, RUN.schedule)
    assert (second.lr, second.optimizer, second.weight_decay, second.schedule.epochs) == (0.1, "sgd", 0.01, 8)
    steps = replace(RUN, schedule=LearningRate("step", 4, milestones=(1.0,)))
    assert PARTS[0].optimisation(steps).schedule == steps.schedule
    assert PARTS[1].optimisation(steps).schedule.schedule == "cosine"


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
