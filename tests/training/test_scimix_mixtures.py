"""SciMix's classifier on mixtures in place of hybrids (table 2.6)."""

import pytest
import torch

from contentmix import UsageError
from contentmix.mixing import Dirichlet, Mixer, Rectangle, permuted_partners
from tests.training.scimix_cases import batch, built, step


def test_mixtures_are_held_against_both_parents_by_their_shares():
    method, network, _ = built(hybrids="mixup")
    terms = method.loss(network, batch(), step(network)).terms
    assert terms["hybrids"] > 0
    with pytest.raises(UsageError, match="mixtures show both parents"):
        built(hybrids="cutmix", exploitation="consistency")


@pytest.mark.parametrize(
    ("name", "mixer"), [("mixup", Mixer(Dirichlet(1.0))), ("cutmix", Mixer(Dirichlet(1.0), Rectangle()))]
)
def test_mixtures_match_both_parents_by_their_shares(name, mixer):
    """Two batches of mixtures: the targets are ``lam t_i + (1 - lam) t_j``, whatever lam; the loss is the mean of both."""
    method, network, _ = built(hybrids=name, hybrid_batches=2, weight=3.0)
    network.eval()
    given, at = batch(), step(network)
    at.average.eval()
    images = torch.cat([given.images[:, 0], given.unlabelled.images[:, 1]])
    rows = torch.randperm(10, generator=at.generator("parents", per_rank=True))
    images = torch.cat([images[rows[rows < 4]], images[rows[rows >= 4]]])
    expected = 0.0
    with torch.no_grad():
        targets = at.average(images)[:, 0]
        for number in range(2):
            draws = at.generator(f"mixtures {number}", per_rank=True)
            mixture = mixer.draw(10, 2, (16, 16), draws)
            partner = permuted_partners(10, 2, draws)[:, 1]
            mixed = mixture.masks[:, :1] * images + mixture.masks[:, 1:] * images[partner]
            share = mixture.ratios[:, :1]
            wanted = share * targets + (1 - share) * targets[partner]
            expected += 3.0 / 2 * (network(mixed)[:, 0] - wanted).square().mean()
    found = method.loss(network, given, at).terms["hybrids"]
    torch.testing.assert_close(found.detach(), expected, atol=1e-5, rtol=1e-4)
