"""A generator as an augmentation: which contexts its hybrids get, and what it leaves alone."""

import pytest
import torch

from contentmix import UsageError
from contentmix.hybrids import HybridAugmentation
from tests.hybrids.halves import Halves


class Learning(Halves):
    """With a weight."""

    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(()))


def test_batches_of_hybrids_are_encoded_once():
    generator, images = Halves(), torch.randn(3, 1, 16, 16)
    orders = torch.tensor([[1, 2, 0], [0, 1, 2]])
    hybrids = HybridAugmentation(generator).batches(images, orders)
    assert len(generator.encoded) == 3
    torch.testing.assert_close(hybrids[1], images)  # each in its own context
    torch.testing.assert_close(hybrids[0, 0], torch.cat([images[0, :, :8], images[1, :, 8:]], 1))


def test_in_a_loop_of_ones_own_labels_stay():
    images, labels = torch.randn(5, 1, 16, 16), torch.arange(5)
    hybrids, same = HybridAugmentation(Halves())(images, labels, generator=torch.Generator().manual_seed(1))
    assert same is labels
    torch.testing.assert_close(hybrids[:, :, :8], images[:, :, :8])
    assert not torch.allclose(hybrids[:, :, 8:], images[:, :, 8:])


def test_the_generator_learns_no_more():
    generator, images = Learning(), torch.randn(3, 1, 16, 16)
    augmentation = HybridAugmentation(generator, inputs="digits")
    assert (augmentation.inputs, HybridAugmentation(Halves()).inputs) == ("digits", None)
    assert not generator.training
    assert not generator.scale.requires_grad
    # Fewer hybrids than images: contents of the first, contexts of any.
    images.requires_grad_()
    hybrids = augmentation.batches(images, torch.tensor([[2, 0]]))
    assert not hybrids.requires_grad
    torch.testing.assert_close(hybrids[0, :, :, :8], images[:2, :, :8])
    torch.testing.assert_close(hybrids[0, :, :, 8:], images[[2, 0], :, 8:])


def test_two_images_have_a_partner_each():
    hybrids = HybridAugmentation(Halves()).batches(torch.randn(2, 1, 16, 16), torch.tensor([[1, 0]]))
    assert hybrids.shape == (1, 2, 1, 16, 16)


def test_one_image_has_no_partner():
    with pytest.raises(UsageError, match="hybrids have two parents"):
        HybridAugmentation(Halves())(torch.randn(1, 1, 16, 16), torch.zeros(1))


def test_the_generator_of_the_draw_decides_the_contexts():
    images, labels = torch.randn(9, 1, 16, 16), torch.arange(9)
    augment = HybridAugmentation(Halves())
    first, again, other = (augment(images, labels, generator=torch.Generator().manual_seed(s))[0] for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    order = torch.randperm(9, generator=torch.Generator().manual_seed(1))
    assert torch.equal(first[:, :, 8:], images[order, :, 8:])


def test_the_generator_is_frozen_in_evaluation_mode():
    network = Halves()
    network.layer = torch.nn.Linear(2, 2)
    inputs = object()
    augment = HybridAugmentation(network.train(), inputs)
    assert augment.generator is network
    assert augment.inputs is inputs
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())
