"""Training in cycles: hybrids of one are labelled images of the next, and travel in checkpoints."""

from dataclasses import replace

import pytest
import torch

from contentmix import UsageError
from contentmix.data import ArraySet, TwoStreamLoader, array_source
from contentmix.errors import ContentmixError
from contentmix.keys import keyed_generator
from contentmix.networks import build_network
from contentmix.training import (
    LearningRate,
    Loaders,
    MeanTeacher,
    SamosaTraining,
)
from contentmix.training.cycles import HybridCycles

BASE = MeanTeacher(unlabelled_batch=6)


def network():
    torch.manual_seed(0)
    return SamosaTraining(BASE).build(build_network("wrn-10-1-leaky", 3, image_size=16), 3)


def test_learning_rates_begin_anew_in_each_cycle():
    once, cyclic = LearningRate("cosine", 5), LearningRate("cosine", 5, cycle=4)
    assert [cyclic.factor(step, 3) for step in range(24)] == 2 * [once.factor(step, 3) for step in range(12)]


class _Stream:
    start_step = 0

    def __init__(self, images):
        self.images = images


class _Module:
    device = torch.device("cpu")
    global_rank = 0

    def __init__(self, network):
        self.evaluated, self.train_loader = network, TwoStreamLoader(_Stream(None), _Stream(None))


class _Trainer:
    global_rank, world_size, current_epoch = 0, 1, 0


def cycles():
    images = torch.randint(256, (12, 3, 16, 16), dtype=torch.uint8)
    train, others = ArraySet(images[:4], torch.arange(4) % 3), ArraySet(images[4:], torch.arange(8) % 3)
    source = array_source("made", ["a", "b", "c"], train, others, shift_px=0, flip=False)
    source = replace(source, unlabelled=others)
    return HybridCycles(source, lambda images, *_: _Stream(images), epochs=6, window=(0.5, 5 / 6), copies=10, seed=0)


@pytest.fixture
def _training_type(monkeypatch):
    monkeypatch.setattr("contentmix.training.cycles.Training", _Module)


@pytest.mark.usefixtures("_training_type")
def test_hybrids_are_labelled_images_in_the_window_of_later_cycles():
    callback, module, trainer = cycles(), _Module(network()), _Trainer()
    sizes = []
    for epoch in range(12):
        trainer.current_epoch = epoch
        callback.on_train_epoch_start(trainer, module)
        sizes.append(len(module.train_loader.labelled.images))
    # Ten hybrids of each of the four labelled images, in epochs 3 and 4 of the second cycle of six.
    assert sizes == [4] * 9 + [44, 44] + [4]
    assert callback.hybrids.labels.tolist() == [0, 1, 2, 0] * 10
    assert callback.hybrids.images.dtype == torch.uint8


@pytest.mark.usefixtures("_training_type")
def test_the_share_of_hybrids_that_are_kept_is_a_figure_of_the_cycles_that_have_some():
    """A classifier that sees class 0 in everything: of labels 0, 1, 2, 0 two in four hybrids are kept."""
    callback, module, trainer = cycles(), _Module(network()), _Trainer()
    module.evaluated.predict = lambda images: torch.tensor([1.0, 0.0, 0.0]).expand(len(images), 1, 3)
    callback.on_train_epoch_start(trainer, module)
    assert callback.figures == {}
    trainer.current_epoch = 6
    callback.on_train_epoch_start(trainer, module)
    assert callback.figures == {"kept": 0.5}
    again = cycles()
    again.load_state_dict(callback.state_dict())
    assert again.figures == {"kept": 0.5}


