"""A mixer: which input is patched, how often, and by which ratios."""

import pytest
import torch

import contentmix as cm
from contentmix.errors import UsageError
from contentmix.mixing import SHAPES, Collage, Dirichlet, Equal, LargestFirst, Mixer
from contentmix.mixing.mixer import happens, layers, paste
from contentmix.mixing.shapes import PatchUp, Rectangle
from tests.mixing.test_masks import generator


def test_three_inputs_one_patched_the_others_linear_under_it():
    # kappa = (0.5, 0.2, 0.3), input 0 patched: outside the patch 0.2 / 0.5 = 0.4 and 0.3 / 0.5 = 0.6 (A.4).
    patch = torch.tensor([[[1.0, 1.0], [0.0, 0.0]]])
    masks = paste(*layers(torch.tensor([[0.5, 0.2, 0.3]]), 0), patch)[0]
    expected = torch.tensor([[[1, 1], [0, 0]], [[0, 0], [0.4, 0.4]], [[0, 0], [0.6, 0.6]]])
    torch.testing.assert_close(masks, expected)


def test_an_input_drawn_with_everything_leaves_nothing_undefined():
    masks = paste(*layers(torch.tensor([[1.0, 0.0, 0.0]]), 0), torch.tensor([[[1.0, 0.0]]]))
    torch.testing.assert_close(masks[0, :, 0], torch.tensor([[1.0, 0.0], [0.0, 0.5], [0.0, 0.5]]))


def test_for_two_inputs_every_one_is_patched_half_of_the_time():
    # Rectangles are convex and their complements are not, unless clipped: the centre of mass tells nothing, the corner does.
    patched = 0
    for seed in range(200):
        masks = Mixer(Dirichlet(2.0), Rectangle()).draw(32, 2, (32, 32), generator(seed)).masks
        patched += int(masks[:, 0, [0, 0, -1, -1], [0, -1, 0, -1]].sum(1).mean() < 2)
    assert 70 < patched < 130  # 200 fair coins: 100 +- 4.2 deviations


def test_binary_masks_are_drawn_per_batch_with_the_given_probability():
    mixer = Mixer(Dirichlet(2.0), Rectangle(), prob=0.5)
    binary = [mixer.draw(2, 2, (8, 8), generator(seed)).masks.shape[-1] == 8 for seed in range(400)]
    assert 160 < sum(binary) < 240
    assert mixer.draw(2, 2, (8, 8), generator(), prob=0.0).masks.shape[-1] == 1


def test_a_schedules_probability_stands_in_place_of_the_mixers():
    never, always = (Mixer(Dirichlet(2.0), Rectangle(), prob=prob) for prob in (0.0, 1.0))
    for seed in range(5):
        assert never.draw(2, 2, (8, 8), generator(seed)).masks.shape[-1] == 1
        assert never.draw(2, 2, (8, 8), generator(seed), prob=1.0).masks.shape[-1] == 8
        assert always.draw(2, 2, (8, 8), generator(seed), prob=0.0).masks.shape[-1] == 1


@pytest.mark.parametrize("members", [2, 3, 4])
def test_the_partner_is_the_last_input(members):
    ratios, draws = Dirichlet(1.0), Mixer(Dirichlet(1.0), Rectangle(), patched="partner")
    masks = draws.draw(32, members, (8, 8), generator(1)).masks
    given = generator(1)
    share = ratios.draw(32, members, given)[:, -1]
    assert torch.equal(masks[:, -1], Rectangle().draw(share, (8, 8), given))


@pytest.mark.parametrize("prob", [0, 1, 0.0, 1.0])
def test_certain_events_draw_nothing(prob):
    given = generator()
    before = given.get_state()
    assert happens(prob, given) == bool(prob)
    assert torch.equal(given.get_state(), before)


@pytest.mark.parametrize(
    "mixer", [Mixer(Dirichlet(1.0), SHAPES["cowmix"]()), Collage(Dirichlet(1.0), SHAPES["cowmix"]())]
)
def test_masks_are_exact_under_autocast(mixer):
    plain = mixer.draw(8, 2, (24, 24), generator()).masks
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(mixer.draw(8, 2, (24, 24), generator()).masks, plain)


class Rising:
    """A law that draws rising ratios, other ones for each sample."""

    def draw(self, size, members, generator):
        assert isinstance(generator, torch.Generator)
        rows = torch.arange(1.0, size * members + 1).view(size, members)
        return rows / rows.sum(1, keepdim=True)


def test_the_largest_ratio_comes_first():
    # Rows 1 2 3 over 6 and 4 5 6 over 15.
    ratios = LargestFirst(Rising()).draw(2, 3, generator())
    torch.testing.assert_close(ratios, torch.tensor([[3 / 6, 2 / 6, 1 / 6], [6 / 15, 5 / 15, 4 / 15]]))


def test_rectangles_have_uniform_centres():
    # A side of 15 px of 31 is odd: pixels at equal distances from the middle are covered equally often.
    patch = Rectangle().draw(torch.full((4000,), (15 / 31) ** 2), (31, 31), generator())
    covered = patch.mean(0)
    # Three standard errors of a pixel's share are below 0.024; of a mirrored difference 0.034.
    assert (covered - covered.flip(0)).abs().max() < 0.04
    assert (covered - covered.flip(1)).abs().max() < 0.04


def test_equal_ratios_are_the_plain_sum_of_mimo():
    assert Mixer(Equal()).draw(2, 4, (8, 8), generator()).ratios.tolist() == [[0.25] * 4] * 2


def test_dirichlet_has_its_mean_and_variance_and_survives_small_alpha():
    ratios = Dirichlet(2.0).draw(20000, 2, generator())
    # Beta(2, 2): mean 1/2, variance 1/20.
    assert ratios[:, 0].mean().item() == pytest.approx(0.5, abs=0.01)
    assert ratios[:, 0].var().item() == pytest.approx(0.05, abs=0.003)
    tiny = Dirichlet(0.01).draw(1000, 3, generator())
    torch.testing.assert_close(tiny.sum(1), torch.ones(1000))


def test_one_ratio_per_batch_where_asked():
    assert len(Dirichlet(1.0, per_batch=True).draw(8, 2, generator()).unique(dim=0)) == 1


def test_cutmix_and_mixup_at_once_share_what_patches_hold_as_well_where_asked():
    """Masks are mu and 1 - mu: the larger of them is one of the batch."""
    for per_batch in (True, False):
        masks = cm.cutmix_mixup(10, per_batch=per_batch).mixer.draw(8, 2, (16, 16), generator()).masks
        assert len(masks.amax((1, 2, 3)).unique()) == (1 if per_batch else 8)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: Dirichlet(0.0), "alpha is 0.0"),
        (lambda: Dirichlet(-1.0), "alpha is -1.0"),
        (lambda: Mixer(Equal(), prob=1.5), "prob is 1.5"),
        (lambda: Mixer(Equal()).draw(4, 1, (8, 8), generator()), "members is 1"),
        (lambda: PatchUp(block=4), "block is 4"),
        (lambda: SHAPES["cowmix"](sigma_min=9, sigma_max=3), "sigma_min is 9"),
    ],
)
def test_wrong_values_are_named(make, named):
    with pytest.raises(UsageError, match=named):
        make()
