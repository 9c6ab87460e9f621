"""The training of MixViT: its masks, its loss, its schedule."""

from dataclasses import replace

import pytest
import torch

from contentmix import Batch, UsageError
from contentmix.mixing import Collage, Dirichlet, Rectangle, cutmix_mixup, majority
from contentmix.networks import build_network, convit
from contentmix.options.run import RunOptions
from contentmix.runs.recipes import resolve
from contentmix.training import MixViT, MultiInput, Step

STEP = Step(seed=0, index=3, progress=0.0, epoch=0.0, classes=5)
PLAIN = MixViT(mix="none", label_smoothing=0.0, batch_augmentations=1)


def batch(size=6, members=2):
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(5, (size, members), generator=generator)
    return Batch(torch.randn(size, members, 3, 16, 16, generator=generator), labels, step=3)


def build(method):
    torch.manual_seed(0)
    return method.build(convit(5, image_size=16, dim=16, depth=1, heads=4), 5)


def test_the_loss_is_equation_4_4():
    network, given = build(PLAIN), batch()
    mixture = PLAIN.draw(6, (16, 16), (4, 4), STEP)
    log_probs = network(given.images, mixture).log_softmax(-1).detach()
    expected = 0.0
    for sample in range(6):
        for member in range(2):
            share = float(mixture.masks[sample, member].sum()) / 16
            expected -= share * float(log_probs[sample, member, given.labels[sample, member]]) / 6
    assert PLAIN.loss(network, given, STEP).item() == pytest.approx(expected, rel=1e-5)


def test_smoothing_spreads_a_share_of_the_target():
    network, given = build(PLAIN), batch()
    smooth = replace(PLAIN, label_smoothing=0.1)
    mixture = PLAIN.draw(6, (16, 16), (4, 4), STEP)
    log_probs = network(given.images, mixture).log_softmax(-1)
    even = -(mixture.ratios * log_probs.mean(-1)).sum(1).mean()
    expected = 0.9 * PLAIN.loss(network, given, STEP) + 0.1 * even
    torch.testing.assert_close(smooth.loss(network, given, STEP), expected)


def test_all_tokens_weigh_all_inputs_alike():
    method = replace(PLAIN, all_tokens=True)
    network, given = build(method), batch()
    log_probs = network(given.images).log_softmax(-1)
    expected = -log_probs.gather(-1, given.labels[..., None]).mean()
    torch.testing.assert_close(method.loss(network, given, STEP), expected)
    assert network.inference == "together"


def test_the_last_twelfth_shows_more_and_more_samples_one_input_only():
    def share_alone(progress):
        steps = (replace(STEP, index=index, progress=progress) for index in range(300))
        return sum(PLAIN.draw(2, (16, 16), (4, 4), step).masks.shape[-1] == 1 for step in steps) / 300

    assert share_alone(0.5) == share_alone(11 / 12 - 1e-6) == 0
    assert share_alone(23 / 24) == pytest.approx(0.5, abs=0.1)
    assert share_alone(1 - 1e-9) == 1


def test_every_patch_shows_one_input_and_kappa_counts_patches():
    mixture = PLAIN.draw(64, (16, 16), (4, 4), STEP)
    assert mixture.masks.shape == (64, 2, 4, 4)
    assert mixture.masks.sum(1).eq(1).all()
    assert set((mixture.ratios * 16).unique().tolist()) <= set(map(float, range(17)))


def test_inputs_are_mixed_themselves_before_their_patches_are():
    method = replace(PLAIN, mix="cutmix-mixup")
    network, given = build(method), batch()
    generator = STEP.generator("mix", per_rank=True)
    images, targets = cutmix_mixup(5)(given.images.flatten(0, 1), given.labels.flatten(), generator=generator)
    mixture = method.draw(6, (16, 16), (4, 4), STEP)
    log_probs = network(images.view_as(given.images), mixture).log_softmax(-1)
    expected = -(mixture.ratios * (targets.view(6, 2, 5) * log_probs).sum(-1)).sum(1).mean()
    torch.testing.assert_close(method.loss(network, given, STEP), expected)


def test_options_reach_the_network():
    method = replace(PLAIN, members=3, attribution="encoding", place="early", inference="single")
    network = build(method)
    assert (network.members, network.place, network.inference, network.all_tokens) == (3, "early", "single", False)
    assert network.attribution.weight.shape == (3, 16, 16)
    assert (build(PLAIN).inference, build(PLAIN).members, build(PLAIN).place) == ("separate", 2, "late")
    assert build(PLAIN).attribution.weight is None
    vit = replace(PLAIN, class_blocks=3).build(build_network("timm/vit_tiny_patch16_224", 5, image_size=32), 5)
    assert vit.backbone.first_class_block == 12 - 3


