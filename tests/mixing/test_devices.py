"""What is drawn stays on the device of its generator and inputs, whatever the default one.

``meta`` as the default has no values: a tensor made there by oversight cannot be mixed with others.
"""

import pytest
import torch

import contentmix
from contentmix import Dirichlet, Mixer, Mixture, Partners, Rectangle, cutmix_members
from contentmix.mixing import (
    SHAPES,
    Collage,
    Equal,
    cowmix,
    cutmix,
    cutmix_mixup,
    fmix,
    horizontal_concat,
    majority,
    mixup,
    one_source,
    patchup,
    resizemix,
    soft_targets,
    vertical_concat,
)

IMAGES, LABELS, CPU = torch.rand(6, 3, 8, 8), torch.arange(6) % 3, torch.device("cpu")
HALF = Mixture(torch.full((6, 2, 8, 8), 0.5), torch.full((6, 2), 0.5))
PARTNERS = Partners(torch.tensor([1, 6]), torch.rand(2, 3, 8, 8), torch.tensor([0, 1]))
MEMBERS, TARGETS, OTHERS = torch.rand(6, 2, 3, 8, 8), torch.ones(6, 2, 3) / 3, torch.ones(2, 3) / 3
NETWORK = torch.nn.Conv2d(3, 3, 1)
NETWORK.mixing_points = lambda: [NETWORK]


@pytest.mark.parametrize(
    "draw",
    [
        *(lambda g, shape=shape: Mixer(Dirichlet(1.0), shape()).draw(6, 3, (8, 8), g).masks for shape in SHAPES.values()),
        lambda g: Mixer(Equal()).draw(6, 3, (8, 8), g).ratios,
        lambda g: Mixer(Dirichlet(1.0), Rectangle(), prob=0.9).draw(6, 3, (8, 8), g).ratios,
        lambda g: Collage(Dirichlet(1.0), Rectangle()).draw(6, 3, (8, 8), g).masks,
        lambda g: majority(HALF, (2, 2), g).masks,
        lambda g: one_source(6, 3, g).masks,
        lambda g: soft_targets(LABELS, 3),
        lambda g: cutmix_members(MEMBERS, TARGETS, PARTNERS, OTHERS, HALF, g)[0],
        lambda g: contentmix.ManifoldMixUp(3, prob=0.9)(NETWORK, IMAGES, LABELS, generator=g)[0],
    ],
)  # fmt: skip
def test_draws_are_made_where_their_generator_is(draw):
    generator = torch.Generator().manual_seed(0)
    with torch.device("meta"):
        assert draw(generator).device == CPU


@pytest.mark.parametrize(
    "builder",
    [mixup, cutmix, cutmix_mixup, horizontal_concat, vertical_concat, patchup, fmix, cowmix, resizemix],
)
def test_images_are_mixed_where_they_are(builder):
    generator = torch.Generator().manual_seed(0)
    with torch.device("meta"):
        mixed, targets = builder(3, prob=0.9)(IMAGES, LABELS, generator=generator)
    assert (mixed.device, targets.device) == (CPU, CPU)
