"""Distortions of whole batches against Pillow's of single images."""

import numpy
import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps
from torch.utils._python_dispatch import TorchDispatchMode

from contentmix.data.auto_augment import BatchAutoAugment
from contentmix.data.batched_operations import BatchedOperations, Operation
from contentmix.data.strong import StrongView
from contentmix.errors import UsageError

SIDE = 17


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def photos(count=6, height=SIDE, width=SIDE, channels=3):
    """Noise, of few levels in the first half: their histograms have holes, and their extremes are not 0 and 255."""
    noise = torch.randint(256, (count, channels, height, width), generator=generator(9))
    noise[: count // 2] = 40 + noise[: count // 2] % 90
    return noise.byte()


def shown(image):
    return Image.fromarray(image.permute(1, 2, 0).squeeze(-1).numpy())


def pixels(image):
    found = torch.from_numpy(numpy.array(image))
    return found[None] if found.ndim == 2 else found.permute(2, 0, 1)


def transformed(image, matrix, fill, resample=Image.Resampling.NEAREST):
    return image.transform(image.size, Image.Transform.AFFINE, matrix, resample, fillcolor=(fill,) * 3)


def by_pillow(operation, image, fill, cubic_shear):
    """``operation`` as DeepVoltaire/AutoAugment and kekmodel/FixMatch-pytorch have it, where these agree."""
    strength = operation.strength
    shear = Image.Resampling.BICUBIC if cubic_shear else Image.Resampling.NEAREST
    return {
        "identity": lambda: image,
        "posterise": lambda: ImageOps.posterize(image, int(strength)),
        "solarise": lambda: ImageOps.solarize(image, strength),
        "invert": lambda: ImageOps.invert(image),
        "autocontrast": lambda: ImageOps.autocontrast(image),
        "equalise": lambda: ImageOps.equalize(image),
        "brightness": lambda: ImageEnhance.Brightness(image).enhance(strength),
        "colour": lambda: ImageEnhance.Color(image).enhance(strength),
        "contrast": lambda: ImageEnhance.Contrast(image).enhance(strength),
        "sharpness": lambda: ImageEnhance.Sharpness(image).enhance(strength),
        "rotate": lambda: image.rotate(strength, fillcolor=(fill,) * 3),
        "shear_x": lambda: transformed(image, (1, strength, 0, 0, 1, 0), fill, shear),
        "shear_y": lambda: transformed(image, (1, 0, 0, strength, 1, 0), fill, shear),
        "translate_x": lambda: transformed(image, (1, 0, strength, 0, 1, 0), fill),
        "translate_y": lambda: transformed(image, (1, 0, 0, 0, 1, strength), fill),
    }[operation.name]()


EVERY = [
    Operation("identity"), *(Operation(name) for name in ("invert", "autocontrast", "equalise")),
    *(Operation("posterise", bits) for bits in (4, 5, 7, 8)),
    *(Operation("solarise", level) for level in (256, 256 * 5 / 9, 103, 0)),
    *(Operation(n, f) for n in ("brightness", "colour", "contrast", "sharpness") for f in (0.1, 0.5, 0.86, 1.3, 1.9)),
    *(Operation("rotate", angle) for angle in (-27, -3, 10 / 3, 12, 30)),
    *(Operation(name, slope) for name in ("shear_x", "shear_y") for slope in (-0.3, -0.06, 0.1, 0.27)),
    *(Operation(name, px) for name in ("translate_x", "translate_y") for px in (-5, 2, 7.7, -1.3)),
]  # fmt: skip


@pytest.mark.parametrize(("fill", "cubic_shear"), [(128, True), (0, False)])
@pytest.mark.parametrize("operation", EVERY, ids=lambda op: f"{op.name} {op.strength:g}")
def test_an_operation_is_pillows(operation, fill, cubic_shear):
    images = photos()
    operations = BatchedOperations([operation], SIDE, SIDE, fill=fill, cubic_shear=cubic_shear)
    expected = torch.stack([pixels(by_pillow(operation, shown(image), fill, cubic_shear)) for image in images])
    operations.apply(images, torch.zeros(len(images), dtype=torch.long))
    difference = (images.short() - expected.short()).abs()
    assert difference.max() <= 1
    assert (difference > 0).float().mean() < 0.002


@pytest.mark.parametrize("shape", [(3, 12, 20), (1, 20, 12), (1, 2, 2)])
def test_each_image_has_its_own_operation_whatever_the_shape(shape):
    channels, height, width = shape
    images = photos(3 * len(EVERY), height, width, channels)
    which = torch.randperm(len(EVERY), generator=generator()).repeat(3)
    together = images.clone()
    operations = BatchedOperations(EVERY, height, width, fill=77, cubic_shear=True)
    operations.apply(together, which)
    for image, found, number in zip(images, together, which.tolist(), strict=True):
        alone = image[None].clone()
        operations.apply(alone, torch.tensor([number]))
        assert torch.equal(alone[0], found)
        if channels == 3 or EVERY[number].name not in ("rotate", "shear_x", "shear_y", "translate_x", "translate_y"):
            expected = pixels(by_pillow(EVERY[number], shown(image), 77, True))
            assert (found.short() - expected.short()).abs().max() <= 1


def test_flat_images_stay():
    """Neither extremes nor a histogram of one level say anything: Pillow leaves them alone."""
    images = torch.full((2, 3, 8, 8), 90, dtype=torch.uint8)
    operations = BatchedOperations([Operation("autocontrast"), Operation("equalise")], 8, 8, fill=0, cubic_shear=False)
    operations.apply(images, torch.tensor([0, 1]))
    assert images.eq(90).all()


def test_a_shear_by_hand():
    """One row, a slope of 1/2: at its middle, half a pixel down, everything comes from 1/4 pixel further right.

    Cubic convolution with a = -1 has the weights -9/64, 57/64, 19/64 and -3/64 there. Of 0, 64, 128, 64, the last repeated:
    (57 * 0 + 19 * 64 - 3 * 128) / 64 = 13; (-9 * 0 + 57 * 64 + 19 * 128 - 3 * 64) / 64 = 92;
    (-9 * 64 + 57 * 128 + 19 * 64 - 3 * 64) / 64 = 121; (-9 * 128 + 57 * 64 + 19 * 64 - 3 * 64) / 64 = 55.
    """
    images = torch.tensor([0, 64, 128, 64], dtype=torch.uint8).view(1, 1, 1, 4)
    operations = BatchedOperations([Operation("shear_x", 0.5)], 1, 4, fill=128, cubic_shear=True)
    operations.apply(images, torch.tensor([0]))
    assert images.flatten().tolist() == [13, 92, 121, 55]


def test_an_unknown_operation_is_named():
    with pytest.raises(UsageError, match="unknown operation 'rotat'; did you mean 'rotate'"):
        BatchedOperations([Operation("rotat", 3)], 8, 8, fill=0, cubic_shear=False)


class Count(TorchDispatchMode):
    """Counts operations."""

    def __init__(self):
        super().__init__()
        self.operations = 0

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        self.operations += not operation.is_view
        return operation(*args, **(kwargs or {}))


@pytest.mark.parametrize(("distort", "most"), [(BatchAutoAugment(SIDE), 150), (StrongView(), 170)])
def test_operations_do_not_grow_with_the_batch(distort, most):
    def counted(size):
        images = photos(size)
        with Count() as count:
            if isinstance(distort, StrongView):
                distort.distorted(images, size, slice(None), generator())
            else:
                distort.distort(images, torch.arange(size), size, generator())
        return count.operations

    counted(2)  # makes the tables
    assert counted(8) == counted(64) <= most