@pytest.mark.parametrize(("alpha", "law"), [(None, Dirichlet(0.5)), (0.5, Dirichlet(0.5)), (3.0, Dirichlet(3.0))])
def test_patches_are_those_of_a_collage_of_rectangles(alpha, law):
    generator = STEP.generator("mixture")
    expected = majority(Collage(law, Rectangle()).draw(6, 2, (16, 16), generator), (4, 4), generator)
    found = replace(PLAIN, alpha=alpha).draw(6, (16, 16), (4, 4), STEP)
    assert torch.equal(found.masks, expected.masks)
    assert torch.equal(found.ratios, expected.ratios)


def test_a_process_takes_its_rows_of_the_global_mixture():
    network, given = build(PLAIN), batch()
    part = replace(given, rows=slice(6, 12), global_size=12)
    mixture = PLAIN.draw(12, (16, 16), (4, 4), STEP)[slice(6, 12)]
    log_probs = network(given.images, mixture).log_softmax(-1)
    picked = log_probs.gather(-1, given.labels[..., None])[..., 0]
    torch.testing.assert_close(PLAIN.loss(network, part, STEP), -(mixture.ratios * picked).sum(1).mean())


def test_batch_augmentation_grows_the_batch():
    plan = MixViT().plan(128)
    assert (plan.positions, plan.unique, plan.members) == (384, 128, 2)


def test_the_recipe_is_the_thesiss():
    run = resolve(RunOptions(data="cifar100"), 32, "mixvit")
    assert (run.network, run.epochs, run.batch_size, run.lr) == ("convit", 150, 128, 1e-3)
    assert (run.optimizer, run.weight_decay, run.schedule, run.milestones) == ("adamw", 0.05, "step", (125, 140))
    assert (run.warmup_epochs, run.autoaugment, run.random_erasing, run.drop_path) == (15, True, 0.25, 0)
    # The learning rate follows the square root of the batch; longer runs decay and warm up at the same shares (A.19).
    longer = resolve(RunOptions(data="cifar100", batch_size=512, epochs=300), 32, "mixvit")
    assert (longer.lr, longer.milestones, longer.warmup_epochs) == (2e-3, (250, 280), 30)
    # A baseline trains alike; only MixViT doubles what it is regularised by on the harder sets.
    for method, decay, skip in (("mixvit", 0.1, 0.1), ("supervised", 0.05, 0.05)):
        tiny = resolve(RunOptions(data="tiny-imagenet", network="cait-xs-24"), 64, method)
        assert (tiny.weight_decay, tiny.drop_path, tiny.lr, tiny.epochs) == (decay, skip, 1e-3, 150)
    # Photos: 1e-3 is for 1024 of them, a batch that a user's machine and folder need not have.
    photos = resolve(RunOptions(data="imagenet-100", network="cait-xs-24", batch_size=1024), 224, "mixvit")
    assert (photos.weight_decay, photos.lr) == (0.1, 1e-3)
    fewer = resolve(RunOptions(data="imagenet-100", network="cait-xs-24"), 224, "mixvit")
    assert (fewer.batch_size, fewer.lr) == (128, pytest.approx(1e-3 / 8**0.5))
    # A convolutional network is trained as ever.
    assert resolve(RunOptions(data="cifar100", network="wrn-28-10"), 32).optimizer == "sgd"


def test_multi_input_methods_mix_their_inputs_alike():
    """A transformer by MixMo (table 4.1) has the same MSDA and batch augmentation."""
    method = MultiInput(r=1.0, mix="cutmix-mixup", augmentations=3, repetition=1)
    assert method.plan(16).positions == 48
    network, given = method.build(convit(5, image_size=16, dim=16, depth=1, heads=4), 5), batch()
    generator = STEP.generator("mix", per_rank=True)
    images, targets = cutmix_mixup(5)(given.images.flatten(0, 1), given.labels.flatten(), generator=generator)
    log_probs = network(images.view_as(given.images)).log_softmax(-1)
    expected = -(targets.view(6, 2, 5) * log_probs).sum(-1).sum(1).mean()  # equal ratios weigh 1 each (eq. 3.3)
    torch.testing.assert_close(method.loss(network, given, STEP), expected)
    with pytest.raises(UsageError, match="mix is mixup and cutmix_prob 0.5"):
        MultiInput(mix="mixup", cutmix_prob=0.5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"members": 1}, "members is 1"),
        ({"alpha": 0.0}, "alpha is 0.0"),
        ({"class_blocks": 0}, "class_blocks is 0"),
        (
            {"alpha": 1.0, "all_tokens": True},
            "alpha is an option of all_tokens False: leave it out with all_tokens True",
        ),
        ({"label_smoothing": 1.0}, "label_smoothing is 1.0"),
        (
            {"attribution": "none", "place": "early"},
            "place is an option of attribution embedding or encoding: leave it out with attribution none",
        ),
    ],
)
def test_what_does_not_fit_is_named(options, message):
    with pytest.raises(UsageError, match=message):
        MixViT(**options)
