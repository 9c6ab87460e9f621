import pytest

from contentmix.errors import UsageError
from contentmix.training import LearningRate

THESIS = LearningRate("step", epochs=300, milestones=(100, 200, 225), warmup_epochs=1)


@pytest.mark.parametrize(
    ("epoch", "factor"), [(1, 1), (99.9, 1), (100, 0.1), (199, 0.1), (200, 0.01), (225, 0.001), (299, 0.001)]
)
def test_steps_of_the_cifar_recipe(epoch, factor):
    assert THESIS.factor(round(epoch * 10), 10) == pytest.approx(factor)


def test_warm_up_is_linear_over_one_epoch():
    assert [THESIS.factor(step, 4) for step in range(5)] == [0.25, 0.5, 0.75, 1.0, 1.0]


def test_cosine_is_half_at_half_time_and_ends_at_zero():
    cosine = LearningRate("cosine", epochs=10)
    assert cosine.factor(0, 10) == 1
    assert cosine.factor(50, 10) == pytest.approx(0.5)
    assert cosine.factor(100, 10) == pytest.approx(0, abs=1e-12)


def test_a_constant_rate_rises_and_stays():
    constant = LearningRate("constant", epochs=10, warmup_epochs=0.5)
    assert [constant.factor(step, 4) for step in (0, 1, 2, 100)] == [0.5, 1, 1, 1]


def test_a_cosine_rises_first_and_stays_at_zero():
    cosine = LearningRate("cosine", epochs=4, warmup_epochs=2)
    # Step 0 of 4 warm-up steps: 1/4. Step 3: 3/4 of it all, at epoch 1.5 of 4.
    assert cosine.factor(0, 2) == pytest.approx(0.25)
    assert cosine.factor(2, 2) == pytest.approx(0.75 * 0.5 * (1 + 2**-0.5))  # cos(pi / 4)
    assert cosine.factor(4, 2) == pytest.approx(0.5)
    assert cosine.factor(20, 2) == pytest.approx(0, abs=1e-12)


def test_gamma_is_the_decay_at_each_milestone():
    steps = LearningRate("step", epochs=9, milestones=(2.0, 3.5), gamma=0.5)
    assert [steps.factor(step, 2) for step in (3, 4, 6, 7, 17)] == [1, 0.5, 0.5, 0.25, 0.25]
    assert LearningRate("step", epochs=9, milestones=(1.0,)).factor(1, 1) == pytest.approx(0.1)


def test_a_schedule_begins_again_after_a_cycle():
    steps = LearningRate("step", epochs=9, milestones=(2.0,), cycle=3)
    assert [steps.factor(step, 2) for step in range(8)] == pytest.approx([1, 1, 1, 1, 0.1, 0.1, 1, 1])


def test_the_smallest_values_are_allowed():
    assert LearningRate("step", epochs=3, gamma=0.5, warmup_epochs=0).factor(0, 1) == 1


def test_cosine_may_end_after_training_stops():
    assert LearningRate("cosine", epochs=350).factor(300, 1) > 0


@pytest.mark.parametrize("wrong", [{"gamma": 0}, {"warmup_epochs": -1}])
def test_wrong_values_name_the_option(wrong):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        LearningRate("step", epochs=3, **wrong)
