"""Small real runs that child processes execute: 30 steps on digits, with a checkpoint after every step."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from contentmix.data import BatchPlan, Place, TrainLoader, few_labels, load_data, stratified_split
from contentmix.data import EvalLoader as Eval
from contentmix.hybrids import HybridAugmentation
from contentmix.mixing import Dirichlet, Mixer, Rectangle
from contentmix.networks import WideResNet, convit
from contentmix.options.run import RunOptions
from contentmix.runs.loaders import make_loaders
from contentmix.training import (
    FixMatch,
    FixMatchMembers,
    Hardware,
    HybridInputs,
    LearningRate,
    Loaders,
    MeanTeacher,
    MixViT,
    MultiInput,
    Optimisation,
    SamosaTraining,
    SciMixGenerator,
    Training,
    fit,
    newest_intact,
)
from contentmix.training.run_checkpoint import RunCheckpoint
from tests.hybrids.halves import Halves

EPOCHS, BATCH = 5, 16


def watch_as_on_a_device(monkeypatch):
    """Whether losses are finite is found out as on a card: by the optimiser, some steps before the host knows."""
    configure = Training.configure_optimizers

    def watched(self):
        found = configure(self)
        self.watch_losses(found["optimizer"])
        return found

    monkeypatch.setattr(Training, "configure_optimizers", watched)


def build(norm_layer=nn.BatchNorm2d, lr=0.05, cutmix_prob=0.5, **options):
    """The training module: 48 images, 6 steps an epoch, moving average, validation."""
    source = load_data("digits")
    _, some = stratified_split(source.train.labels, 0.034, 0, "tiny")
    some = some[:48]
    images = source.train[some]
    method = MultiInput(Mixer(Dirichlet(2.0), Rectangle(), prob=0.5), cutmix_prob=cutmix_prob, **options)
    torch.manual_seed(0)
    network = method.build(WideResNet(10, 1, 10, 1, norm_layer=norm_layer), 10)
    plan = method.plan(BATCH)
    assert isinstance(plan, BatchPlan)
    loaders = Loaders(
        lambda rank, processes, device: TrainLoader(images, source, plan, 0, Place(rank, processes, device)),
        lambda rank, processes, device: Eval(source.test[torch.arange(40)], source, Place(rank, processes, device)),
    )
    optimisation = Optimisation(
        lr=lr, schedule=LearningRate("step", EPOCHS, milestones=(3,), warmup_epochs=1), ema_decay=0.9, grad_clip=5.0
    )
    return Training(method, network, optimisation, loaders, seed=0, classes=10)


def build_few_labels(norm_layer=nn.BatchNorm2d, method=None):
    """Mean Teacher, or another method, on 20 labelled and 52 unlabelled images, 6 steps an epoch."""
    source = load_data("digits")
    source = replace(source, train=source.train[torch.arange(72)], test=source.test[torch.arange(200)])
    source, _ = few_labels(source, 20, 0)
    method = method or MeanTeacher(unlabelled_batch=8)
    torch.manual_seed(0)
    backbone = WideResNet(10, 1, 10, 1, norm_layer=norm_layer)
    backbone.input_size = (1, 16)
    network = method.build(backbone, 10)
    loaders, _ = make_loaders(source, method.plan(6), RunOptions(select="test"))
    schedule = LearningRate("cosine", 1.2 * EPOCHS)
    return Training(method, network, Optimisation(0.005, schedule, ema_decay=0.9), loaders, seed=0, classes=10)


def build_few_label_members():
    """FixMatch with two members, on the same images."""
    inputs = MultiInput(Mixer(Dirichlet(2.0), Rectangle(), prob=0.5), repetition=1)
    return build_few_labels(
        method=FixMatchMembers(FixMatch(unlabelled_batch=8, threshold=0.1), inputs, agreement=False)
    )


def build_hybrid_inputs():
    """Cut-MixMo whose inputs are halves of two images."""
    made = build(cutmix_prob=0.0)
    made.method = HybridInputs(made.method, HybridAugmentation(Halves()))
    return made


def build_scimix_generator():
    """SciMix's generator with three optimisers, whose terms begin one after the other."""
    options = {"generator_optimizer": "adam", "guide_jitter": 0.5, "r1": 0.1, "warmup": 0.1, "context_start": 0.25}
    return build_few_labels(method=SciMixGenerator(unlabelled_batch=8, **options))


def build_samosa():
    """SAMOSA in cycles of two epochs, with hybrids of the first in the second."""
    method = SamosaTraining(MeanTeacher(unlabelled_batch=8), cycles=3, copies=2, window=(0.0, 1.0))
    return build_few_labels(method=method)


def build_mixvit(norm_layer=None, mix="cutmix-mixup", drop_path=0.3):
    """MixViT on 48 images with all of DeiT's augmentation, 6 steps an epoch."""
    source = load_data("digits")
    source = replace(source, train=source.train[torch.arange(48)], test=source.test[torch.arange(40)])
    method = MixViT(attribution="encoding", mix=mix, batch_augmentations=2)
    torch.manual_seed(0)
    network = method.build(convit(10, image_size=16, in_channels=1, dim=16, depth=2, heads=4, drop_path=drop_path), 10)
    options = RunOptions(select="test", autoaugment=True, random_erasing=0.25)
    loaders, _ = make_loaders(source, method.plan(8), options)
    optimisation = Optimisation(
        0.002, LearningRate("constant", EPOCHS), optimizer="adamw", weight_decay=0.05, ema_decay=0.9
    )
    return Training(method, network, optimisation, loaders, seed=0, classes=10)


def run(folder, *, make="build", die_after_save=False, die_while_writing=False, devices=1, resume=True, **options):
    """Run, or go on, in ``folder``; where asked, die by SIGKILL at the first checkpoint."""
    torch.set_num_threads(1)
    folder = Path(folder)
    if die_after_save:
        save = RunCheckpoint._save

        def save_and_die(self, trainer):
            save(self, trainer)
            os.kill(os.getpid(), signal.SIGKILL)

        RunCheckpoint._save = save_and_die
    if die_while_writing:
        os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
    start = None
    if resume and any((folder / "checkpoints").glob("step-*")):
        start, _ = newest_intact(folder / "checkpoints")
    hardware = Hardware(device="cpu", devices=devices, strategy="ddp" if devices > 1 else "auto", channels_last=True)
    module = globals()[make](**options)
    callbacks = module.method.callbacks(module.loaders, 2, 0) if hasattr(module.method, "callbacks") else []
    fit(
        module, folder, epochs=EPOCHS, checkpoint_every=1, hardware=hardware, resume_from=start, progress=False,
        callbacks=callbacks,
    )  # fmt: skip
