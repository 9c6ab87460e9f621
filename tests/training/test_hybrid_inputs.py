"""Hybrids as inputs of a method: what they are made of, what they are taught as, and when."""

import types
from dataclasses import replace

import pytest
import torch

from contentmix.batch import Batch, Colors
from contentmix.data import BatchPlan, load_data
from contentmix.errors import UsageError
from contentmix.hybrids import HybridAugmentation
from contentmix.networks import build_network
from contentmix.options.mixvit import MixViTOptions
from contentmix.runs.methods import build_method
from contentmix.training import HybridInputs, MixViT, MultiInput, Step, Supervised
from contentmix.training.inputs import mixed_inputs
from tests.hybrids.halves import Halves

STEP = Step(0, 3, 0.2, 1.0, 10)
RUN = "a-run"


def batch(members=1, colors=False):
    """Six positions of grey images, whose upper half is a number of its own and whose lower half is that number below zero."""
    numbers = torch.arange(1.0, 1 + 6 * members).view(6, members, 1, 1, 1)
    upper = numbers.expand(-1, -1, 1, 8, 16)
    images = torch.cat([upper, -upper], -2)
    labels = torch.arange(6 * members).view(6, members) % 10
    if not colors:
        return Batch(images, labels)
    drawn = Colors(images, torch.zeros_like(numbers), 100 * numbers)
    return Batch(drawn.images, labels, colors=drawn)


def method_of(base=None, prob=1.0):
    return HybridInputs(base or Supervised(), HybridAugmentation(Halves()), prob)


def halves(images):
    """The numbers of contents and of contexts, in order."""
    flat = images.flatten(0, 1)[:, 0, :, 0]
    return flat[:, 0], -flat[:, -1]


@pytest.mark.parametrize("members", [1, 2])
def test_every_image_keeps_its_content_and_its_label_in_the_context_of_another(members):
    given, method = batch(members), method_of()
    made = method.hybrid(given, STEP)
    content, context = halves(made.images)
    own, _ = halves(given.images)
    assert torch.equal(content, own)
    assert torch.equal(context.sort().values, own)
    assert not torch.equal(context, own)
    assert torch.equal(made.labels, given.labels)
    assert len(method.augmentation.generator.encoded) == 6 * members  # each image once
    assert torch.equal(halves(given.images)[1], own), "what is given stays as it is"


def test_contexts_are_keyed_by_the_step():
    first, again, other = (method_of().hybrid(batch(), replace(STEP, index=index)).images for index in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_hybrids_of_plain_images_get_the_colours_of_their_contexts():
    made = method_of().hybrid(batch(colors=True), STEP).images[:, 0, 0, :, 0]
    # Content i in the colours of context j: i + 100 j above, and -j + 100 j below.
    context = made[:, -1] / 99
    torch.testing.assert_close(made[:, 0], torch.arange(1.0, 7.0) + 100 * context)


@pytest.mark.parametrize(("prob", "least", "most"), [(0.0, 0, 0), (0.5, 12, 28), (1.0, 40, 40)])
def test_batches_are_hybrids_with_the_probability(prob, least, most):
    seen = []

    class Base(Supervised):
        def loss(self, network, batch, step):
            seen.append(batch)
            return torch.zeros(())

    given = batch()
    for index in range(40):
        method_of(Base(), prob).loss(None, given, replace(STEP, index=index))
    count = sum(not torch.equal(each.images, given.images) for each in seen)
    assert least <= count <= most
    assert all(torch.equal(each.labels, given.labels) for each in seen)


@pytest.mark.parametrize(
    ("name", "options", "base"),
    [
        ("supervised", {"prob": 0.3, "label_smoothing": 0.2}, Supervised(label_smoothing=0.2)),
        ("mimo", {}, None),
        ("cut-mixmo", {"members": 3}, None),
        ("mixshare", {}, None),
        ("mixvit", {}, MixViT(mix="none")),
    ],
)
def test_a_mix_of_hybrids_is_the_plain_method_on_them(name, options, base):
    augmentation = HybridAugmentation(Halves())
    made = build_method(name, {**options, "mix": "hybrids", "generator": RUN}, 10, augmentation)
    assert made.augmentation is augmentation
    assert made.prob == options.get("prob", 0.5)
    plain = base or build_method(name, options, 10)
    assert made.base == plain
    assert isinstance(made.base, Supervised | MultiInput | MixViT)
    assert made.plan(8) == plain.plan(8)
    assert isinstance(made.plan(8), BatchPlan)


def test_the_loss_is_that_of_the_base_on_hybrids():
    augmentation = HybridAugmentation(Halves())
    torch.manual_seed(0)
    for name, members in (("supervised", 1), ("cut-mixmo", 2)):
        method = build_method(name, {"mix": "hybrids", "generator": RUN}, 10, augmentation)
        network = method.build(build_network("wrn-10-1", 10, 1, image_size=16), 10).eval()
        method, given = replace(method, prob=1.0), batch(members)
        loss = method.loss(network, given, STEP)
        assert loss.item() == method.base.loss(network, method.hybrid(given, STEP), STEP).item()
        assert loss.item() != method.base.loss(network, given, STEP).item()
        loss.backward()


def test_a_generator_of_other_images_is_told_before_training():
    data = load_data("digits")
    spec = types.SimpleNamespace(**{n: getattr(data, n) for n in ("classes", "channels", "mean", "std")}, image_size=16)
    method = HybridInputs(Supervised(), HybridAugmentation(Halves(), spec))
    method.check(data)
    for name, value in (("image_size", 32), ("classes", ("a", "b"))):
        spec = types.SimpleNamespace(**{**vars(spec), name: value})
        with pytest.raises(UsageError, match=f"the generator was trained with {name} .*train one on the same data"):
            HybridInputs(Supervised(), HybridAugmentation(Halves(), spec)).check(data)
        spec = types.SimpleNamespace(**{**vars(spec), name: getattr(data, name)})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: build_method("cut-mixmo", {"mix": "hybrids"}, 10),
            "mix is hybrids, which a generator makes: train one",
        ),
        (lambda: MixViTOptions(mix="hybrids"), "give its run as --generator"),
        (
            lambda: build_method("supervised", {"mix": "cutmix", "generator": RUN}, 10),
            "generator is an option of mix hybrids: leave it out with mix cutmix",
        ),
        (
            lambda: build_method("supervised", {"mix": "hybrids", "generator": RUN, "alpha": 0.3}, 10),
            "alpha is an option of another mix",
        ),
        (
            lambda: build_method("scimix", {"base": "supervised", "mix": "hybrids", "generator": RUN}, 10),
            "mix is hybrids: scimix learns from",
        ),
        (lambda: mixed_inputs(batch(2), "hybrids", 0.0, STEP), "mix is hybrids: images become hybrids in HybridInputs"),
        (lambda: method_of(prob=1.5), "prob is 1.5"),
        (lambda: replace(method_of(), augmentation=None).hybrid(batch(), STEP), "give the method one to train with"),
    ],
)
def test_what_cannot_be_is_one_line(make, message):
    with pytest.raises(UsageError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)
