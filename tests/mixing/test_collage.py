"""Masks for tokens: collages, majority votes, and patches that are partly transparent."""

import pytest
import torch

from contentmix import Dirichlet, Mixture, Rectangle
from contentmix.mixing import Collage, Soft, cutmix_mixup, majority, one_source


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def mixture_of(first):
    masks = torch.tensor([first, [[1 - value for value in row] for row in first]])[None].float()
    return Mixture(masks, masks.mean((-2, -1)))


def test_patches_go_to_the_input_that_most_of_their_pixels_show():
    # 2 x 2 patches of 2 x 2 pixels: 4 of 4 show input 0; 3 of 4; 1 of 4; 0 of 4.
    mixture = mixture_of([[1, 1, 1, 0], [1, 1, 1, 1], [0, 1, 0, 0], [0, 0, 0, 0]])
    found = majority(mixture, (2, 2), generator())
    assert found.masks[0, 0].tolist() == [[1, 1], [0, 0]]
    assert found.masks[0, 1].tolist() == [[0, 0], [1, 1]]
    assert found.ratios[0].tolist() == [0.5, 0.5]  # 8 of 16 pixels, by chance; now 2 of 4 patches


def test_ties_go_to_one_input_of_the_batch_drawn_at_random():
    tie = [[1, 0, 1, 1], [1, 0, 0, 0], [0, 0, 1, 0], [1, 1, 1, 0]]  # two of four pixels in every patch
    batch = mixture_of(tie)
    batch = Mixture(batch.masks.expand(5, -1, -1, -1), batch.ratios.expand(5, -1))
    winners = set()
    for seed in range(20):
        masks = majority(batch, (2, 2), generator(seed)).masks
        assert len(masks[:, 0].unique()) == 1  # all patches of all samples alike
        winners.add(int(masks[0, 1, 0, 0]))
    assert winners == {0, 1}


@pytest.mark.parametrize("members", [2, 3, 4])
def test_a_collage_shows_one_input_everywhere_and_each_by_its_share(members):
    collage = Collage(Dirichlet(2.0), Rectangle())
    ratios = []
    for seed in range(200):
        mixture = collage.draw(16, members, (16, 16), generator(seed))
        assert mixture.masks.shape == (16, members, 16, 16)
        assert set(mixture.masks.unique().tolist()) == {0.0, 1.0}
        assert torch.equal(mixture.masks.sum(1), torch.ones(16, 16, 16))
        torch.testing.assert_close(mixture.ratios, mixture.masks.mean((-2, -1)))
        ratios.append(mixture.ratios.mean(0))
    # Over many orders all inputs are equal.
    torch.testing.assert_close(torch.stack(ratios).mean(0), torch.full((members,), 1 / members), atol=0.05, rtol=0)


def test_a_collage_of_two_is_cutmix():
    collage = Collage(Dirichlet(1.0), Rectangle()).draw(8, 2, (12, 12), generator(3))
    for mask in collage.masks[:, 0]:  # a rectangle or its complement
        rows, columns = mask.any(1), mask.any(0)
        shown = mask if bool((mask == (rows[:, None] & columns[None])).all()) else 1 - mask
        assert torch.equal(shown.bool(), shown.bool().any(1)[:, None] & shown.bool().any(0)[None])


class Sixths:
    """A law of three inputs that draws 1/2, 1/3 and 1/6."""

    def draw(self, size, members, generator):
        return (torch.tensor([[3.0, 2.0, 1.0]]) / 6).expand(size, members)


class Rows:
    """A shape whose n-th patch is the n-th row; it remembers the shares that were asked for."""

    def __init__(self):
        self.shares, self.generators = [], []

    def draw(self, share, size, generator):
        self.shares.append(share[0].item())
        self.generators.append(generator)
        return (torch.arange(size[0]) == len(self.shares) - 1).float()[:, None].expand(len(share), *size)


