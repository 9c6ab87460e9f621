"""How far members contradict each other."""

import math

import pytest
import torch

from contentmix.errors import UsageError
from contentmix.metrics import disagreement

SURE = 1e4


def test_by_hand():
    """Members (1/2, 1/2) and (1, 0): mean (3/4, 1/4), H = 0.562335; mean H = ln 2 / 2 = 0.346574; (0.215762) / ln 2 = 0.311278."""
    logits = torch.tensor([[[0.0, 0.0], [SURE, 0.0]]])
    assert disagreement(logits).item() == pytest.approx(0.311278, abs=1e-6)


@pytest.mark.parametrize(("members", "classes"), [(2, 5), (4, 4), (6, 3)])
def test_members_that_are_each_sure_of_another_class_disagree_wholly(members, classes):
    logits = SURE * torch.eye(classes)[torch.arange(members) % classes][None]
    assert disagreement(logits).item() == pytest.approx(1)


def test_members_that_say_the_same_agree_however_unsure_they_are():
    logits = torch.tensor([[0.0, 0.0, 0.0], [3.0, 1.0, -2.0], [SURE, 0.0, 0.0]])[:, None].repeat(1, 3, 1)
    assert disagreement(logits).tolist() == pytest.approx([0, 0, 0], abs=1e-12)


def test_it_is_the_mean_divergence_of_members_from_their_mean():
    """I = 1/m sum_i KL(p_i || mean), a sum over classes written out."""
    logits = torch.randn(5, 4, 3, generator=torch.Generator().manual_seed(0)).double()
    probs = logits.softmax(2)
    mean = probs.mean(1, keepdim=True)
    expected = (probs * (probs / mean).log()).sum(2).mean(1) / math.log(3)
    assert torch.allclose(disagreement(logits), expected)


def test_one_member_or_one_class_cannot_disagree():
    for shape in ((2, 1, 3), (2, 3, 1), (2, 3)):
        with pytest.raises(UsageError, match="2 members and 2 classes or more"):
            disagreement(torch.zeros(shape))
