"""What is kept of a pass that somebody else makes, and weights that get no gradients."""

import pytest
import torch
from torch import nn

from contentmix.hybrids import frozen, record_inputs, record_outputs


def test_passes_with_gradients_are_kept_and_others_are_not():
    layer, first, second = nn.Linear(3, 2), torch.randn(4, 3), torch.randn(5, 3)
    with record_inputs(layer) as shown, record_outputs(layer) as outputs:
        made = layer(first)
        with torch.no_grad():
            layer(second)
        again = layer(second)
    layer(first)  # outside
    assert [each is given for each, given in zip(shown, (first, second), strict=True)] == [True, True]
    assert [each is given for each, given in zip(outputs, (made, again), strict=True)] == [True, True]


@pytest.mark.parametrize("record", [record_inputs, record_outputs])
def test_nothing_is_kept_after_an_error(record):
    layer = nn.Linear(3, 2)
    with pytest.raises(ZeroDivisionError), record(layer) as kept:
        raise ZeroDivisionError
    layer(torch.randn(1, 3))
    assert kept == []
    assert not layer._forward_hooks
    assert not layer._forward_pre_hooks


def test_frozen_networks_pass_gradients_on_and_learn_nothing():
    first, second, x = nn.Linear(3, 3), nn.Linear(3, 3), torch.randn(2, 3, requires_grad=True)
    first.bias.requires_grad_(False)
    with frozen(first, second):
        made = second(first(x)).sum()
    made.backward()
    torch.testing.assert_close(x.grad, (second.weight.sum(0) @ first.weight).expand(2, -1))
    assert all(weight.grad is None for weight in (*first.parameters(), *second.parameters()))
    # Afterwards all learn that did before, after an error too.
    with pytest.raises(ZeroDivisionError), frozen(second):
        raise ZeroDivisionError
    assert [weight.requires_grad for weight in first.parameters()] == [True, False]
    assert [weight.requires_grad for weight in second.parameters()] == [True, True]
