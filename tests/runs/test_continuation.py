"""A run that goes on with the weights of another of its seed draws anew, from the same images."""

from pathlib import Path

import pytest
import torch

from contentmix.data import load_data
from contentmix.errors import UsageError
from contentmix.options.run import RunOptions
from contentmix.runs.loaders import draws_seed, make_loaders
from contentmix.training import Supervised


def drawn(continuation):
    """The first batch and the validation images of a run."""
    run = RunOptions(init=Path("first"), continuation=continuation, select="validation")
    loaders, _ = make_loaders(load_data("digits"), Supervised().plan(32), run)
    cpu = torch.device("cpu")
    return next(iter(loaders.train(0, 1, cpu))), next(iter(loaders.validation(0, 1, cpu)))


def test_continuations_draw_other_batches_of_the_same_images():
    (first, held_out), (second, held_out_again) = drawn(0), drawn(1)
    assert not torch.equal(first.labels, second.labels)
    assert not torch.equal(first.images, second.images)
    assert torch.equal(held_out.images, held_out_again.images)
    assert torch.equal(drawn(1)[0].images, second.images)


def test_mixtures_and_layers_are_drawn_anew_too():
    first, *others = [draws_seed(RunOptions(seed=3, init=Path("first"), continuation=number)) for number in range(4)]
    assert first == 3
    assert len({first, *others}) == 4


def test_there_is_a_run_that_it_continues():
    with pytest.raises(UsageError, match="continuation is 1, and training begins with new weights: give init"):
        RunOptions(continuation=1)