@pytest.mark.usefixtures("_training_type")
def test_hybrids_are_pixels_of_their_parents_in_drawn_contexts(monkeypatch):
    """Ten of each of four images, in blocks of 16; each normalised, joined with another image, and brought back to pixels."""
    monkeypatch.setattr("contentmix.training.cycles.BATCH", 16)
    callback, samosa, trainer = cycles(), network().train(), _Trainer()
    sizes = []

    def upper_half_of_the_content(content, context, labels):
        assert not samosa.training
        sizes.append(len(labels))
        mixed = torch.cat([content[:, :, :8], context[:, :, 8:]], 2)
        return mixed, labels == 0

    samosa.hybridise_in_class = upper_half_of_the_content
    trainer.current_epoch = 6
    callback.on_train_epoch_start(trainer, _Module(samosa))
    assert sizes == [16, 16, 8]
    assert samosa.training
    assert callback.cycle == 1
    assert callback.kept == 0.5  # labels 0 1 2 0
    made = callback.hybrids.images
    torch.testing.assert_close(made[:, :, :8], callback.images.images.repeat(10, 1, 1, 1)[:, :, :8])
    draws = torch.randint(8, (40,), generator=keyed_generator(0, "hybrids", 1))
    torch.testing.assert_close(made[:, :, 8:], callback.others.images[draws][:, :, 8:])
    assert callback.hybrids.labels.tolist() == [0, 1, 2, 0] * 10
    trainer.current_epoch = 12
    callback.on_train_epoch_start(trainer, _Module(samosa))
    assert (callback.cycle, callback.kept) == (2, 0.5)
    assert not torch.equal(callback.hybrids.images, made)
    # What is brighter than white or darker than black is cut off.
    samosa.hybridise_in_class = lambda content, *_: (torch.full_like(content, 1e3), torch.ones(len(content)) > 0)
    trainer.current_epoch = 18
    callback.on_train_epoch_start(trainer, _Module(samosa))
    assert callback.hybrids.images.eq(255).all()
    assert callback.state_dict()["cycle"] == 3
    assert callback.state_dict()["kept"] == 1
    assert callback.figures == {"kept": 1}
    assert cycles().state_dict()["hybrids"] is None
    assert cycles().figures == {}
    again = cycles()
    again.load_state_dict({**callback.state_dict(), "hybrids": None})
    assert (again.cycle, again.kept, again.hybrids) == (3, 1, None)


@pytest.mark.usefixtures("_training_type")
def test_the_labelled_stream_is_made_for_the_process():
    callback, module, trainer = cycles(), _Module(network()), _Trainer()
    trainer.global_rank, trainer.world_size = 2, 4
    asked = []
    callback.labelled = lambda *given: (asked.append(given[1:]), _Stream(given[0]))[1]
    callback.on_train_start(trainer, module)
    assert asked == [(2, 4, torch.device("cpu"))]
    module.train_loader = None
    with pytest.raises(ContentmixError, match="a labelled and an unlabelled stream"):
        callback.on_train_start(trainer, module)
    del module.train_loader
    with pytest.raises(ContentmixError, match="a labelled and an unlabelled stream"):
        callback.on_train_start(trainer, module)


def test_images_that_are_not_in_memory_make_no_hybrids():
    source = replace(cycles().source, unlabelled=None)
    with pytest.raises(UsageError, match="made is not in memory"):
        HybridCycles(source, None, epochs=1, window=(0.0, 1.0), copies=1, seed=0)


@pytest.mark.usefixtures("_training_type")
def test_a_resumed_cycle_has_the_same_hybrids():
    callback, module, trainer = cycles(), _Module(network()), _Trainer()
    trainer.current_epoch = 9
    callback.on_train_epoch_start(trainer, module)
    again = cycles()
    again.load_state_dict(callback.state_dict())
    other = _Module(network())
    again.on_train_start(trainer, other)
    torch.testing.assert_close(other.train_loader.labelled.images.images[4:], callback.hybrids.images)


def test_the_method_makes_the_hybrids_of_its_options():
    method = SamosaTraining(BASE)
    source = cycles().source
    loaders = Loaders(None, None, lambda images, *_: _Stream(images), source)
    (callback,) = replace(method, copies=4, window=(0.1, 0.2)).callbacks(loaders, 6, 5)
    assert (callback.epochs, callback.window, callback.copies, callback.seed) == (6, (0.1, 0.2), 4, 5)
    assert callback.source is source
    assert callback.labelled is loaders.labelled
    assert replace(method, cycles=1).callbacks(loaders, 6, 5) == []
