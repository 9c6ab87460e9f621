"""AugMix of images in memory, made by workers."""

import torch

from contentmix.data import BatchPlan, Place, StreamLoader, TrainLoader, load_data
from contentmix.data.augmix import ThesisAugMix

SOURCE = load_data("digits")


def batches(*, augmix=True, workers=0, seed=0):
    images = SOURCE.train[torch.arange(24)]
    plan = BatchPlan(8, members=2, partner_prob=0.5)
    return list(StreamLoader(images, SOURCE, plan, seed, Place(), workers, augmix=augmix))


def test_augmented_batches_do_not_depend_on_workers_or_on_the_global_state():
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    here = batches()
    assert torch.equal(torch.rand(3), expected)
    for mine, theirs in zip(here, batches(workers=2), strict=True):
        assert torch.equal(mine.images, theirs.images)
        assert torch.equal(mine.partners.rows, theirs.partners.rows)


def test_augmentation_changes_pixels_and_keeps_labels():
    for plain, mixed in zip(batches(augmix=False), batches(), strict=True):
        assert torch.equal(plain.labels, mixed.labels)
        assert plain.images.shape == mixed.images.shape
        different = (plain.images != mixed.images).flatten(2).any(2)
        assert different.float().mean() > 0.9


def test_streamed_images_in_memory_are_shifted_like_those_of_the_pool():
    """Without AugMix both loaders show shifts of the same images under the same composition of batches."""
    images = SOURCE.train[torch.arange(24)]
    streamed = next(iter(StreamLoader(images, SOURCE, BatchPlan(8), 0, Place(), 0)))
    pooled = next(iter(TrainLoader(images, SOURCE, BatchPlan(8), 0, Place())))
    assert torch.equal(streamed.labels, pooled.labels)
    mean, std = SOURCE.mean[0], SOURCE.std[0]
    padded = torch.nn.functional.pad(images.images.float(), [2] * 4, "reflect")
    crops = padded.unfold(2, 16, 1).unfold(3, 16, 1).reshape(24, 25, -1)
    shown = ((streamed.images * std + mean) * 255).round().reshape(8, -1)
    distance = (crops[None] - shown[:, None, None]).abs().amax(-1).flatten(1)
    assert (distance.amin(1) < 0.5).all()


def test_the_thesis_s_augmix_has_no_operation_that_cifar_c_tests():
    assert set(ThesisAugMix()._PARTIAL_AUGMENTATION_SPACE) == {
        "Equalize", "Posterize", "Rotate", "Solarize", "ShearX", "ShearY", "TranslateX", "TranslateY"
    }  # fmt: skip
    assert (
        ThesisAugMix().severity,
        ThesisAugMix().mixture_width,
        ThesisAugMix().chain_depth,
        ThesisAugMix().all_ops,
    ) == (3, 3, 4, False)
