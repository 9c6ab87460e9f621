"""Which epoch stands."""

import math

import pytest
import torch
from torch import nn

from contentmix.batch import Batch
from contentmix.report import load_record
from contentmix.training import LearningRate, Loaders, Optimisation, Supervised, Training
from contentmix.training.checkpoint_io import list_checkpoints
from contentmix.training.selection import stands
from tests.cli.helpers import contentmix


@pytest.mark.parametrize(
    ("top1", "best", "images", "found"),
    [
        (1.0, None, None, True),
        # Exactly: a better one, the first of equals.
        (90.1, 90.0, None, True),
        (90.0, 90.0, None, False),
        # Of 100 images, 90 % are known to sqrt(0.9 x 0.1 / 100) = 3 points.
        (87.1, 90.0, 100, True),
        (86.9, 90.0, 100, False),
        # Of a hundred times as many, to 0.3.
        (89.8, 90.0, 10_000, True),
        (89.6, 90.0, 10_000, False),
        # All right: nothing else stands.
        (99.9, 100.0, 10, False),
        (100.0, 100.0, 10, True),
    ],
)
def test_the_latest_within_a_standard_error_of_the_best_stands(top1, best, images, found):
    assert stands(top1, best, images) is found


class _Two(nn.Module):
    """Logits (6, 0, 3) and (-6, 0, 0.1): 0, 0 and 1.55 in the mean, and probabilities 0.476, 0.238 and 0.286."""

    def predict(self, images):
        return torch.tensor([[6.0, 0.0, 3.0], [-6.0, 0.0, 0.1]]).expand(len(images), -1, -1)


@pytest.mark.parametrize(("average", "label"), [("logits", 2), ("probabilities", 0)])
def test_epochs_are_selected_by_the_average_that_is_reported(average, label):
    loaders = Loaders(lambda *_: None, None)
    optimisation = Optimisation(0.1, LearningRate("constant", 1))
    module = Training(Supervised(), _Two(), optimisation, loaders, seed=0, classes=3, average=average)
    module.validation_step(Batch(torch.zeros(3, 1, 1, 2, 2), torch.full((3, 1), label)), 0)
    correct, nll, images = module._sums.tolist()
    assert (correct, images) == (3, 3)
    assert nll == pytest.approx(3 * {2: math.log(2 + math.exp(1.55)) - 1.55, 0: -math.log(0.476)}[label], rel=1e-3)


@pytest.mark.parametrize("select", ["validation", "test"])
def test_a_run_keeps_the_weights_of_the_epoch_that_stands(select, tmp_path):
    run = tmp_path / "run"
    words = (
        "--network",
        "wrn-10-1",
        "--image-size",
        8,
        "--labels",
        200,
        "--epochs",
        5,
        "--select",
        select,
        "--out",
        run,
    )
    assert contentmix("train", "supervised", "--data", "digits", *words, "--no-progress", "--logger", "none") == 0
    rows = [line.split(",") for line in (run / "metrics.csv").read_text().splitlines()]
    accuracies = [float(row[rows[0].index("val_top1")]) for row in rows[1:]]
    best = max(accuracies)
    # A tenth of 200 labelled images is held out.
    error = 100 * (best / 100 * (1 - best / 100) / 20) ** 0.5
    stand = [epoch for epoch, top1 in enumerate(accuracies, 1) if top1 >= best - error]
    expected = stand[-1] if select == "validation" else accuracies.index(best) + 1
    assert load_record(run).final.epoch == expected
    assert [path.name.startswith(f"best-{expected:08d}") for path in list_checkpoints(run / "checkpoints", "best")] == [
        True
    ]
