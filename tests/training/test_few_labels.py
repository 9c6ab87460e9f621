"""Mean Teacher, FixMatch, and what MixMatch shares with them: terms by hand, and which parameters each reaches."""

import copy
import math

import pytest
import torch

from contentmix.batch import Batch
from contentmix.errors import UsageError
from contentmix.networks import WideResNet
from contentmix.training import FixMatch, MeanTeacher, MixMatch, Step
from tests.training.few_labels_cases import Table, batch, built, numbered


def test_mean_teacher_by_hand():
    third = math.log(3)
    # Class head and consistency head of image 0 (labelled) and image 1 (the student's view); image 2 is the teacher's.
    student = Table([[[0.0, third], [0.0, 0.0]], [[0.0, 0.0], [0.0, third]], [[9.0, 0.0], [9.0, 0.0]]], 2)
    teacher = Table([[[0.0, 0.0]] * 2, [[0.0, 0.0]] * 2, [[third, 0.0], [0.0, 0.0]]], 2)
    step = Step(0, 0, 0.0, 0.0, 2, average=teacher)
    terms = MeanTeacher(consistency=8.0, head_distance=2.0).loss(student, numbered([0], [1], [1], [2]), step).terms
    assert terms["supervised"].item() == pytest.approx(-math.log(3 / 4))
    # softmax (1/4, 3/4) of the consistency head against the teacher's (3/4, 1/4): 1/4.
    assert terms["consistency"].item() == pytest.approx(8.0 / 4)
    # Both images: the heads differ by (0, ln 3).
    assert terms["head_distance"].item() == pytest.approx(2.0 * third**2 / 2)


def test_fixmatch_by_hand():
    sure, unsure = math.log(99), math.log(3)
    table = Table([[[0.0, 0.0]], [[sure, 0.0]], [[0.0, unsure]], [[0.0, unsure]], [[0.0, 0.0]]], 1)
    # Weak views 1 (99 %) and 2 (75 %) teach strong views 3 and 4.
    losses = FixMatch(threshold=0.95, weight=3.0).loss(
        table, numbered([0], [0], [1, 2], [3, 4]), Step(0, 0, 0.0, 0.0, 2)
    )
    assert losses.terms["supervised"].item() == pytest.approx(math.log(2))
    assert losses.terms["pseudo_label"].item() == pytest.approx(3.0 * math.log(4) / 2)
    assert [float(x) for x in losses.shares["over_threshold"]] == [1.0, 2.0]
    assert losses.shares["pseudo_label_accuracy"][1] == 0  # nothing is known


def reached(network, term):
    network.zero_grad()
    term.backward(retain_graph=True)
    return {name for name, p in network.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0}


def test_gradients_of_mean_teacher():
    method = MeanTeacher()
    network, step = built(method)
    terms = method.loss(network, batch(), step).terms
    trunk = {name for name, _ in network.named_parameters() if name.startswith("backbone")}

    def heads(term):
        """Which heads a term moves: rows of the joint matrix."""
        names = reached(network, term)
        assert trunk <= names
        return [bool(half.abs().sum() > 0) for half in network.heads.linear.weight.grad.chunk(2)]

    assert heads(terms["supervised"]) == [True, False]
    assert heads(terms["consistency"]) == [False, True]
    assert heads(terms["head_distance"]) == [True, True]
    assert all(parameter.grad is None for parameter in step.average.parameters())


def test_the_teacher_keeps_its_buffers_and_its_mode():
    network, step = built(MeanTeacher())
    before = copy.deepcopy(step.average.state_dict())
    MeanTeacher().loss(network, batch(), step)
    assert all(torch.equal(value, before[name]) for name, value in step.average.state_dict().items())


@pytest.mark.parametrize("method", [MixMatch(ramp_steps=0), FixMatch(threshold=0.0)])
def test_every_term_of_the_others_reaches_all_parameters(method):
    network, step = built(method)
    for name, term in method.loss(network, batch(), step).terms.items():
        assert reached(network, term) == {each for each, _ in network.named_parameters()}, name


def test_no_gradient_into_pseudo_labels():
    # Apart, weak views touch no strong one: were there a gradient, the weak rows would have it.
    table = Table([[[0.0, 0.0]], [[9.0, 0.0]], [[0.0, 0.0]]], 1)
    loss = FixMatch().loss(table, numbered([0], [0], [1], [2]), Step(0, 0, 0.0, 0.0, 2))
    loss.terms["pseudo_label"].backward()
    assert table.rows.grad[1].abs().sum() == 0
    assert table.rows.grad[2].abs().sum() > 0


