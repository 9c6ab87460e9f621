"""An evaluation: every figure of a run, of several runs together, and what they cost."""

import math

import pytest
import torch

from contentmix import MemberLogits, cost, ensemble_log_probs, evaluate, join, ratio_error
from contentmix.errors import DataError, UsageError
from contentmix.metrics import calibrated_nll


def member_logits(wrong):
    """Two-class logits of members that err on the given images, all labels 0."""
    logits = torch.zeros(6, len(wrong), 2, device="cpu")
    logits[..., 0] = 1
    for member, images in enumerate(wrong):
        logits[images, member] = torch.tensor([0.0, 1.0], device="cpu")
    return logits


def test_ratio_error_is_errors_of_one_per_error_of_both():
    labels = torch.zeros(6, dtype=torch.long)
    # Member 0 errs on 0 1 2, member 1 on 2 3: three by one only, one by both.
    assert ratio_error(member_logits([[0, 1, 2], [2, 3]]), labels) == 3
    # A third errs on 1 2: pairs 3/1, (0,2): 1/2, (1,2): 2/1; mean 5.5 / 3.
    assert ratio_error(member_logits([[0, 1, 2], [2, 3], [1, 2]]), labels) == pytest.approx(5.5 / 3)
    assert math.isnan(ratio_error(member_logits([[0]]), labels))
    assert ratio_error(member_logits([[0], [1]]), labels) == math.inf


def test_an_evaluation_holds_every_figure_and_is_plain_json():
    import json

    generator = torch.Generator().manual_seed(0)
    predictions = MemberLogits(torch.randn(50, 3, 7, generator=generator), torch.randint(7, (50,), generator=generator))
    figures = evaluate(predictions).to_dict()
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
    assert figures["members"] == 3
    assert len(figures["member_top1"]) == 3
    assert figures["top5"] > figures["top1"]
    assert figures["nll_c"] < figures["nll"]  # random logits are overconfident


def test_an_evaluation_by_hand():
    """Two members, three images, six classes; a logit of 5 on the class that a member guesses."""
    own = torch.tensor([[0, 0], [1, 2], [3, 3]])  # what the members guess
    logits = 5 * torch.nn.functional.one_hot(own, 6).float()
    labels = torch.tensor([0, 1, 4])
    figures = evaluate(MemberLogits(logits, labels), "probabilities")
    assert (figures.images, figures.members, figures.average) == (3, 2, "probabilities")
    # Image 1: members disagree; classes 1 and 2 tie, 1 comes first. Image 2: its class 4 ties with 0, 1, 2 and 5 behind 3: fifth.
    assert figures.top1 == pytest.approx(200 / 3)
    assert figures.top5 == 100
    assert figures.member_top1 == pytest.approx((200 / 3, 100 / 3))
    assert figures.member_top1_mean == pytest.approx(50)
    assert figures.d_re == 1  # only member 1 errs on image 1, both on image 2
    sure, rest = math.exp(5) / (math.exp(5) + 5), 1 / (math.exp(5) + 5)
    half = (sure + rest) / 2
    assert figures.nll == pytest.approx(-(math.log(sure) + math.log(half) + math.log(rest)) / 3)
    # Two images at confidence ``sure``, one right; one at ``half``, right.
    assert figures.ece == pytest.approx(2 / 3 * (sure - 1 / 2) + 1 / 3 * (1 - half), abs=1e-6)
    plain = figures.to_dict()
    assert list(plain) == [
        "images", "members", "average", "top1", "top5", "nll", "nll_c", "temperatures", "ece", "member_top1",
        "member_top1_mean", "d_re", "reliability",
    ]  # fmt: skip
    assert plain["d_re"] == 1
    assert plain["temperatures"] == list(figures.temperatures)
    assert len(figures.temperatures) == 2
    bins = plain["reliability"]
    assert list(bins) == ["confidence", "accuracy", "count"]
    assert bins["count"] == [0] * 7 + [1] + [0] * 6 + [2]
    assert bins["accuracy"] == [None] * 7 + [1.0] + [None] * 6 + [0.5]
    assert bins["confidence"][7] == pytest.approx(half)
    assert bins["confidence"][0] is None


def test_what_is_not_finite_is_null():
    figures = evaluate(MemberLogits(torch.zeros(1, 1, 5), torch.tensor([0])))
    assert math.isnan(figures.d_re)
    assert figures.to_dict()["d_re"] is None


