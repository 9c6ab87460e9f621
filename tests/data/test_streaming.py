"""How photos are streamed: each decoded once for a batch, by workers that share it and stay."""

import os
import time
from dataclasses import dataclass

import pytest
import torch
from PIL import Image

from contentmix.data import BatchPlan, Place, StreamEvalLoader, StreamLoader, dismiss, load_data, makers, views
from contentmix.data.makers import Makers
from contentmix.data.views import Maker, Wish
from contentmix.options.run import RunOptions
from contentmix.runs.config import Config
from contentmix.runs.train import train
from tests.data.photo_files import make


@pytest.fixture
def data(tmp_path, cache, on_disk):
    folder = make(tmp_path / "photos")
    for path in folder.rglob("*.png"):
        Image.effect_noise((90, 100), 50).save(path)  # no two views of it are alike
    return load_data(str(folder), image_size=80)


@pytest.fixture
def decoded(monkeypatch):
    """The files that were decoded, in order."""
    found, read = [], views.read_photo
    monkeypatch.setattr(views, "read_photo", lambda path, channels: found.append(path) or read(path, channels))
    return found


@pytest.mark.parametrize(
    ("plan", "images", "views"),
    [
        (BatchPlan(4, repetition=2, augmentations=3), 2, 12),
        (BatchPlan(4, members=2, repetition=4), 1, 4),
        (BatchPlan(2, views=("weak", "strong")), 2, 4),
    ],
    ids=["augmentations", "repetition", "views"],
)
def test_a_batch_decodes_each_image_once_and_shows_it_in_views_of_its_own(plan, images, views, data, decoded):
    loader = StreamLoader(data.train, data, plan, 0, Place(), 0)
    for number, batch in enumerate(loader, 1):
        assert len(decoded) == number * images
        assert batch.images.flatten(0, 1).flatten(1).unique(dim=0).shape[0] == views
    assert number == len(loader)


def test_a_process_decodes_what_its_own_rows_show(data, decoded):
    plan = BatchPlan(4, repetition=4)  # one image, which both processes show twice
    whole = next(iter(StreamLoader(data.train, data, plan, 0, Place(), 0)))
    decoded.clear()
    halves = [next(iter(StreamLoader(data.train, data, plan, 0, Place(rank, 2), 0))) for rank in range(2)]
    assert len(decoded) == 2
    assert torch.equal(torch.cat([half.images for half in halves]), whole.images)


@dataclass(frozen=True)
class WhoMakes(Maker):
    """Says which process it is in, in place of making an image."""

    def views(self, wish):
        return [torch.tensor([wish.image, os.getpid()])]


def test_workers_share_each_batch_and_stay_for_the_next_pass():
    pool = Makers(WhoMakes(8, 3, True, 4, "zeros"), 2, torch.device("cpu"))

    def asked(first):
        return [[Wish(first + 5 * number + i) for i in range(5)] for number in range(3)]

    def made(first):
        return list(pool.batches(iter(asked(first))))

    passes = [made(0), made(100)]
    for first, batches in zip((0, 100), passes, strict=True):
        assert torch.cat(batches)[:, 0].tolist() == list(range(first, first + 15))
        for batch in batches:
            assert batch[:, 1].unique(return_counts=True)[1].sort().values.tolist() == [2, 3]
    workers, again = (torch.cat(batches)[:, 1].unique().tolist() for batches in passes)
    assert workers == again
    assert os.getpid() not in workers
    # One that is left in the middle disturbs no other, nor does one beside it.
    left = pool.batches(asked(200))
    next(left)
    assert torch.cat(made(300))[:, 0].tolist() == list(range(300, 315))
    assert torch.cat(list(left))[:, 0].tolist() == list(range(205, 215))


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_workers_that_wait_are_let_go_and_others_come_when_needed():
    pool = Makers(WhoMakes(8, 3, True, 4, "zeros"), 2, torch.device("cpu"))
    asked = [[Wish(i) for i in range(4)]]
    first = torch.cat(list(pool.batches(asked)))[:, 1].unique().tolist()
    assert pool.dismiss()
    assert not pool.dismiss(), "there are none"
    deadline = time.monotonic() + 30
    while any(map(alive, first)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, first))
    again = torch.cat(list(pool.batches(asked)))
    assert again[:, 0].tolist() == [0, 1, 2, 3]
    assert not {*again[:, 1].tolist()} & {*first}


@pytest.mark.usefixtures("cache", "on_disk")
def test_no_worker_outlives_a_training(tmp_path):
    dismiss()
    run = RunOptions(
        data=str(make(tmp_path / "photos")), image_size=72, network="resnet18-1", epochs=1, batch_size=4, workers=1,
        out=tmp_path / "run", progress=False, logger="none", device="cpu",
    )  # fmt: skip
    train(Config("supervised", run=run))
    assert dismiss() == 0
    assert (tmp_path / "run" / "results.json").is_file()


@pytest.mark.parametrize(("device", "pinned"), [("cuda", True), ("cpu", False), ("mps", False)])
def test_memory_is_pinned_where_a_cuda_device_waits_for_it(device, pinned, monkeypatch):
    given = {}
    monkeypatch.setattr(makers, "DataLoader", lambda *_, **options: given.update(options) or [])
    pool = Makers(Maker(8, 3, True, 4, "zeros"), 2, torch.device(device))
    assert list(pool.batches([])) == []
    assert (given["pin_memory"], given["persistent_workers"], given["num_workers"]) == (pinned, True, 2)


def test_an_evaluation_decodes_each_photo_once_in_its_order(data, decoded):
    batches = list(StreamEvalLoader(data.test, data, Place(), 0, batch_size=2))
    assert decoded == list(data.test.paths)
    assert torch.cat([batch.labels for batch in batches])[:, 0].tolist() == data.test.labels.tolist()
