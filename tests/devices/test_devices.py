"""Devices by name, and what is done where their memory is short."""

import pytest
import torch

from contentmix.batch import Batch
from contentmix.devices import device_of, generator_on, in_parts, sent, widest_float, words_of
from contentmix.errors import UsageError
from contentmix.training import predict_set
from tests.devices.stand_in import META


def test_a_device_that_is_not_here_is_one_line(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert device_of("auto") == device_of("cpu") == torch.device("cpu")
    with pytest.raises(UsageError, match="device is cuda: there is cpu here, or auto"):
        device_of("cuda")


def test_auto_is_the_fastest_there_is(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device_of("auto").type == "mps"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device_of("auto").type == "cuda"


def test_a_record_says_which_card_it_was(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"card {device.index}")
    assert words_of(torch.device("cuda:1")) == "cuda:1 (card 1)"
    assert words_of(torch.device("cpu")) == "cpu"


def test_mps_has_no_double_precision():
    assert widest_float(torch.device("mps")) == torch.float32
    assert widest_float(torch.device("cuda")) == widest_float(torch.device("cpu")) == torch.float64


def test_what_is_there_is_not_copied():
    values, generator = torch.rand(3), torch.Generator()
    assert sent(values, values.device) is values
    assert sent(values, META).device == META
    assert generator_on(torch.device("cpu"), generator) is generator


def hungry(limit, seen):
    """A network that has no memory for more than ``limit`` images."""

    def predict(images, *more):
        if len(images) > limit:
            raise torch.OutOfMemoryError("no memory")
        seen.append(len(images))
        return torch.stack([images.sum((1, 2, 3)), *(each.sum((1, 2, 3)) for each in more)], 1)

    return predict


def test_a_batch_that_does_not_fit_is_halved_until_it_does():
    images, seen = torch.rand(10, 1, 2, 2), []
    torch.testing.assert_close(in_parts(hungry(3, seen), images, 2 * images), hungry(10, [])(images, 2 * images))
    assert seen == [3, 2, 3, 2]
    with pytest.raises(torch.OutOfMemoryError):
        in_parts(hungry(0, seen), images)


def test_predictions_of_a_set_need_no_batch_size():
    network, seen = torch.nn.Flatten(), []
    predict = hungry(4, seen)
    network.predict = lambda images: predict(images)[:, None].expand(-1, 1, 3)
    images = torch.rand(9, 1, 1, 2, 2)
    found = predict_set(network, [Batch(images, torch.arange(9)[:, None])])
    torch.testing.assert_close(found.logits[:, 0, 0], images.sum((1, 2, 3, 4)))
    assert found.labels.tolist() == list(range(9))
