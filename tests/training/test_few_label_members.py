"""Several subnetworks that learn from few labels: terms by hand, whose input each is taught, and what one member is."""

import copy
import math
from dataclasses import dataclass, replace

import pytest
import torch
from torch import nn

from contentmix.batch import Batch
from contentmix.errors import UsageError
from contentmix.mixing import Dirichlet, Mixer, Rectangle
from contentmix.networks import WideResNet
from contentmix.runs.methods import build_method
from contentmix.training import FixMatch, FixMatchMembers, MeanTeacher, MeanTeacherMembers, MultiInput, Step
from tests.training.few_labels_cases import batch as batch_of


@dataclass(frozen=True)
class Fixed:
    """Ratios that are known."""

    ratios: tuple[float, ...] = (0.25, 0.75)

    def draw(self, size, members, generator):
        return torch.tensor(self.ratios).expand(size, -1)


class Table(nn.Module):
    """Looks logits up: an image is the number of its row, of whose heads (h m, k) each member reads its own."""

    def __init__(self, rows, members=2):
        super().__init__()
        self.rows, self.members = nn.Parameter(torch.tensor(rows)), members

    def mixing_size(self, image_size):
        return image_size

    def forward(self, groups, batch_norm="joint"):
        found = []
        for images, _ in groups:
            numbers = images[..., 0, 0, 0].long()
            if images.dim() == 4:
                numbers = numbers[:, None].expand(-1, self.members)
            rows = self.rows.unflatten(1, (-1, self.members))
            each = [rows[numbers[:, i], :, i] for i in range(self.members)]
            found.append(torch.stack(each, 2).flatten(1, 2))
        return tuple(found)

    def predict(self, images):
        return self([(images, None)])[0][:, : self.members]


def numbered(labelled, labels, *views):
    """A batch whose images are numbers, the labelled ones the same for two members."""
    images = torch.tensor(labelled, dtype=torch.float).view(-1, 1, 1, 1, 1).expand(-1, 2, -1, -1, -1)
    second = torch.tensor(views, dtype=torch.float).T.reshape(-1, len(views), 1, 1, 1)
    unlabelled = Batch(second, torch.full(second.shape[:2], -1))
    return Batch(images, torch.tensor(labels)[:, None].expand(-1, 2), unlabelled=unlabelled)


INPUTS = MultiInput(Mixer(Fixed()), repetition=1, r=1.0)  # weights 1/2 and 3/2
CUT_MIXMO = MultiInput(Mixer(Dirichlet(2.0), Rectangle(), prob=0.5), repetition=1)
SURE, THIRD = math.log(99), math.log(3)
# Weak views 1 and 2 teach strong views 3 and 4.
ROWS = [
    [[0.0, 0.0], [0.0, THIRD]],
    [[SURE, 0.0], [SURE, 0.0]],  # both say 0 with 99 %
    [[SURE, 0.0], [0.0, THIRD]],  # 0 with 99 %, and 1 with 75 %: together 0 with 62 %
    [[0.0, THIRD], [0.0, 0.0]],
    [[THIRD, 0.0], [0.0, 0.0]],
]


@pytest.mark.parametrize(
    ("agreement", "first", "second", "counted"),
    [
        (True, math.log(4) / 2, math.log(2) / 2, 1),  # of image 3 alone
        (False, (math.log(4) + math.log(4 / 3)) / 2, math.log(2), 2),
    ],
)
def test_fixmatch_by_hand(agreement, first, second, counted):
    method = FixMatchMembers(FixMatch(threshold=0.6, weight=3.0), INPUTS, agreement)
    given = numbered([0], [0], [1, 2], [3, 4])
    given.unlabelled.labels[:] = torch.tensor([[0], [1]])
    losses = method.loss(Table(ROWS), given, Step(0, 0, 0.0, 0.0, 2))
    # Of label 0, the first member has probability 1/2, the second 1/4.
    assert losses.terms["supervised"].item() == pytest.approx(0.5 * math.log(2) + 1.5 * math.log(4))
    assert losses.terms["pseudo_label"].item() == pytest.approx(3.0 * (0.5 * first + 1.5 * second))
    assert [int(x) for x in losses.shares["over_threshold"]] == [counted, 2]
    assert [int(x) for x in losses.shares["agreement"]] == [1, 2]
    assert [int(x) for x in losses.shares["pseudo_label_accuracy"]] == [1, counted]


