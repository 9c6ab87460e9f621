"""Photos of a folder as batches of 224 px: ours against torchvision's reference loader, with the same views and workers."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from unittest import mock

import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from benchmarks.timing import Measurement, paired_ratio, take_turns
from contentmix import Place, load_data
from contentmix.data import BatchPlan, DataSource, FileSet, StreamLoader

WORKERS, BATCH, SIZE, CLASSES, PHOTOS = 2, 32, 224, 2, 320
REPEATED = 3  # views of each photo in a batch of MixViT


class _Views:
    """Several views of a photo that was decoded once."""

    def __init__(self, view: Callable[[Image.Image], Tensor], count: int) -> None:
        self.view, self.count = view, count

    def __call__(self, photo: Image.Image) -> Tensor:
        return torch.stack([self.view(photo) for _ in range(self.count)])


def streaming(rounds: int = 5) -> list[Measurement]:
    """Views per second of whole epochs, one view of each photo and three; and the first batch of a later epoch."""
    with tempfile.TemporaryDirectory() as folder:
        source = streamed(Path(folder))
        plans = {"one view": BatchPlan(BATCH), "three views": BatchPlan(BATCH, augmentations=REPEATED)}
        ours = {name: StreamLoader(source.train, source, plan, 0, Place(), WORKERS) for name, plan in plans.items()}
        theirs = {
            "one view": reference(source, _view(source)),
            "three views, each decoded": reference(source, _view(source), REPEATED),
            "three views, decoded once": reference(source, _Views(_view(source), REPEATED)),
        }
        loaders: dict[str, Iterable] = {f"ours, {name}": each for name, each in ours.items()}
        loaders |= {f"torchvision, {name}": each for name, each in theirs.items()}
        firsts: dict[str, list[float]] = {name: [] for name in loaders}
        times = take_turns({name: _timed(each, firsts[name]) for name, each in loaders.items()}, rounds)
    count = len(source.train) // BATCH * BATCH
    figures = []
    for name, seconds in times.items():
        views = count * (REPEATED if "three" in name else 1)
        figures.append(Measurement(f"{name}: views", views / statistics.median(seconds), "images/s"))
    for name in ("ours, one view", "torchvision, one view"):
        figures.append(Measurement(f"{name}: first batch", 1000 * statistics.median(firsts[name][1:]), "ms"))
    for name, other in (
        ("one view", "one view"),
        ("three views", "three views, each decoded"),
        ("three views", "three views, decoded once"),
    ):
        ratio = paired_ratio(times, f"torchvision, {other}", f"ours, {name}")
        figures.append(Measurement(f"images/s, ours / torchvision's, {other}", ratio, "x", (">=", 1.0)))
    return figures


def streamed(folder: Path) -> DataSource:
    """Photos of that size in ``folder`` that are decoded when they are needed, though so few would fit in memory."""
    photos(folder)
    with mock.patch("contentmix.data.folders.MEMORY_BYTES", 0):
        source = load_data(str(folder), image_size=SIZE)
    assert isinstance(source.train, FileSet)
    return source


def photos(folder: Path) -> None:
    """JPEGs of 320 x 240 with the detail of photographs: two pieces of scikit-learn's, in two classes."""
    from contentmix.data.photos import sample_photos

    draws = torch.Generator().manual_seed(0)
    for label, photo in enumerate(sample_photos()[:CLASSES]):
        (folder / f"{label}").mkdir(parents=True)
        for number in range(PHOTOS // CLASSES):
            top, left = (
                int(torch.randint(side - other, (), generator=draws))
                for side, other in zip(photo.shape[1:], (240, 320), strict=True)
            )
            piece = photo[:, top : top + 240, left : left + 320].permute(1, 2, 0).numpy()
            Image.fromarray(piece).save(folder / f"{label}" / f"{number}.jpg", quality=90)


def _view(source: DataSource) -> v2.Compose:
    """torchvision's reference for training on ImageNet (its ``references/classification``, on PIL images)."""
    return v2.Compose(
        [
            v2.RandomResizedCrop(SIZE, antialias=True),
            v2.RandomHorizontalFlip(),
            v2.PILToTensor(),
            v2.ToDtype(torch.float, scale=True),
            v2.Normalize(source.mean, source.std),
            v2.ToPureTensor(),
        ]
    )


def reference(source: DataSource, transform: Callable, copies: int = 1) -> DataLoader:
    """A loader of ``source``'s own training photos, each ``copies`` times in a batch, by workers that stay."""
    assert isinstance(source.train, FileSet)
    wanted = {str(path) for path in source.train.paths}
    data = ImageFolder(source.train.paths[0].parents[1], transform, is_valid_file=lambda path: path in wanted)
    sampler = _Batches(len(data), copies)
    return DataLoader(data, batch_sampler=sampler, num_workers=WORKERS, persistent_workers=True)


class _Batches:
    """Shuffled batches, which are the same photos ``copies`` times."""

    def __init__(self, photos: int, copies: int) -> None:
        self.photos, self.copies = photos, copies

    def __len__(self) -> int:
        return self.photos // BATCH

    def __iter__(self):
        order = torch.randperm(self.photos).tolist()
        for first in range(0, len(self) * BATCH, BATCH):
            yield self.copies * order[first : first + BATCH]


def _timed(loader: Iterable, first: list[float]) -> Callable[[], None]:
    """An epoch of ``loader``, with the seconds until its first batch written down."""

    def epoch() -> None:
        start, waiting = time.perf_counter(), True
        for _ in loader:
            if waiting:
                first.append(time.perf_counter() - start)
                waiting = False

    return epoch