def test_accuracy_counts_what_is_known():
    labels = torch.tensor([[0], [-1], [1]]).expand(-1, 2)
    method = MeanTeacher()
    network, step = built(method)
    right, known = method.loss(network, batch(unlabelled=3, labels=labels), step).shares["pseudo_label_accuracy"]
    assert known == 2
    assert 0 <= right <= 2


def test_mean_teacher_needs_a_teacher_and_unlabelled_images():
    network, step = built(MeanTeacher())
    with pytest.raises(UsageError, match="no teacher"):
        MeanTeacher().loss(network, batch(), Step(0, 0, 0.0, 0.0, 3))
    with pytest.raises(UsageError, match="no unlabelled images"):
        MeanTeacher().loss(network, Batch(batch().images, batch().labels), step)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MeanTeacher(consistency=-1), "consistency is -1"),
        (lambda: MixMatch(temperature=0), "temperature is 0"),
        (lambda: MixMatch(guesses=0), "guesses is 0"),
        (lambda: MixMatch(alpha=0), "alpha is 0"),
        (lambda: FixMatch(threshold=1.5), "threshold is 1.5"),
    ],
)
def test_impossible_options(make, message):
    with pytest.raises(UsageError, match=message):
        make()


@pytest.mark.parametrize(
    ("method", "views", "size"),
    [
        (MeanTeacher(unlabelled_batch=9), ("weak", "weak"), 9),
        (FixMatch(unlabelled_batch=9), ("weak", "strong"), 9),
        (MixMatch(unlabelled_batch=9, guesses=3), ("weak",) * 3, 9),
        (MixMatch(), ("weak",) * 2, 5),
    ],
)
def test_batches_have_the_views_that_a_method_compares(method, views, size):
    plan = method.plan(5)
    assert (plan.batch_size, plan.unlabelled.batch_size, plan.unlabelled.views) == (5, size, views)
    network = method.build(WideResNet(10, 1, 3), 3)
    assert network(torch.zeros(2, 3, 8, 8)).shape == (2, 2 if isinstance(method, MeanTeacher) else 1, 3)


@pytest.mark.parametrize("method", [MeanTeacher, FixMatch, MixMatch])
@pytest.mark.parametrize("mode", ["joint", "separate", "interleaved"])
def test_statistics_are_shared_as_asked(method, mode):
    network, step = built(method())
    sizes = []
    network.backbone.register_forward_pre_hook(lambda _, inputs: sizes.append(len(inputs[0])))
    method(batch_norm=mode).loss(network, batch(), step)
    groups = [4, 6] if method is MeanTeacher else [4, 6, 6]
    if method is MixMatch:
        assert sizes[:2] == [6, 6]  # the guesses
    count, total = len(groups), sum(groups)
    shares = [len(range(first, total, count)) for first in range(count)]
    expected = {"joint": [total], "separate": groups, "interleaved": shares}[mode]
    assert sizes[2 if method is MixMatch else 0 :] == expected


def test_pseudo_labels_are_counted_where_sure_and_known():
    table = Table([[[0.0, 0.0]], [[9.0, 0.0]], [[0.0, 9.0]], [[0.0, 0.0]]], 1)
    given = numbered([0], [0], [1, 2, 3], [1, 2, 3])
    # Sure guesses are 0 and 1, the truth is 0 and 0; the third is unsure.
    given.unlabelled.labels[:] = 0
    shares = FixMatch().loss(table, given, Step(0, 0, 0.0, 0.0, 2)).shares
    assert [int(x) for x in shares["over_threshold"]] == [2, 3]
    assert [int(x) for x in shares["pseudo_label_accuracy"]] == [1, 2]
    assert shares["over_threshold"][1].dtype == torch.int64


def test_accuracy_of_a_teacher_is_that_of_its_class_head():
    teacher = Table([[[0.0, 9.0], [9.0, 0.0]]] * 3, 2)
    given = numbered([0], [0], [1, 2], [1, 2])
    given.unlabelled.labels[:] = torch.tensor([[1], [0]])
    shares = MeanTeacher().loss(teacher, given, Step(0, 0, 0.0, 0.0, 2, average=teacher)).shares
    assert [int(x) for x in shares["pseudo_label_accuracy"]] == [1, 2]
