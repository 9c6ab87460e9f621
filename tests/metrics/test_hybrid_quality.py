"""Quality of hybrids by hand."""

import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from contentmix import UsageError
from contentmix.metrics import hybrid_quality, probe_accuracy


def constant(*values):
    return torch.tensor(values, dtype=torch.float32).view(-1, 1, 1, 1).expand(-1, 1, 2, 2)


CONTENT, CONTEXT = constant(0, 0, 0, 0, 0), constant(1, 1, 1, 1, 1)
HYBRIDS = constant(0.9, 0.8, 0.2, 0.6, 0.1)
# The last pair is of one class and is not measured.
LABELS = (torch.tensor([0, 0, 1, 1, 2]), torch.tensor([1, 2, 0, 0, 2]))


def test_figures_by_hand():
    quality = hybrid_quality(
        HYBRIDS, CONTENT, CONTEXT, LABELS,
        oracle=torch.tensor([0, 2, 1, 2, 2]),
        judged=torch.tensor([0, 0, 1, 0, 2]),
        codes=(HYBRIDS, CONTENT, CONTEXT),
    )  # fmt: skip
    assert quality.pairs == 4
    assert quality.s_c == 50  # the first and the third
    assert quality.given_to_context == 25  # the second is seen as class 2, that of its context
    assert quality.accepted == 75
    assert quality.s_r == 75  # 0.9, 0.8 and 0.6 are nearer to 1
    assert quality.s_r_code == 75
    # Mean squares of the four: (0.81 + 0.64 + 0.04 + 0.36) / (0.01 + 0.04 + 0.64 + 0.16).
    assert quality.distance_ratio == pytest.approx(1.85 / 0.85)
    assert quality.background is None


def test_the_background_is_what_is_in_no_object():
    """Objects cover the upper row of either parent; below it the hybrid is its context, by four fifths."""
    hybrids = torch.tensor([[[[0.0, 0.0], [0.8, 0.8]]]])
    upper = torch.tensor([[[True, True], [False, False]]])
    labels = (torch.tensor([0]), torch.tensor([1]))
    arguments = (hybrids, CONTENT[:1], CONTEXT[:1], labels, torch.tensor([0]))
    below = hybrid_quality(*arguments, masks=(upper, upper))
    assert below.background == 100
    assert below.background_ratio == pytest.approx(0.8**2 / 0.2**2)
    above = hybrid_quality(*arguments, masks=(~upper, ~upper))
    assert (above.background, above.background_ratio) == (0, 0)


def test_contexts_whose_class_is_not_known_are_measured_and_not_compared_with():
    """All five pairs count: the oracle is right on the first, the third and the last."""
    hidden = (LABELS[0], torch.full((5,), -1))
    quality = hybrid_quality(HYBRIDS, CONTENT, CONTEXT, hidden, oracle=torch.tensor([0, 2, 1, 2, 2]))
    assert (quality.pairs, quality.given_to_context) == (5, None)
    assert quality.s_c == pytest.approx(60)


def test_a_ratio_to_no_distance_is_none():
    quality = hybrid_quality(CONTEXT, CONTENT, CONTEXT, LABELS, LABELS[0], codes=(CONTEXT, CONTENT, CONTEXT))
    assert (quality.s_r_code, quality.distance_ratio) == (100, None)


def test_pairs_of_one_class_say_nothing():
    same = (torch.tensor([1]), torch.tensor([1]))
    with pytest.raises(UsageError, match="pairs of different classes"):
        hybrid_quality(HYBRIDS[:1], CONTENT[:1], CONTEXT[:1], same, torch.tensor([1]))


def test_a_probe_finds_a_class_in_a_code_of_any_size():
    torch.manual_seed(0)
    labels = torch.arange(200) % 2
    codes = torch.cat([1e-4 * (2.0 * labels[:, None] - 1), 100 * torch.randn(200, 3)], 1)
    assert probe_accuracy((codes, labels), (codes, labels)) == 100


def test_a_probe_finds_what_is_linear_and_nothing_in_noise():
    torch.manual_seed(0)
    labels = torch.arange(400) % 4
    readable = torch.nn.functional.one_hot(labels, 4).float()[:, :, None, None] + 0.05 * torch.randn(400, 4, 1, 1)
    noise = torch.randn(400, 4, 1, 1)
    assert probe_accuracy((readable[:200], labels[:200]), (readable[200:], labels[200:])) > 99
    assert probe_accuracy((noise[:200], labels[:200]), (noise[200:], labels[200:])) < 45


def test_codes_may_be_vectors_and_figures_have_names():
    """Codes of two numbers: squares of distances to content and context 4 + 1 and 1 + 0 of the only pair of two classes."""
    codes = torch.tensor([[2.0, 1.0]]), torch.tensor([[0.0, 0.0]]), torch.tensor([[1.0, 1.0]])
    middle = constant(0.5)
    labels = (torch.tensor([0]), torch.tensor([1]))
    quality = hybrid_quality(middle, CONTENT[:1], CONTEXT[:1], labels, torch.tensor([0]), codes=codes)
    assert quality.to_dict() == {
        "pairs": 1, "s_c": 100, "given_to_context": 0, "accepted": None,
        "s_r": 0,  # in the middle of both it is not nearer to its context
        "s_r_code": 100, "distance_ratio": 5, "background": None, "background_ratio": None,
    }  # fmt: skip


def test_the_probe_is_logistic_regression_of_standardised_codes_as_scikit_learn_has_it():
    """Classes that overlap, a scale of its own for each code, one code that says nothing: 3 of 500 may fall on another side."""
    generator = torch.Generator().manual_seed(0)
    centres, labels = torch.randn(4, 6, generator=generator), torch.arange(1000) % 4
    codes = (centres[labels] + torch.randn(1000, 6, generator=generator)) * torch.tensor([1.0, 10, 0.1, 1, 5, 0])
    theirs = make_pipeline(StandardScaler(), LogisticRegression()).fit(codes[:500].numpy(), labels[:500].numpy())
    expected = 100 * theirs.score(codes[500:].numpy(), labels[500:].numpy())
    found = probe_accuracy((codes[:500], labels[:500]), (codes[500:], labels[500:]))
    assert 40 < expected < 95, "else any classifier would do"
    assert found == pytest.approx(expected, abs=0.6)
