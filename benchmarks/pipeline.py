"""Batches per second: in memory, against torchvision's per-image pipeline with two workers."""

import statistics

from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from benchmarks.subjects import BATCH, images
from benchmarks.timing import Measurement, take_turns
from contentmix import Dirichlet, Mixer, Place, Rectangle, TrainLoader, cutmix_members, keyed_generator, soft_targets
from contentmix.data import ArraySet, BatchPlan, DataSource


class _PerImage(Dataset):
    """What torchvision's CIFAR sets do for each image: from an array to PIL, augmented, to a normalised tensor."""

    def __init__(self, source: DataSource) -> None:
        assert isinstance(source.train, ArraySet)
        self.pixels = source.train.images.permute(0, 2, 3, 1).contiguous().numpy()
        self.labels = source.train.labels.tolist()
        self.transform = transforms.Compose(
            [
                transforms.RandomCrop(source.image_size, source.shift_px),
                transforms.RandomHorizontalFlip(),
                transforms.ToTensor(),
                transforms.Normalize(source.mean, source.std),
            ]
        )

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, i: int) -> tuple[object, int]:
        return self.transform(Image.fromarray(self.pixels[i])), self.labels[i]


def pipeline(rounds: int = 5) -> list[Measurement]:
    """Images per second, augmented and normalised; and member images per second of complete MixMo batches."""
    source = images(16_384)
    reference = DataLoader(_PerImage(source), BATCH, shuffle=True, num_workers=2, persistent_workers=True)
    plain = TrainLoader(source.train, source, BatchPlan(BATCH), 0, Place())
    plan = BatchPlan(BATCH, members=2, repetition=2, partner_prob=0.5)
    members = TrainLoader(source.train, source, plan, 0, Place())
    mixer = Mixer(Dirichlet(2.0), Rectangle())

    def mixmo() -> None:
        for batch in members:
            generator = keyed_generator(0, "mixture", batch.step)
            mixture = mixer.draw(BATCH, 2, (32, 32), generator)
            targets = soft_targets(batch.labels, 10)
            assert batch.partners is not None
            partner_targets = soft_targets(batch.partners.labels, 10)
            cutmix_members(batch.images, targets, batch.partners, partner_targets, mixture, generator)

    times = take_turns(
        {"torchvision": lambda: _exhaust(reference), "in memory": lambda: _exhaust(plain), "MixMo": mixmo}, rounds
    )
    seconds = {name: statistics.median(t) for name, t in times.items()}
    rates = {
        "torchvision": BATCH * len(reference) / seconds["torchvision"],
        "in memory": BATCH * len(plain) / seconds["in memory"],
        "MixMo": 2 * BATCH * len(members) / seconds["MixMo"],
    }
    return [
        Measurement("per-image torchvision pipeline, 2 workers", rates["torchvision"], "images/s"),
        Measurement("in-memory pipeline / torchvision's", rates["in memory"] / rates["torchvision"], "x", (">=", 25)),
        Measurement(
            "MixMo batches, member images / torchvision's", rates["MixMo"] / rates["torchvision"], "x", (">=", 6)
        ),
    ]


def _exhaust(loader: object) -> None:
    for _ in loader:  # type: ignore[attr-defined]
        pass
