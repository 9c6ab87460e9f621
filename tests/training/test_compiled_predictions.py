"""What a compiled network predicts from: batches of one size, whatever a set's last one is."""

import pytest
import torch

from contentmix.networks import build_network
from contentmix.runs.methods import build_method
from contentmix.training.arithmetic import compile_network


@pytest.fixture
def compiled(monkeypatch):
    """A network with random batch statistics, and the sizes of the batches that its compiled ``predict`` was given."""
    sizes = []

    def note(predict, mode):
        def noted(images):
            sizes.append(len(images))
            return predict(images)

        return noted

    monkeypatch.setattr(torch, "compile", note)
    torch.manual_seed(0)
    network = build_method("cut-mixmo", {}, 10).build(build_network("wrn-10-1", 10), 10)
    network(torch.randn(8, 2, 3, 32, 32))  # moves the statistics
    monkeypatch.setattr(torch.nn.Module, "compile", lambda self, mode: None)
    plain = network.predict
    compile_network(network, graphs=False)
    return network, plain, sizes


def test_the_last_batch_is_filled_up_and_predicted_as_it_is(compiled):
    network, plain, sizes = compiled
    network.eval()
    batches = torch.randn(20, 3, 32, 32).split(8)
    with torch.inference_mode():
        found = [network.predict(batch) for batch in batches]
        wanted = [plain(batch) for batch in batches]
    assert sizes == [8, 8, 8]
    for mine, theirs in zip(found, wanted, strict=True):
        torch.testing.assert_close(mine, theirs)


def test_nothing_is_filled_up_in_training_where_images_share_statistics(compiled):
    network, _, sizes = compiled
    for count in (8, 4):
        network.predict(torch.randn(count, 3, 32, 32))
    assert sizes == [8, 4]