def test_each_further_input_covers_its_share_of_what_lies_there():
    """Of inputs a, b, c in the drawn order, b covers b / (a + b) and c, over both, c / (a + b + c)."""
    orders = set()
    for seed in range(20):
        rows, given = Rows(), generator(seed)
        masks = Collage(Sixths(), rows).draw(2, 3, (4, 4), given).masks
        b, c, a, _ = masks[0, :, :, 0].argmax(0).tolist()
        ratios = [3 / 6, 2 / 6, 1 / 6]
        assert rows.shares == pytest.approx([ratios[b] / (ratios[a] + ratios[b]), ratios[c]])
        assert rows.generators == [given, given]
        orders.add((a, b, c))
    assert len(orders) == 6


def test_one_pixel_more_is_a_majority():
    # Three patches of 3 x 3 pixels, of which four, three and two show one input each: no drawn order of ties matters.
    shown = torch.tensor([0, 0, 0, 0, 1, 1, 1, 2, 2]).view(3, 3)
    votes = torch.cat([shown, (shown + 1) % 3, (shown + 2) % 3], 1)
    masks = torch.nn.functional.one_hot(votes, 3).movedim(-1, 0)[None].float()
    for seed in range(12):
        found = majority(Mixture(masks, masks.mean((-2, -1))), (1, 3), generator(seed))
        assert found.masks[0, :, 0].argmax(0).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "draw",
    [
        lambda g: Collage(Dirichlet(1.0), Rectangle()).draw(8, 3, (8, 8), g).masks,
        lambda g: majority(Mixture(torch.full((40, 5, 4, 4), 0.2), torch.full((40, 5), 0.2)), (2, 2), g).masks,
        lambda g: one_source(30, 3, g).masks,
    ],
)
def test_the_generator_decides_everything(draw):
    drawn, again = ([draw(generator(seed)) for seed in range(8)] for _ in range(2))
    assert all(torch.equal(first, second) for first, second in zip(drawn, again, strict=True))
    assert not all(torch.equal(drawn[0], other) for other in drawn)


def test_one_source_shows_one_input_per_sample():
    mixture = one_source(200, 3, generator())
    assert mixture.masks.shape == (200, 3, 1, 1)
    assert mixture.ratios.sum(1).eq(1).all()
    assert set(mixture.ratios.argmax(1).tolist()) == {0, 1, 2}


def test_a_soft_patch_holds_mu_inside_and_the_rest_outside():
    soft, share = Soft(Rectangle(), Dirichlet(0.8)), torch.full((6,), 0.25)
    patch = soft.draw(share, (8, 8), generator(1))
    hard = Rectangle().draw(share, (8, 8), generator(1))
    for one, where in zip(patch, hard.bool(), strict=True):
        inside, outside = one[where].unique(), one[~where].unique()
        assert len(inside) == len(outside) == 1
        torch.testing.assert_close(inside + outside, torch.ones(1))


class Fixed:
    """A law of two inputs that draws 0.7 and 0.3."""

    def draw(self, size, members, generator):
        assert members == 2
        return torch.tensor([[0.7, 0.3]]).expand(size, 2)


def test_the_first_ratio_is_inside_a_soft_patch():
    patch = Soft(Rectangle(), Fixed()).draw(torch.full((3,), 0.25), (8, 8), generator(1))
    hard = Rectangle().draw(torch.full((3,), 0.25), (8, 8), generator(1)).bool()
    torch.testing.assert_close(patch[hard].unique(), torch.tensor([0.7]))
    torch.testing.assert_close(patch[~hard].unique(), torch.tensor([0.3]))


def test_cutmix_and_mixup_at_once_weigh_labels_by_what_is_shown():
    images = torch.arange(2.0)[:, None, None, None].expand(2, 1, 8, 8)  # an image of zeros and one of ones
    for seed in range(5):
        mixed, targets = cutmix_mixup(2)(images, torch.tensor([0, 1]), generator=generator(seed))
        torch.testing.assert_close(targets[:, 1], mixed.mean((1, 2, 3)))  # the mean is the share of ones
        torch.testing.assert_close(targets.sum(1), torch.ones(2))