def test_few_classes_have_no_top5_and_one_image_no_calibration():
    figures = evaluate(MemberLogits(torch.zeros(1, 1, 5), torch.tensor([0])))
    assert figures.top5 is None
    assert figures.nll_c is None
    assert figures.temperatures == ()
    assert evaluate(MemberLogits(torch.zeros(1, 1, 6), torch.tensor([5]))).top5 == 0  # the last of six
    assert evaluate(MemberLogits(torch.zeros(2, 1, 5), torch.tensor([0, 0]))).nll_c == pytest.approx(math.log(5))
    assert evaluate(MemberLogits(torch.zeros(1, 1, 1), torch.tensor([0]))).top1 == 100
    with pytest.raises(UsageError, match="calibrated NLL of 1 image"):
        calibrated_nll(torch.zeros(1, 5), torch.tensor([0]))


def test_runs_are_joined_into_one_ensemble():
    labels = torch.arange(4)
    joined = join([MemberLogits(torch.zeros(4, 2, 5), labels), MemberLogits(torch.ones(4, 3, 5), labels)])
    assert joined.logits.shape == (4, 5, 5)
    assert joined.logits[0, :, 0].tolist() == [0, 0, 1, 1, 1]
    assert torch.equal(joined.labels, labels)
    assert torch.equal(join([joined]).logits, joined.logits)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: join([]), UsageError, "no predictions"),
        (
            lambda: join(
                [MemberLogits(torch.zeros(4, 1, 5), torch.zeros(4)), MemberLogits(torch.zeros(3, 1, 5), torch.zeros(3))]
            ),
            UsageError,
            "predictions 1 are of 4 images, predictions 2 of 3",
        ),
        (
            lambda: join(
                [MemberLogits(torch.zeros(4, 1, 5), torch.zeros(4)), MemberLogits(torch.zeros(4, 1, 6), torch.zeros(4))]
            ),
            UsageError,
            "predictions 1 are of 5 classes, predictions 2 of 6: an ensemble needs the same classes",
        ),
        (
            lambda: join(
                [MemberLogits(torch.zeros(2, 1, 5), torch.zeros(2)), MemberLogits(torch.zeros(2, 1, 5), torch.ones(2))]
            ),
            UsageError,
            "differ for 2 of 2 images",
        ),
        (lambda: evaluate(MemberLogits(torch.zeros(0, 1, 5), torch.zeros(0).long())), UsageError, "are empty"),
        (lambda: evaluate(MemberLogits(torch.zeros(2, 5), torch.zeros(2).long())), UsageError, r"must be \(n, m, k\)"),
        (
            lambda: evaluate(MemberLogits(torch.zeros(2, 1, 5), torch.tensor([0, 5]))),
            DataError,
            "labels run from 0 to 5",
        ),
        (
            lambda: evaluate(MemberLogits(torch.full((2, 1, 5), math.nan), torch.tensor([0, 1]))),
            DataError,
            "2 of 2 images are NaN",
        ),
        (
            lambda: ensemble_log_probs(torch.zeros(2, 1, 5), "votes"),
            UsageError,
            "unknown average 'votes'.*logits, probabilities",
        ),
        (lambda: ensemble_log_probs(torch.zeros(2, 5)), UsageError, r"logits have shape \(2, 5\)"),
    ],
)
def test_what_cannot_be_scored_is_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_cost_counts_multiply_adds_per_image_and_restores_the_mode():
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3, padding=1, bias=False), torch.nn.Flatten(), torch.nn.Linear(4 * 25, 2)
    )
    network.train()
    price = cost(network, network, torch.zeros(2, 3, 5, 5))
    assert price.flops == 3 * 4 * 9 * 25 + 4 * 25 * 2
    assert isinstance(price.flops, int)
    assert price.parameters == 3 * 4 * 9 + 4 * 25 * 2 + 2
    assert network.training


def test_cost_leaves_parameters_frozen_or_trained_as_they_were():
    network = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 2))
    network[0].requires_grad_(False)
    cost(network, network, torch.zeros(1, 4))
    assert [parameter.requires_grad for parameter in network.parameters()] == [False, False, True, True]
    for nothing in (torch.zeros(()), torch.zeros(0, 4)):
        with pytest.raises(UsageError, match="give one image or more"):
            cost(network, network, nothing)
    assert (
        cost(network, network, torch.zeros(4)).flops == (4 * 4 + 4 * 2) // 4
    )  # a row counts as a batch of its entries