def test_members_that_agree_teach_only_over_the_threshold():
    method = FixMatchMembers(FixMatch(threshold=0.995), INPUTS)
    losses = method.loss(Table(ROWS), numbered([0], [0], [1, 1], [3, 4]), Step(0, 0, 0.0, 0.0, 2))
    assert losses.terms["pseudo_label"] == 0
    assert [int(x) for x in losses.shares["agreement"]] == [2, 2]


def test_no_gradient_into_pseudo_labels():
    table = Table(ROWS)
    losses = FixMatchMembers(FixMatch(threshold=0.6), INPUTS).loss(
        table, numbered([0], [0], [1, 2], [3, 4]), Step(0, 0, 0.0, 0.0, 2)
    )
    losses.terms["pseudo_label"].backward()
    reached = table.rows.grad.flatten(1).abs().sum(1) > 0
    assert reached.tolist() == [False, False, False, True, False]


def test_mean_teacher_by_hand():
    # Class heads of both members, then their consistency heads; image 2 is the teacher's view.
    student = Table(
        [
            [[0.0, 0.0], [0.0, THIRD], [0.0, 0.0], [0.0, 0.0]],
            [[0.0, 0.0], [0.0, 0.0], [0.0, THIRD], [0.0, 0.0]],
            [[9.0, 0.0]] * 4,
        ]
    )
    # Of the teacher's view its members say 3/4 and 1/4: together 1/2.
    teacher = Table([[[9.0, 0.0]] * 4, [[9.0, 0.0]] * 4, [[THIRD, 0.0], [0.0, THIRD], [9.0, 0.0], [9.0, 0.0]]])
    method = MeanTeacherMembers(MeanTeacher(consistency=8.0, head_distance=2.0), INPUTS)
    terms = method.loss(student, numbered([0], [1], [1], [2]), Step(0, 0, 0.0, 0.0, 2, average=teacher)).terms
    # Of label 1, the first member has probability 1/2, the second 3/4.
    assert terms["supervised"].item() == pytest.approx(0.5 * math.log(2) + 1.5 * math.log(4 / 3))
    # The first says (1/4, 3/4), which is 1/4 from both halves, the second what the teacher says.
    assert terms["consistency"].item() == pytest.approx(8.0 * 0.5 / 16)
    # Of the labelled image the second member's heads differ by (0, ln 3), of the other one the first's do.
    assert terms["head_distance"].item() == pytest.approx(2.0 * (THIRD**2 / 2 + THIRD**2 / 2) / 2)


@pytest.mark.parametrize("kind", ["fixmatch", "mean-teacher"])
def test_every_member_is_taught_what_was_said_of_its_own_image(kind):
    """Twelve images, each member surely right about the one that it sees: nothing is left to learn."""
    rows = [[[40.0 * (number % 3 == k) for k in range(3)]] * 4 for number in range(12)]
    table, numbers, step = Table(rows), list(range(12)), Step(0, 0, 0.0, 0.0, 3)
    given = numbered([0], [0], numbers, numbers)
    if kind == "fixmatch":
        heads = Table([row[:2] for row in rows])
        term = FixMatchMembers(FixMatch(), INPUTS).loss(heads, given, step).terms["pseudo_label"]
    else:
        step = replace(step, average=table)
        term = MeanTeacherMembers(MeanTeacher(), INPUTS).loss(table, given, step).terms["consistency"]
    assert 0 <= term.item() < 1e-6


