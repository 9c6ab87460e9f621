"""What tests of the methods that make hybrids share: a batch of two streams, its images in one row, and what a loss reaches."""

import torch

from contentmix.batch import Batch


def batch(channels=3):
    """Four labelled images of 16 px and two views of six unlabelled ones, of three classes."""
    draw = torch.Generator().manual_seed(0)
    images = torch.randn(4, 1, channels, 16, 16, generator=draw)
    others = torch.randn(6, 2, channels, 16, 16, generator=draw)
    return Batch(images, torch.arange(4)[:, None] % 3, unlabelled=Batch(others, torch.full((6, 1), -1)))


def first_views(given):
    """The labelled images, then the first view of the others."""
    return torch.cat([given.images[:, 0], given.unlabelled.images[:, 0]])


def reached(network, loss):
    """Names of the networks whose parameters get a gradient of ``loss``."""
    network.zero_grad()
    loss.backward(retain_graph=True)  # other terms share the graph
    return {
        name
        for name, part in network.named_children()
        if any(p.grad is not None and p.grad.abs().sum() > 0 for p in part.parameters())
    }
