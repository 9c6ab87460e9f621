"""Draws of a step, losses of several terms, and inputs that are mixed themselves."""

from dataclasses import replace

import pytest
import torch

from contentmix.batch import Batch
from contentmix.keys import keyed_generator
from contentmix.mixing import cutmix, cutmix_mixup, mixup
from contentmix.training import Losses, Step, Supervised
from contentmix.training.inputs import mixed_inputs

STEP = Step(seed=3, index=7, progress=0.5, epoch=1.0, classes=5, rank=2)


def drawn(generator):
    return torch.randint(2**40, (), generator=generator).item()


def test_draws_are_keyed_by_seed_step_and_purpose_and_by_the_rank_where_asked():
    assert drawn(STEP.generator("mixture")) == drawn(keyed_generator(3, "mixture", 7))
    assert drawn(STEP.generator("mixture", per_rank=True)) == drawn(keyed_generator(3, "mixture", 7, "rank", 2))
    assert drawn(replace(STEP, rank=0).generator("mixture")) == drawn(STEP.generator("mixture"))
    different = [STEP, replace(STEP, seed=4), replace(STEP, index=8)]
    assert len({drawn(step.generator(word)) for step in different for word in ("mixture", "cutmix")}) == 6


def test_draws_are_made_on_the_cpu_by_seed_step_and_purpose():
    first = STEP.generator("mixture")
    assert first.device == torch.device("cpu")
    drawn = {
        each.initial_seed() for each in (first, STEP.generator("views"), replace(STEP, index=5).generator("mixture"))
    }
    assert len(drawn) == 3
    assert STEP.generator("mixture").initial_seed() == first.initial_seed()


def test_a_loss_is_the_sum_of_its_terms_and_its_shares_add_up():
    first = torch.tensor(2.0, requires_grad=True)
    losses = Losses({"a": first, "b": torch.tensor(3.0)}, {"right": (torch.tensor(4), torch.tensor(8))})
    assert losses.total.item() == 5
    sums = losses.sums()
    assert {name: each.tolist() for name, each in sums.items()} == {"loss_a": [2, 1], "loss_b": [3, 1], "right": [4, 8]}
    assert not sums["loss_a"].requires_grad
    assert sums["right"].dtype == torch.float32
    assert Losses({"a": first}).sums().keys() == {"loss_a"}


def test_a_method_that_says_nothing_else_is_one_training_of_one_part():
    plain = Supervised()
    assert (plain.parts, plain.training_cycles, plain.needs_init, plain.alarms) == ((), 1, False, ())
    assert plain.callbacks(None, 1, 0) == []


def batch(size=6, members=2):
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(5, (size, members), generator=generator)
    return Batch(torch.randn(size, members, 3, 8, 8, generator=generator), labels)


@pytest.mark.parametrize(("name", "builder"), [("mixup", mixup), ("cutmix", cutmix), ("cutmix-mixup", cutmix_mixup)])
def test_members_inputs_are_mixed_with_one_another(name, builder):
    given = batch()
    for index in range(3):  # cutmix mixes every other batch
        step = replace(STEP, index=index)
        images, targets = mixed_inputs(given, name, 0.1, step)
        expected, wanted = builder(5, smoothing=0.1)(
            given.images.reshape(12, 3, 8, 8), given.labels.reshape(12), generator=step.generator("mix", per_rank=True)
        )
        assert torch.equal(images, expected.view(6, 2, 3, 8, 8))
        assert torch.equal(targets, wanted.view(6, 2, 5))


def test_inputs_that_are_not_mixed_have_smooth_labels():
    given = batch()
    images, targets = mixed_inputs(given, "none", 0.1, STEP)
    assert images is given.images
    expected = 0.9 * torch.nn.functional.one_hot(given.labels, 5) + 0.02
    torch.testing.assert_close(targets, expected)
