"""Every figure against a value worked out by hand."""

import math

import pytest
import torch

from contentmix import MemberLogits, ensemble_log_probs, evaluate, expected_calibration_error, join, ratio_error
from contentmix.errors import UsageError
from contentmix.metrics import (
    calibrated_nll,
    correct,
    fit_temperature,
    halves,
    nll,
    reliability,
    temperature,
    tempered,
    top_k_accuracy,
)
from tests.metrics.test_evaluation import member_logits

LN3 = math.log(3)


def test_top_k_gives_no_credit_for_ties_beyond_the_first():
    scores = torch.tensor([[0.5, 0.5, 0.0], [0.0, 0.0, 0.0]])
    assert correct(scores, torch.tensor([1, 2])).tolist() == [False, False]
    assert correct(scores, torch.tensor([1, 2]), 2).tolist() == [True, False]
    assert top_k_accuracy(torch.eye(4), torch.tensor([0, 1, 2, 0])) == 75
    assert top_k_accuracy(scores, torch.tensor([2, 2]), 3) == 100
    for top in (0, 4):
        with pytest.raises(UsageError, match=f"top is {top}: with 3 classes choose 1 to 3"):
            correct(scores, torch.tensor([1, 2]), top)


def test_nll_in_nats():
    # -(ln 3/4 + ln 1/4) / 2
    log_probs = torch.tensor([[LN3, 0.0]]).log_softmax(-1).expand(2, -1)
    assert nll(log_probs, torch.tensor([0, 1])) == pytest.approx(-(math.log(0.75) + math.log(0.25)) / 2)


def test_members_are_averaged_in_logits_or_in_probabilities():
    logits = torch.tensor([[[LN3, 0.0], [0.0, LN3]]])  # (3/4, 1/4) and (1/4, 3/4)
    logits = torch.cat([logits, torch.tensor([[[2 * LN3, 0.0], [0.0, 0.0]]])])  # (9/10, 1/10) and (1/2, 1/2)
    by_logits, by_probabilities = (ensemble_log_probs(logits, rule).exp() for rule in ("logits", "probabilities"))
    torch.testing.assert_close(by_logits, torch.tensor([[0.5, 0.5], [0.75, 0.25]]))  # mean logits (ln 3, 0)
    torch.testing.assert_close(by_probabilities, torch.tensor([[0.5, 0.5], [0.7, 0.3]]))


def test_three_members_of_two_classes_are_averaged_over_members():
    # Probabilities 3/4, 3/4, 9/10 of the first class: their mean is 0.8.
    logits = torch.tensor([[[LN3, 0.0], [LN3, 0.0], [2 * LN3, 0.0]]])
    torch.testing.assert_close(ensemble_log_probs(logits, "probabilities").exp(), torch.tensor([[0.8, 0.2]]))
    torch.testing.assert_close(ensemble_log_probs(logits), torch.tensor([[4 / 3 * LN3, 0.0]]).log_softmax(-1))


def test_a_network_of_one_member_counts_as_much_as_one_of_two():
    # One of odds 9; members of odds 3 and 1/3, whose mean is 0 in logits and (1/2, 1/2) in probabilities.
    label = torch.tensor([0])
    one = MemberLogits(torch.tensor([[[2 * LN3, 0.0]]]), label)
    two = MemberLogits(torch.tensor([[[LN3, 0.0], [-LN3, 0.0]]]), label)
    for joined, weights in ((join([one, two]), [1 / 2, 1 / 4, 1 / 4]), (join([two, one]), [1 / 4, 1 / 4, 1 / 2])):
        torch.testing.assert_close(joined.weights, torch.tensor(weights))
        # The mean of 2 ln 3 and 0 is ln 3, odds of 3; of every member alike it would be 2/3 ln 3.
        assert evaluate(joined).nll == pytest.approx(-math.log(0.75), rel=1e-6)
        # The mean of 9/10 and 1/2.
        assert evaluate(joined, "probabilities").nll == pytest.approx(-math.log(0.7), rel=1e-6)
    assert join([join([one, two]), one]).groups == (1, 2, 1), "networks count alike, however they were joined"
    assert join([two, two]).weights is None
    assert two.weights is None
    spoilt = MemberLogits(two.logits, label, (1, 2))
    with pytest.raises(UsageError, match=r"groups are \(1, 2\): they must be 1 or more each and sum to 2 members"):
        evaluate(spoilt)


@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16])
def test_half_precision_is_averaged_in_single_and_double_stays_double(precision):
    logits = torch.tensor([[[1.0, 0.0], [2.0, 0.0]]])
    single = ensemble_log_probs(logits.to(precision))
    assert single.dtype == torch.float32
    torch.testing.assert_close(single, torch.tensor([[1.5, 0.0]]).log_softmax(-1))
    assert ensemble_log_probs(logits.double()).dtype == torch.float64


def test_ece_with_confidence_one_in_the_last_bin():
    # Three images at confidence 1.0, two right: |2/3 - 1|. One at 0.62, right: |1 - 0.62|. Weights 3/4 and 1/4.
    probs = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.62, 0.38]])
    labels = torch.tensor([0, 0, 0, 0])
    assert expected_calibration_error(probs, labels) == pytest.approx(0.75 / 3 + 0.25 * 0.38)
    bins = reliability(probs, labels)
    assert bins.count.sum() == 4
    assert bins.count[-1] == 3


