"""SAMOSA: what each term reaches, the hybrids that are kept, and cycles."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from contentmix import UsageError
from contentmix.batch import Batch
from contentmix.data import ArraySet, TwoStreamLoader, array_source
from contentmix.errors import ContentmixError
from contentmix.hybrids import Samosa
from contentmix.keys import keyed_generator
from contentmix.networks import build_network
from contentmix.training import (
    FixMatch,
    LearningRate,
    Loaders,
    Losses,
    MeanTeacher,
    MixMatch,
    MovingAverage,
    SamosaTraining,
    Step,
)
from contentmix.training.cycles import HybridCycles

BASES = {
    "mean-teacher": MeanTeacher(unlabelled_batch=6),
    "fixmatch": FixMatch(unlabelled_batch=6, threshold=0.0),
    "mixmatch": MixMatch(unlabelled_batch=6),
}


def built(base="mean-teacher", **options):
    torch.manual_seed(0)
    if base == "mixmatch":
        options = {"cycles": 1, **options}
    method = SamosaTraining(BASES[base], **options)
    return method, method.build(build_network("wrn-10-1-leaky", 3, image_size=16), 3)


def batch():
    draw = torch.Generator().manual_seed(0)
    images, others = torch.randn(4, 1, 3, 16, 16, generator=draw), torch.randn(6, 2, 3, 16, 16, generator=draw)
    return Batch(images, torch.arange(4)[:, None] % 3, unlabelled=Batch(others, torch.full((6, 1), -1)))


def step(network, progress=0.5, index=0):
    return Step(0, index, progress, 1.0, 3, average=MovingAverage(network, 0.9).module)


def reached(network, loss):
    network.zero_grad()
    loss.backward()
    return {
        name
        for name, part in network.named_children()
        if any(p.grad is not None and p.grad.abs().sum() > 0 for p in part.parameters())
    }


@pytest.mark.parametrize("base", BASES)
def test_reconstruction_trains_the_decoder_and_regularisation_the_classifier(base):
    """Section 2.3.3: E_c is not optimised for reconstruction, and D is not for what E_c is pulled towards."""
    method, network = built(base)
    wanted = {"reconstruction": {"residual", "decoder"}, "regularisation": {"classifier"}, "supervised": {"classifier"}}
    for name, parts in wanted.items():
        terms = method.loss(network, batch(), step(network)).terms
        assert reached(network, terms[name]) == parts, name


def test_what_is_pulled_ends_before_the_last_convolution():
    method, network = built()
    loss = method.loss(network, batch(), step(network)).terms["regularisation"]
    network.zero_grad()
    loss.backward()
    last = network.backbone.stage3[-1]
    assert last.conv1.weight.grad.abs().sum() > 0
    assert last.conv2.weight.grad is None
    assert network.classifier.heads.linear.weight.grad is None


def test_a_network_with_its_last_stride_at_the_end_is_pulled_at_the_decoders_size():
    method = SamosaTraining(BASES["fixmatch"])
    network = method.build(build_network("wrn-10-1", 3, image_size=16), 3)
    assert reached(network, method.loss(network, batch(), step(network)).terms["regularisation"]) == {"classifier"}


def test_the_terms_are_means_over_entries():
    """One pass in evaluation mode, computed by hand."""
    method, network = built(reconstruction=2.0, regularisation=3.0)
    network.eval()
    given = batch()
    terms = method.loss(network, given, step(network)).terms
    images = torch.cat([given.images[:, 0], given.unlabelled.images[:, 0]])
    with torch.no_grad():
        rebuilt = network.decode(*network.encode(images))
        torch.testing.assert_close(terms["reconstruction"].detach(), 2 * nn.functional.mse_loss(rebuilt, images))
        block = network.backbone.stage3[-1]
        seen = []
        handle = block.conv1.register_forward_hook(lambda _, __, output: seen.append(output))
        maps = network.content(images)
        handle.remove()
        expected = 3 * nn.functional.mse_loss(seen[0], network.decoder.maps(maps)[0])  # both 64 x 4 x 4
        torch.testing.assert_close(terms["regularisation"].detach(), expected)


def test_mixmatch_learns_from_hybrids_in_some_batches_of_the_window(monkeypatch):
    method, network = built("mixmatch", prob=1.0, reconstruction=0.0, regularisation=0.0, window=(0.25, 0.75))
    calls = []
    network.hybridise_in_class = lambda images, others, labels: (calls.append(len(images)), (images, labels >= 0))[1]
    at = step(network)
    for progress, used in ((0.2, 0), (0.25, 1), (0.7, 1), (0.75, 0)):
        calls.clear()
        method.loss(network, batch(), replace(at, progress=progress))
        assert len(calls) == used, progress
    assert "kept" not in method.loss(network, batch(), replace(at, progress=0.2)).shares
    kept, made = method.loss(network, batch(), at).shares["kept"]
    assert (kept.item(), made.item()) == (16, 16)  # four labelled images and two views of six others
    network.hybridise_in_class = lambda images, others, labels: (images, torch.arange(len(labels)) < 4)
    assert method.loss(network, batch(), at).shares["kept"][0].item() == 4
    # In the other batches MixUp is drawn: the base is given no mix.
    given = []

    def loss(self, network, batch, step, mix=None):
        given.append(mix is not None)
        if mix is not None:
            mix(torch.zeros(2, 3, 16, 16), torch.zeros(2, 3), torch.Generator())
        return Losses({})

    monkeypatch.setattr(MixMatch, "loss", loss)
    method = replace(method, prob=0.2)
    for index in range(400):
        method.loss(network, batch(), replace(at, index=index))
    assert 0.14 < sum(given) / 400 < 0.26


def test_hybrids_stand_in_place_of_mixup():
    """All images, in other contexts of the batch, where they keep their class; their targets stay."""
    method, network = built("mixmatch", prob=1.0)
    network.eval()
    given, at = batch(), step(network)
    losses = method.loss(network, given, at)
    views = given.unlabelled.images.unbind(1)
    guess = method.base.guess(network.classifier, views)
    images = torch.cat([given.images[:, 0], *views])
    targets = torch.cat([nn.functional.one_hot(given.labels[:, 0], 3).float(), guess, guess])
    others = torch.randperm(16, generator=at.generator("mixture", per_rank=True))
    hybrids, kept = network.hybridise_in_class(images, images[others], targets.argmax(1))
    assert kept.any()
    log_probs = network.classifier(hybrids)[:, 0].log_softmax(-1)
    torch.testing.assert_close(losses.terms["supervised"], -(targets[:4] * log_probs[:4]).sum(1).mean())
    # The auto-encoder learns from what the classifier was shown: the hybrids.
    rebuilt = network.decode(network.content(hybrids), network.context(hybrids))
    expected = 0.25 * nn.functional.mse_loss(rebuilt, hybrids)
    torch.testing.assert_close(losses.terms["reconstruction"], expected, atol=1e-5, rtol=1e-4)


def test_without_terms_of_its_own_it_is_the_base():
    method, network = built(reconstruction=0.0, regularisation=0.0)
    network.eval()
    at = step(network)
    terms = method.loss(network, batch(), at).terms
    base = BASES["mean-teacher"].loss(network.classifier, batch(), replace(at, average=at.average.classifier)).terms
    assert terms.keys() == base.keys()
    for name, value in base.items():
        torch.testing.assert_close(terms[name], value, msg=name)
    for options in ({"reconstruction": 0.0}, {"regularisation": 0.0}):
        assert {"reconstruction", "regularisation"} <= built(**options)[0].loss(network, batch(), at).terms.keys()


def test_plans_networks_and_callbacks():
    method, _ = built()
    assert method.training_cycles == 3
    assert method.plan(2) == BASES["mean-teacher"].plan(2)
    with pytest.raises(UsageError, match="batch_size is 1"):
        method.plan(1)
    grey = method.build(build_network("wrn-10-1", 3, 1, image_size=16), 3)
    assert grey.hybridise(*torch.zeros(2, 1, 1, 16, 16)).shape == (1, 1, 16, 16)
    assert not torch.equal(grey.residual.conv1.weight, grey.backbone.conv1.weight)
    source = cycles().source
    loaders = Loaders(None, None, lambda images, *_: _Stream(images), source)
    (callback,) = replace(method, copies=4, window=(0.1, 0.2)).callbacks(loaders, 6, 5)
    assert (callback.epochs, callback.window, callback.copies, callback.seed) == (6, (0.1, 0.2), 4, 5)
    assert callback.source is source
    assert callback.labelled is loaders.labelled
    assert replace(method, cycles=1).callbacks(loaders, 6, 5) == []


def test_the_secondary_optimiser_of_mixmatch_is_sgd_with_a_cosine():
    (part,) = built("mixmatch")[0].parts
    assert (part.modules, part.lr, part.optimizer, part.weight_decay) == (("residual", "decoder"), 0.2, "sgd", 5e-4)
    assert part.cosine == 950 / 900
    (part,) = built("mixmatch", lr=0.5)[0].parts
    assert part.lr == 0.5
    (part,) = built()[0].parts
    assert (part.modules, part.lr, part.optimizer, part.cosine) == (("residual", "decoder"), None, None, None)
    assert built(lr=0.5)[0].parts[0].lr == 0.5


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
    callback, module, trainer = cycles(), _Module(built()[1]), _Trainer()
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
    callback, module, trainer = cycles(), _Module(built()[1]), _Trainer()
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
    callback, network, trainer = cycles(), built()[1].train(), _Trainer()
    sizes = []

    def upper_half_of_the_content(content, context, labels):
        assert not network.training
        sizes.append(len(labels))
        mixed = torch.cat([content[:, :, :8], context[:, :, 8:]], 2)
        return mixed, labels == 0

    network.hybridise_in_class = upper_half_of_the_content
    trainer.current_epoch = 6
    callback.on_train_epoch_start(trainer, _Module(network))
    assert sizes == [16, 16, 8]
    assert network.training
    assert callback.cycle == 1
    assert callback.kept == 0.5  # labels 0 1 2 0
    made = callback.hybrids.images
    torch.testing.assert_close(made[:, :, :8], callback.images.images.repeat(10, 1, 1, 1)[:, :, :8])
    draws = torch.randint(8, (40,), generator=keyed_generator(0, "hybrids", 1))
    torch.testing.assert_close(made[:, :, 8:], callback.others.images[draws][:, :, 8:])
    assert callback.hybrids.labels.tolist() == [0, 1, 2, 0] * 10
    trainer.current_epoch = 12
    callback.on_train_epoch_start(trainer, _Module(network))
    assert (callback.cycle, callback.kept) == (2, 0.5)
    assert not torch.equal(callback.hybrids.images, made)
    # What is brighter than white or darker than black is cut off.
    network.hybridise_in_class = lambda content, *_: (torch.full_like(content, 1e3), torch.ones(len(content)) > 0)
    trainer.current_epoch = 18
    callback.on_train_epoch_start(trainer, _Module(network))
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
    callback, module, trainer = cycles(), _Module(built()[1]), _Trainer()
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
    callback, module, trainer = cycles(), _Module(built()[1]), _Trainer()
    trainer.current_epoch = 9
    callback.on_train_epoch_start(trainer, module)
    again = cycles()
    again.load_state_dict(callback.state_dict())
    other = _Module(built()[1])
    again.on_train_start(trainer, other)
    torch.testing.assert_close(other.train_loader.labelled.images.images[4:], callback.hybrids.images)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"base": "mixmatch", "cycles": 2}, "choose 1"),
        ({"cycles": 0}, "cycles is 0"),
        ({"copies": 0}, "copies is 0"),
        ({"regularisation": -0.1}, "regularisation is -0.1"),
        ({"window": (0.9, 0.1)}, "the window is 0.9 to 0.1"),
        ({"prob": 2.0}, "prob is 2.0"),
        ({"prob": -1.0}, "prob is -1.0"),
        ({"reconstruction": -0.1}, "reconstruction is -0.1"),
        ({"window": (-0.1, 0.5)}, "the window is -0.1 to 0.5"),
        ({"window": (0.1, 1.5)}, "the window is 0.1 to 1.5"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(UsageError, match=message):
        built(**options)


def test_other_networks_are_refused():
    with pytest.raises(UsageError, match="made of wide ResNets"):
        SamosaTraining(BASES["fixmatch"]).build(build_network("preactresnet18-1", 3, image_size=16), 3)
    assert isinstance(built()[1], Samosa)