METHODS = {
    "fixmatch": FixMatchMembers(FixMatch(threshold=0.0), CUT_MIXMO, agreement=False),
    "mean-teacher": MeanTeacherMembers(MeanTeacher(), CUT_MIXMO),
}


def built(method):
    torch.manual_seed(0)
    network = method.build(WideResNet(10, 1, 3), 3)
    given = batch_of()
    given = replace(given, images=given.images.expand(-1, 2, -1, -1, -1), labels=given.labels.expand(-1, 2))
    return network, given, Step(0, 5, 0.1, 1.0, 3, average=copy.deepcopy(network))


@pytest.mark.parametrize("kind", METHODS)
def test_a_step_teaches_every_parameter_and_changes_no_teacher(kind):
    network, given, step = built(METHODS[kind])
    before = copy.deepcopy(step.average.state_dict())
    losses = METHODS[kind].loss(network, given, step)
    losses.total.backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in network.parameters())
    assert all(torch.equal(value, before[name]) for name, value in step.average.state_dict().items())
    assert all(parameter.grad is None for parameter in step.average.parameters())
    again = METHODS[kind].loss(network, given, step)
    assert losses.total.item() == again.total.item()


@pytest.mark.parametrize("kind", METHODS)
@pytest.mark.parametrize("mode", ["joint", "separate", "interleaved"])
def test_statistics_are_shared_as_asked(kind, mode):
    method = replace(METHODS[kind], base=replace(METHODS[kind].base, batch_norm=mode))
    network, given, step = built(method)
    sizes = []
    network.inputs.core.register_forward_pre_hook(lambda _, inputs: sizes.append(len(inputs[0])))
    method.loss(network, given, step)
    groups = [4, 6, 6] if kind == "fixmatch" else [4, 6]
    shares = [len(range(first, sum(groups), len(groups))) for first in range(len(groups))]
    assert sizes == {"joint": [sum(groups)], "separate": groups, "interleaved": shares}[mode]


def test_groups_are_seen_as_the_network_of_several_inputs_sees_them():
    network, given, step = built(METHODS["mean-teacher"])
    network.eval()
    mixture = CUT_MIXMO.draw(given, network.mixing_size((8, 8)), step)
    plain = given.unlabelled.images[:, 0]
    mixed, same = network([(given.images, mixture), (plain, None)])
    assert mixed.shape == (4, 4, 3)
    torch.testing.assert_close(mixed[:, :2], network.inputs(given.images, mixture))
    torch.testing.assert_close(same[:, :2], network.predict(plain))


def test_one_member_is_the_network_alone():
    assert build_method("fixmatch", {"members": 1, "threshold": 0.8}, 10) == FixMatch(threshold=0.8)
    assert build_method("mean-teacher", {"members": 1}, 10) == MeanTeacher()
    several = build_method("mean-teacher", {"members": 3, "consistency": 9.0}, 10)
    assert several.base == MeanTeacher(consistency=9.0)
    assert several.inputs == replace(CUT_MIXMO, members=3)
    plan = several.plan(5)
    assert (plan.members, plan.unlabelled.members, plan.unlabelled.views) == (3, 1, ("weak", "weak"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: build_method("fixmatch", {"members": 0}, 10), "members is 0: it must be 1 or more"),
        (lambda: build_method("fixmatch", {"agreement": False}, 10), "agreement is an option of members above 1"),
        (lambda: build_method("scimix", {"members": 2, "hybrids": "mixup"}, 10), "unknown option 'members' of scimix"),
        (lambda: FixMatchMembers(FixMatch(), MultiInput()), "repetition is 2"),
    ],
)
def test_impossible_options(make, message):
    with pytest.raises(UsageError, match=message):
        make()


def test_a_teacher_is_needed():
    network, given, step = built(METHODS["mean-teacher"])
    with pytest.raises(UsageError, match="no teacher"):
        METHODS["mean-teacher"].loss(network, given, replace(step, average=None))
