"""Our mixes where torchvision's stand, held against these on the same draws."""

from dataclasses import dataclass

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset
from torchvision import tv_tensors
from torchvision.transforms import v2

import contentmix as cm
from contentmix.transforms import CutMix, Mixing, MixUp

IMAGES = torch.rand(6, 3, 8, 10, generator=torch.Generator().manual_seed(0))
LABELS = torch.tensor([0, 1, 2, 0, 1, 2])
SOFT = torch.tensor([[0.5, 0.5, 0.0], [0.1, 0.2, 0.7]]).repeat(3, 1)


@dataclass(frozen=True)
class Fixed:
    """The ratio that torchvision drew."""

    lam: float

    def draw(self, size, members, generator):
        return torch.tensor([[self.lam, 1 - self.lam]]).expand(size, members)


@dataclass(frozen=True)
class Box:
    """The rectangle that torchvision drew, as bool."""

    box: tuple[int, int, int, int]

    def draw(self, share, size, generator):
        left, top, right, bottom = self.box
        patch = torch.zeros(len(share), *size, dtype=torch.bool)
        patch[:, top:bottom, left:right] = True
        return patch


@pytest.fixture
def neighbours(monkeypatch):
    """Each image is mixed with the one before, as torchvision does it."""

    def partners(size, members, generator, device=None):
        return torch.stack([torch.arange(size), torch.arange(size).roll(1)], 1)

    monkeypatch.setattr("contentmix.mixing.image_mix.permuted_partners", partners)


def drawn(transform):
    torch.manual_seed(3)
    params = transform.make_params([IMAGES])
    transform.make_params = lambda _: params
    return params


@pytest.mark.parametrize("labels", [LABELS, SOFT], ids=["classes", "soft"])
def test_mixup_is_torchvision_s(labels, neighbours):
    theirs = v2.MixUp(num_classes=3)
    lam = drawn(theirs)["lam"]
    ours = Mixing(cm.ImageMix(cm.Mixer(Fixed(lam), patched="partner"), 3))
    for mine, other in zip(ours(IMAGES, labels), theirs(IMAGES, labels), strict=True):
        assert torch.allclose(mine, other, atol=1e-6)


@pytest.mark.parametrize("labels", [LABELS, SOFT], ids=["classes", "soft"])
def test_cutmix_is_torchvision_s(labels, neighbours):
    theirs = v2.CutMix(num_classes=3)
    box = drawn(theirs)["box"]
    assert box[2] > box[0]
    assert box[3] > box[1]
    # The ratio is that of the mask, whatever the law says.
    ours = Mixing(cm.ImageMix(cm.Mixer(Fixed(0.9), Box(box), patched="partner"), 3))
    (images, targets), (others, theirs_targets) = ours(IMAGES, labels), theirs(IMAGES, labels)
    assert torch.equal(images, others)
    assert torch.allclose(targets, theirs_targets, atol=1e-6)


@pytest.mark.parametrize("make", [MixUp, CutMix])
def test_one_ratio_for_the_batch_or_one_for_each_image(make):
    """Of images that are 1 for class 1 and 0 for class 0, in pairs of both."""
    labels = torch.arange(400) % 2
    images = labels.float()[:, None, None, None].expand(-1, 1, 16, 16)
    torch.manual_seed(0)
    for per_batch in (True, False):
        mixed, targets = make(2, per_batch=per_batch)(images, labels)
        assert torch.allclose(mixed.mean((1, 2, 3)), targets[:, 1], atol=1e-5), "targets are what the images show"
        if make is MixUp:
            shares = targets.max(1).values[targets.max(1).values < 1]
            assert (len(shares.unique()) <= 2) is per_batch


def test_the_mean_ratio_of_mixup_is_torchvision_s():
    """lam ~ Beta(0.3, 0.3): E[max(lam, 1 - lam)] of both, over 2000 batches of one pair."""
    images, labels = torch.zeros(2, 1, 2, 2), torch.tensor([0, 1])

    def mean(transform):
        torch.manual_seed(0)
        return sum(transform(images, labels)[1].max().item() for _ in range(2000)) / 2000

    # Ours pairs at random: half of the pairs are of an image with itself, whose share is 1.
    assert mean(MixUp(2, alpha=0.3)) == pytest.approx((1 + mean(v2.MixUp(alpha=0.3, num_classes=2))) / 2, abs=0.02)


def test_mixes_follow_one_another():
    """Channel c of a class-c image is 1 everywhere, so the means of the mixed channels are the right soft labels.

    MixUp keeps images constant, and only of such is a rectangle's mean the image's.
    """
    images = torch.nn.functional.one_hot(LABELS, 3).float()[:, :, None, None].expand(-1, -1, 8, 10)
    torch.manual_seed(0)
    mixed, targets = v2.Compose([MixUp(3), Mixing(cm.mixup(3)), CutMix(3)])(images, LABELS)
    assert torch.allclose(mixed.mean((2, 3)), targets, atol=1e-5)
    assert ((targets > 0).sum(1) == 3).any(), "more than one mix has left its trace"


def test_a_loader_mixes_what_it_collates():
    torch.manual_seed(0)
    loader = DataLoader(TensorDataset(IMAGES, LABELS), batch_size=3, collate_fn=CutMix(3).collate)
    batches = list(loader)
    assert [(images.shape, targets.shape) for images, targets in batches] == [((3, 3, 8, 10), (3, 3))] * 2


def test_integers_are_rounded_and_torchvision_s_images_stay_such():
    pixels = tv_tensors.Image((255 * IMAGES).round().to(torch.uint8))
    torch.manual_seed(0)
    mixed, targets = MixUp(3)(pixels, LABELS)
    assert isinstance(mixed, tv_tensors.Image)
    assert mixed.dtype == torch.uint8
    torch.manual_seed(0)
    floats, same = MixUp(3)(pixels.as_subclass(torch.Tensor).float(), LABELS)
    assert (mixed.float() - floats).abs().max() <= 0.5
    assert torch.equal(targets, same)
    assert type(targets) is torch.Tensor


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ((IMAGES,), "a mix of Tensor: give images"),
        (({"image": IMAGES},), "a mix of dict: give images"),
        ((IMAGES, LABELS[:5]), r"labels \(5,\): they must be"),
        ((IMAGES, SOFT[:, :2]), r"soft labels \(6, 2\): with 3 classes they end in 3"),
        ((IMAGES, LABELS[:, None]), r"integers \(b,\), or soft labels"),
    ],
)
def test_what_is_no_batch_is_an_error(batch, message):
    with pytest.raises(cm.UsageError, match=message):
        CutMix(3)(*batch)
