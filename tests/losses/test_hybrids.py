"""Losses of generators and of classifiers on hybrids."""

import math

import pytest
import torch

from contentmix import UsageError
from contentmix.losses import contradict_loss, critic_loss, generator_loss, gradient_penalty, sample_distance


def test_distances_are_norms_of_samples():
    values, targets = torch.tensor([[[3.0, 0.0], [0.0, 4.0]], [[1.0, 1.0], [1.0, 1.0]]]), torch.zeros(2, 2, 2)
    assert sample_distance(values, targets).tolist() == [5.0, 2.0]


def test_a_perfect_reconstruction_has_no_gradient():
    values = torch.ones(2, 3, requires_grad=True)
    sample_distance(values, torch.ones(2, 3)).sum().backward()
    assert values.grad.eq(0).all()


def test_the_game_of_generator_and_critic_by_hand():
    # Logits of 0 and log 3: probabilities 1/2 and 3/4.
    logits = torch.tensor([0.0, math.log(3)])
    torch.testing.assert_close(generator_loss(logits), torch.tensor([math.log(2), math.log(4 / 3)]))
    expected = (math.log(2) + math.log(4 / 3)) / 2 + (math.log(2) + math.log(4)) / 2
    torch.testing.assert_close(critic_loss(logits, logits), torch.tensor(expected))


def test_contradiction_by_hand():
    hybrid, content, context = torch.tensor([[1.0, 2.0]]), torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 10.0]])
    # Targets 0.9 * 2 + 0 = 1.8 and 0 + 0.1 * 10 = 1: squares 0.64 and 1.
    torch.testing.assert_close(contradict_loss(hybrid, content, context), torch.tensor([0.82]))


def test_certain_hybrids_may_be_of_their_content_alone():
    # alpha = 1: the target is the content's (2, 0), whatever the context: squares 1 and 4.
    hybrid, content, context = torch.tensor([[1.0, 2.0]]), torch.tensor([[2.0, 0.0]]), torch.tensor([[7.0, 10.0]])
    torch.testing.assert_close(contradict_loss(hybrid, content, context, 1), torch.tensor([2.5]))


def test_mixtures_have_shares_of_their_own():
    # Shares 0.25 and 1 of (4, 0) against (0, 4): targets (1, 3) and (4, 0); squares 1 + 9, 16 + 0, over 2.
    content, context = torch.tensor([[4.0, 0.0]] * 2), torch.tensor([[0.0, 4.0]] * 2)
    found = contradict_loss(torch.zeros(2, 2), content, context, torch.tensor([0.25, 1.0]))
    torch.testing.assert_close(found, torch.tensor([5.0, 8.0]))


def test_parents_are_targets():
    hybrid, content, context = (torch.randn(2, 3, requires_grad=True) for _ in range(3))
    contradict_loss(hybrid, content, context).sum().backward()
    assert hybrid.grad is not None
    assert content.grad is None
    assert context.grad is None


@pytest.mark.parametrize("alpha", [0.5, 1.2])
def test_a_share_outside_its_range_is_named(alpha):
    with pytest.raises(UsageError, match=f"alpha is {alpha}"):
        contradict_loss(torch.zeros(1, 2), torch.zeros(1, 2), torch.zeros(1, 2), alpha)


def test_distances_between_different_things_are_named():
    with pytest.raises(UsageError, match=r"values \(2, 3\) and targets \(2, 4\) differ"):
        sample_distance(torch.zeros(2, 3), torch.zeros(2, 4))


def test_the_gradient_penalty_by_hand():
    """A critic w . x has the gradient w in every image: the penalty is weight / 2 |w|^2, whatever the images and their number.

    |w|^2 = 1 + 4 + 4 = 9 and weight 0.5: 0.25 * 9 = 2.25, and its derivative by w is weight * w = 0.5 * (1, 2, -2).
    """
    critic = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3, 1))
    critic[1].weight.data = torch.tensor([[1.0, 2.0, -2.0]])
    loss = gradient_penalty(critic, torch.randn(5, 3, 1, 1), 0.5)
    torch.testing.assert_close(loss, torch.tensor(2.25))
    loss.backward()
    torch.testing.assert_close(critic[1].weight.grad, torch.tensor([[0.5, 1.0, -1.0]]))


def test_the_gradient_penalty_is_a_mean_over_images():
    """A critic |x|^2 has the gradient 2x: of (1, 0) and (1, 2) with weight 1, (4 / 2 + 20 / 2) / 2 = 6."""

    class Square(torch.nn.Module):
        def forward(self, images):
            return images.square().sum((1, 2, 3))

    images = torch.tensor([[1.0, 0.0], [1.0, 2.0]]).view(2, 1, 1, 2)
    torch.testing.assert_close(gradient_penalty(Square(), images, 1.0), torch.tensor(6.0))


def test_the_gradient_penalty_is_in_single_precision_whatever_the_network_computes_in():
    # Weights 0.1, 0.2 and 0.3, which bfloat16 does not hold: half of the sum of their squares.
    critic = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3, 1))
    with torch.no_grad():
        critic[1].weight.copy_(torch.tensor([[0.1, 0.2, 0.3]]))
    images = torch.randn(4, 3, 1, 1)
    plain = gradient_penalty(critic, images, 1.0)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = gradient_penalty(critic, images.bfloat16(), 1.0)
    assert plain.item() == pytest.approx(0.07, rel=1e-5)
    assert mixed.item() == pytest.approx(0.07, rel=1e-5)