def test_a_bin_holds_its_upper_edge():
    probs = torch.tensor([[0.6, 0.4], [0.61, 0.39]], dtype=torch.float64)
    assert reliability(probs, torch.tensor([0, 0]), bins=10).count.tolist() == [0, 0, 0, 0, 0, 1, 1, 0, 0, 0]


def test_every_bin_holds_its_upper_edge():
    confidence = torch.linspace(0, 1, 11, dtype=torch.float64)[5:]
    probs = torch.stack([confidence, 1 - confidence], 1)
    assert reliability(probs, torch.zeros(6, dtype=torch.long), bins=10).count.tolist() == [0] * 4 + [1] * 6


def test_calibration_takes_what_rounding_leaves_of_one_and_no_more():
    label = torch.tensor([0])
    assert reliability(torch.tensor([[1 + 5e-6, 0.0]]), label).count[-1] == 1
    for wrong in (1 + 1e-4, 1.5):
        with pytest.raises(UsageError, match="give probabilities"):
            reliability(torch.tensor([[wrong, 0.0]]), label)
    with pytest.raises(UsageError, match="bins is 0"):
        reliability(torch.tensor([[1.0, 0.0]]), label, 0)
    with pytest.raises(UsageError, match="^no image to calibrate"):
        reliability(torch.zeros(0, 2), torch.zeros(0, dtype=torch.long))


def test_figures_are_made_where_the_predictions_are_whatever_the_default_device():
    probs, labels = torch.tensor([[0.9, 0.1], [0.4, 0.6]]), torch.tensor([0, 0])
    with torch.device("meta"):
        assert correct(probs, labels).tolist() == [True, False]
        assert reliability(probs, labels).count.sum() == 2
        assert ratio_error(member_logits([[0], [0, 1]]), torch.zeros(6, dtype=torch.long, device="cpu")) == 1


def test_calibration_has_fifteen_bins_and_as_many_as_asked():
    # 0.61 and 0.66 share a bin of fifteen, (9/15, 10/15], and of one; not of sixteen or twenty. One of the two is right.
    probs, labels = torch.tensor([[0.61, 0.39], [0.66, 0.34]], dtype=torch.float64), torch.tensor([0, 1])
    assert len(reliability(probs, labels).count) == 15
    assert expected_calibration_error(probs, labels) == pytest.approx(0.635 - 0.5)
    assert expected_calibration_error(probs, labels, 1) == pytest.approx(0.635 - 0.5)
    for bins in (16, 20):
        assert expected_calibration_error(probs, labels, bins) == pytest.approx((0.39 + 0.66) / 2)


def test_calibration_wants_probabilities():
    with pytest.raises(UsageError, match="give probabilities, not logits"):
        expected_calibration_error(torch.tensor([[3.0, -1.0]]), torch.tensor([0]))


def test_temperature_of_an_overconfident_network():
    # Logits (2 ln 3, 0) claim 9/10; 3 of 4 are right, which (ln 3, 0) would claim: T = 2.
    scores = torch.tensor([[2 * LN3, 0.0]]).expand(4, -1)
    assert fit_temperature(scores, torch.tensor([0, 0, 0, 1])) == pytest.approx(2, rel=2e-6)


def test_scores_are_brought_to_double_precision_once(monkeypatch):
    kinds = []
    monkeypatch.setattr(
        temperature, "tempered", lambda scores, at: (kinds.append(scores.dtype), tempered(scores, at))[1]
    )
    fit_temperature(torch.tensor([[1.0, 0.0]] * 2), torch.tensor([0, 1]))
    assert set(kinds) == {torch.float64}


def test_calibrated_nll_scores_each_half_with_the_other_halfs_temperature():
    # Half A is right 3 times of 4 (T_A = 2), half B 9 of 10... as 4 images: always right at 1/2 confidence does not move T.
    first, second = halves(16)
    scores = torch.tensor([[2 * LN3, 0.0]]).repeat(16, 1)
    labels = torch.zeros(16, dtype=torch.long)
    labels[first[:2]] = 1  # A: 6 of 8 right, T_A = 2
    labels[second[:4]] = 1  # B: 4 of 8 right: T_B is the hottest allowed, probabilities near 1/2
    scored = calibrated_nll(scores, labels)
    assert scored.temperatures == (pytest.approx(2, rel=1e-3), pytest.approx(20, rel=1e-3))

    def expected(wrong, temperature):  # mean over 8 images, ``wrong`` of them wrong, at odds 9 ** (1 / T)
        odds = 9 ** (1 / temperature)
        return -((8 - wrong) * math.log(odds / (1 + odds)) + wrong * math.log(1 / (1 + odds))) / 8

    assert scored.value == pytest.approx((expected(2, 20) + expected(4, 2)) / 2, rel=1e-4)


def test_halves_share_all_images_and_depend_on_their_number_only():
    first, second = halves(11)
    assert sorted([*first.tolist(), *second.tolist()]) == list(range(11))
    assert (len(first), len(second)) == (5, 6)
    assert torch.equal(halves(11)[0], first)
    # A golden value: other halves are other calibrated figures of every network.
    assert halves(8)[0].tolist() == [0, 1, 2, 6]
