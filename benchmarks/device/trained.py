"""Short runs of every method on the device, and one that was killed and goes on."""

import tempfile
from pathlib import Path

import pytorch_lightning as pl
import torch

from benchmarks.device import steps
from benchmarks.device.parts import Report
from benchmarks.device.steps import loaders_of, made, source
from contentmix.options.methods import METHODS
from contentmix.training import Hardware, LearningRate, Optimisation, Training, fit, newest_intact


class _Strict(pl.Callback):
    """From the fourth step to the last but two, what waits is an error; what follows that error may wait again."""

    def on_train_batch_start(self, trainer, module, batch, index) -> None:
        if module.device.type == "cuda":
            torch.cuda.set_sync_debug_mode("error" if 3 <= index < trainer.num_training_batches - 2 else "default")

    def on_exception(self, trainer, module, exception) -> None:
        if module.device.type == "cuda":
            torch.cuda.set_sync_debug_mode("default")


def training(case: str, device: torch.device, strict: bool, data, **hardware) -> tuple[Training, Hardware, list]:
    """A module that trains for epochs of eight steps."""
    method, network = made(case)
    # Nothing limits gradients here, as recipes do: at ten times the rate SciMix's generator diverges within four steps.
    optimisation = Optimisation(0.001, LearningRate("cosine", 2), ema_decay=0.9)
    module = Training(method, network, optimisation, loaders_of(method, data, 8), seed=0, classes=10)
    callbacks = method.callbacks(module.loaders, 1, 0)
    return module, Hardware(device=device.type, **hardware), [*callbacks, *([_Strict()] if strict else [])]


def runs(report: Report, device: torch.device) -> None:
    """A short training of every method, validation and checkpoints included; no step of it may wait for the device."""
    data = source(64)
    for case in METHODS:

        def train(case=case) -> None:
            module, hardware, callbacks = training(case, device, True, data)
            with tempfile.TemporaryDirectory() as folder:
                keeper, _ = fit(module, Path(folder), epochs=2, hardware=hardware, progress=False, callbacks=callbacks)
            last = keeper.history[-1]
            note = f"losses {keeper.history[0]['train_loss']:.4g}, {last['train_loss']:.4g}, val_top1 {last['val_top1']:.3g}"
            report.check(f"{case} trains", last["train_loss"] == last["train_loss"], note)

        try:
            report.attempt(f"{case} trains", train)
        finally:
            if device.type == "cuda":
                torch.cuda.set_sync_debug_mode("default")


def graphs(report: Report, device: torch.device) -> None:
    """Methods whose passes CUDA graphs may replay learn the same by them, Cut-MixMo in half precision too."""
    data = source(64)
    cases = [(case, "32") for case in METHODS if made(case)[0].replayable]
    for case, precision in [*cases, ("cut-mixmo", "bf16-mixed"), ("cut-mixmo", "16-mixed")]:
        name = f"{case} learns the same by CUDA graphs, {precision}"

        def compare(case=case, precision=precision, name=name) -> None:
            losses = []
            for cuda_graphs in (False, True):
                options = {"cuda_graphs": cuda_graphs, "precision": precision}
                module, hardware, callbacks = training(case, device, False, data, **options)
                with tempfile.TemporaryDirectory() as folder:
                    keeper, _ = fit(
                        module, Path(folder), epochs=3, hardware=hardware, progress=False, callbacks=callbacks
                    )
                losses.append([epoch["train_loss"] for epoch in keeper.history])
            apart = max(abs(one - other) / abs(one) for one, other in zip(*losses, strict=True))
            report.check(name, apart < (1e-3 if precision == "32" else 2e-2), f"losses apart by {apart:.1e}")

        report.attempt(name, compare)


class _Killed(Exception):
    pass


class _Kill(pl.Callback):
    def on_train_batch_end(self, trainer, *_) -> None:
        if trainer.global_step == 11:
            raise _Killed


def resumed(report: Report, device: torch.device) -> None:
    """A run that dies in its second epoch and goes on ends with the bits of one that did not, where kernels are deterministic."""
    data = source(64)
    for deterministic in (True, False):

        def compare(deterministic=deterministic) -> None:
            ends = []
            for dies in (False, True):
                with tempfile.TemporaryDirectory() as folder:
                    path = Path(folder)
                    options = {"epochs": 2, "checkpoint_every": 3, "progress": False}
                    if dies:
                        module, hardware, _ = training("cut-mixmo", device, False, data, deterministic=deterministic)
                        try:
                            fit(module, path, hardware=hardware, callbacks=[_Kill()], **options)
                        except _Killed:
                            options["resume_from"] = newest_intact(path / "checkpoints")[0]
                    module, hardware, _ = training("cut-mixmo", device, False, data, deterministic=deterministic)
                    fit(module, path, hardware=hardware, **options)
                ends.append({name: t.detach().cpu().clone() for name, t in module.state_dict().items()})
            apart = max(float((ends[0][name].double() - ends[1][name].double()).abs().max()) for name in ends[0])
            name = f"a run that was killed ends alike, {'deterministic' if deterministic else 'fastest'} kernels"
            report.check(name, apart == 0 if deterministic else apart < 1e-2, f"weights apart by {apart:.1e}")

        report.attempt("a run that was killed ends alike", compare)


def part(report: Report, device: torch.device) -> None:
    """Part 1 as a whole: single steps, then runs."""
    steps.part(report, device)
    resumed(report, device)
    runs(report, device)
    if device.type == "cuda":
        graphs(report, device)  # last: what there is no time for is left out
