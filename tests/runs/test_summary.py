"""What a run says of itself before it trains."""

import pytest
import torch
from PIL import Image

from contentmix.options.run import RunOptions
from contentmix.runs.config import config_from
from contentmix.runs.prepare import prepare, resolved
from contentmix.runs.source import read_data
from contentmix.runs.summary import resumption, summary


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """24, 12 and 6 training photos of 3 classes, 2 test photos and 2 validation photos of each."""
    folder = tmp_path_factory.mktemp("photos") / "photos"
    for split, counts in (("train", (24, 12, 6)), ("val", (2, 2, 2)), ("test", (2, 2, 2))):
        for label, count in zip("abc", counts, strict=True):
            (folder / split / label).mkdir(parents=True)
            for i in range(count):
                Image.new("RGB", (30, 20), (i, i, i)).save(folder / split / label / f"{i}.png")
    return folder


def lines(folder, tmp_path, method="supervised", **options):
    given = {"method": method, "data": str(folder), "device": "cpu", "out": str(tmp_path / "run"), **options}
    config = config_from(given)
    data, _ = read_data(config.run)
    job = prepare(resolved(config, data), tmp_path / "run", data, fresh=True)
    return summary(config.run, job), job


def test_images_imbalance_steps_and_what_was_chosen(folder, tmp_path):
    said, job = lines(folder, tmp_path, network="wrn-10-1", epochs=7, batch_size=8, lr=0.125)
    assert said == [
        "photos: 3 classes, images of 16 px",  # 20 is 1.25 steps of 16
        "  class  train  validation  test",
        "  a         24           2     2",
        "  b         12           2     2",
        "  c          6           2     2",
        "  all       42           6     6",
        "imbalance: a has 4 times the training images of c; --balance loss or sampler makes up for it",
        "supervised with wrn-10-1 on cpu: 7 epochs x 5 steps of 8 images, learning rate 0.125",
        "chosen for these data, and yours to give: --image-size 16",
    ]
    assert job.config.run.image_size == 16, "a run keeps its size, whatever photos come later"


def test_what_balance_does_is_said_and_done(folder, tmp_path):
    # 42 / (3 * 24) = 0.583 and 42 / (3 * 6) = 2.33
    said, job = lines(folder, tmp_path, balance="loss")
    assert "in the loss they weigh 0.58 and 2.3 (--balance loss)" in said[6]
    assert job.module.weights.tolist() == pytest.approx([7 / 12, 7 / 6, 7 / 3])
    assert "weights" not in job.module.state_dict()
    said, job = lines(folder, tmp_path, balance="sampler")
    assert "an epoch shows 14 images of each class (--balance sampler)" in said[6]
    seen = [batch.labels[:, 0] for batch in job.module.loaders.train(0, 1, job.module.device)]
    counts = torch.cat(seen).bincount(minlength=3)
    assert counts.sum() == 40, "5 steps of 8 images: 2 visits of 42 wait"
    assert 12 <= counts.min() <= counts.max() <= 14
    assert job.module.weights is None


def test_of_many_classes_the_largest_and_the_smallest_are_shown(tmp_path):
    for label in range(30):
        (tmp_path / "many" / f"{label:02d}").mkdir(parents=True)
        for i in range(12 if label == 7 else 10):
            Image.new("RGB", (16, 16)).save(tmp_path / "many" / f"{label:02d}" / f"{i}.png")
    said, _ = lines(tmp_path / "many", tmp_path, select="last", batch_size=8)
    table = said[1:-3]
    assert len(table) == 1 + 20 + 1 + 1
    assert table[11].strip() == "(10 others)"


def test_classes_of_nearly_one_size_need_no_advice_and_chosen_options_are_named(folder, tmp_path):
    said, _ = lines(folder, tmp_path, "fixmatch", labels=9, unlabelled_batch=8, batch_size=4)
    assert "and 33 images without labels" in said
    # 33 / 8 = 4
    assert any("x 4 steps of 4 images and 8 without labels, learning rate" in line for line in said)
    assert "imbalance: none, classes have as many training images" in said
    assert said[-1].startswith(
        "chosen for these data, and yours to give: --image-size 16, --network wrn-16-1, --epochs "
    )
    assert RunOptions().balance == "none"


def test_of_a_run_that_is_continued_what_is_done_and_to_come_is_said(folder, tmp_path):
    _, job = lines(folder, tmp_path, network="wrn-10-1", epochs=7, batch_size=8)
    run, steps = tmp_path / "run", 5  # of 42 images
    assert resumption(job, 2 * steps) == f"run {run} continues in epoch 3 of 7, after 10 of 35 steps: 25 to come"
    assert resumption(job, 2 * steps - 1) == f"run {run} continues in epoch 2 of 7, after 9 of 35 steps: 26 to come"
    assert (
        resumption(job, 7 * steps)
        == f"run {run} has made all of its 35 steps: what is missing of its results is made now"
    )
