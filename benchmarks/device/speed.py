"""Parts 2 to 5: steps per second, how busy the device is, its memory, and images per second of the pipeline."""

import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytorch_lightning as pl
import torch
from torch.profiler import ProfilerActivity, profile

from benchmarks.device.loops import Loop, compare
from benchmarks.device.parts import Report, synchronise
from benchmarks.subjects import METHODS, images
from contentmix import Place, TrainLoader
from contentmix.data import BatchPlan, Distortion
from contentmix.networks import build_network
from contentmix.training import Hardware, LearningRate, Loaders, MixViT, Optimisation, Supervised, Training, fit
from contentmix.training.arithmetic import arithmetic

EPOCH = 50_000
TRANSFORMERS = {
    "vanilla": Supervised(),
    "MixViT": MixViT(mix="none", label_smoothing=0.0, batch_augmentations=1),
}
# Networks with their batch, and the ones that stand for them where there is no accelerator.
SUBJECTS = {"wrn-28-10": 64, "wrn-28-2": 64, "convit": 128, "cait-xxs-24": 128}
SMALL = {"wrn-10-1": 8, "convit-48-2-4": 8}
BARE_RATIO = {"wrn-28-10": 1.05, "wrn-28-2": 1.15}
BUSY = {"wrn-28-10": 95.0, "wrn-28-2": 85.0}
TITLES = {"replayed": "--cuda-graphs", "graphs": "CUDA graphs", "kernels": "compiled"}


def methods_of(name: str) -> dict:
    return METHODS if name.startswith("wrn") else TRANSFORMERS


class _Stopwatch(pl.Callback):
    """Times blocks of steps in the trainer, which it lets run ahead in between."""

    def __init__(self, first: int, block: int) -> None:
        self.first, self.block, self.last, self.seconds = first, block, 0.0, list[float]()

    def on_train_batch_end(self, trainer, module, outputs, batch, index) -> None:
        if index >= self.first and (index - self.first) % self.block == 0:
            synchronise(module.device)
            now = time.perf_counter()
            if index > self.first:
                self.seconds.append((now - self.last) / self.block)
            self.last = now


def in_trainer(
    name: str, method, batch: int, device: torch.device, precision: str, data, block: int, blocks: int
) -> float:
    """Seconds of a step within the trainer."""
    first = 8 if device.type == "cuda" else 1
    steps = first + block * blocks + 2
    loader = TrainLoader(data.train, data, method.plan(batch), 0, Place(device=device), steps)
    network = method.build(build_network(name, 10), 10)
    optimisation = Optimisation(1e-3, LearningRate("constant", 1))
    module = Training(method, network, optimisation, Loaders(lambda *_: loader, None), seed=0, classes=10)
    watch = _Stopwatch(first, block)
    kind = {"bf16": "bf16-mixed"}.get(precision, precision)
    hardware = Hardware(device=device.type, precision=kind, channels_last=True)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        fit(module, Path(folder), epochs=1, hardware=hardware, progress=False, callbacks=[watch])
    return statistics.median(watch.seconds)


def busy(report: Report, loop: Loop, title: str, bound: tuple[str, float] | None, steps: int = 12) -> None:
    """Share of the time from the first to the last kernel of some steps in which the device computes; the host's share too."""
    synchronise(loop.device)
    start = time.perf_counter()
    for _ in range(steps):
        loop.step()
    host = time.perf_counter() - start
    synchronise(loop.device)
    share = 100 * host / (time.perf_counter() - start)
    report.figure(f"{title}: host at work", share, "% of the step")
    with ExitStack() as stack:
        seen = stack.enter_context(profile(activities=[ProfilerActivity.CUDA]))
        for _ in range(steps):
            loop.step()
        synchronise(loop.device)
    spans = sorted(
        (event.time_range.start, event.time_range.end)
        for event in seen.events()
        if event.device_type == torch.autograd.DeviceType.CUDA and event.time_range.end > event.time_range.start
    )
    covered, end = 0.0, spans[0][0]
    for begin, stop in spans:
        covered += max(0.0, stop - max(begin, end))
        end = max(end, stop)
    value = 100 * covered / (end - spans[0][0])
    report.figure(f"{title}: device busy", value, "%", bound)
    report.figure(f"{title}: kernels", len(spans) / steps, "a step")


def pipeline(report: Report, device: torch.device, data, batch: int, seconds: float) -> None:
    """Images per second of the loader alone."""
    plans = {
        "plain": (BatchPlan(batch), Distortion()),
        "MixMo with partners, member images": (
            BatchPlan(batch, members=2, repetition=2, partner_prob=0.5),
            Distortion(),
        ),
        "AutoAugment and erasing": (BatchPlan(2 * batch, augmentations=3), Distortion(True, 0.25)),
    }
    for name, (plan, distortion) in plans.items():
        loader = TrainLoader(data.train, data, plan, 0, Place(device=device), distortion=distortion)
        batches = itertools.chain.from_iterable(itertools.repeat(loader))
        count = next(batches).images.flatten(0, 1).shape[0]
        synchronise(device)
        start, made = time.perf_counter(), 0
        while time.perf_counter() - start < seconds:
            for _ in range(10):
                next(batches)
            made += 10
            synchronise(device)
        report.figure(f"in-memory pipeline, {name}", made * count / (time.perf_counter() - start), "images/s")


def part(report: Report, device: torch.device) -> None:
    """All of it, the largest network first."""
    there = device.type != "cpu"
    data = images(EPOCH if there else 512)
    report.attempt("pipeline", lambda: pipeline(report, device, data, 64 if there else 8, 1.0 if there else 0.2))
    for name, batch in (SUBJECTS if there else SMALL).items():
        loops: dict[str, Loop] = {}
        report.attempt(f"{name} is built", lambda n=name, b=batch, found=loops: build(found, n, b, device, data), 10)
        for precision in ("bf16", "tf32", "32"):
            report.attempt(
                f"{name}, {precision}",
                lambda n=name, b=batch, p=precision, found=loops: subject(report, n, b, device, p, data, found),
                6,
            )
        loops.clear()
        if device.type == "cuda":
            torch.cuda.empty_cache()


def build(loops: dict[str, Loop], name: str, batch: int, device: torch.device, data) -> None:
    """A loop of every method of a network."""
    for label, method in methods_of(name).items():
        loops[label] = Loop(name, method, batch, device, data)


def subject(
    report: Report, name: str, batch: int, device: torch.device, precision: str, data, loops: dict[str, Loop]
) -> None:
    """One network in one precision."""
    there, title = device.type != "cpu", f"{name}, {precision}"
    for loop in loops.values():
        loop.precision = precision
    steps, rounds = (5 if precision == "32" else 10, 3) if there else (1, 1)
    found = compare(report, loops, title, steps, rounds)
    with arithmetic("tf32" if precision == "tf32" else "32", autotune=True, deterministic=False):
        if name.startswith("wrn") and "vanilla" in found and precision != "32":
            seconds = in_trainer(
                name, METHODS["vanilla"], batch, device, precision, data, *((20, 3) if there else (2, 1))
            )
            bare = statistics.median(loops["vanilla"].seconds(20 if there else 2) for _ in range(3 if there else 1))
            bound = ("<=", BARE_RATIO[name]) if name in BARE_RATIO else None
            report.figure(f"{title}, step in the trainer / bare loop", seconds / bare, "x", bound)
            if name == "wrn-28-10" and precision == "bf16":
                report.figure(f"{title}, an epoch of 50,000 images", seconds * EPOCH / batch, "s", ("<=", 12.0))
        if device.type == "cuda" and precision != "32":
            for label in found.keys() & {"vanilla", "Cut-MixMo"}:
                bound = (">=", BUSY[name]) if label == "vanilla" and name in BUSY else None
                report.attempt(
                    f"{title}, {label}: device busy",
                    lambda t=label, b=bound: busy(report, loops[t], f"{title}, {t}", b),
                )


def compiled(report: Report, device: torch.device) -> None:
    """The same replayed as CUDA graphs, with the kernels as they are and with compiled ones, which costs a compilation."""
    there = device.type == "cuda"
    data = images(EPOCH if there else 512)
    small = [("wrn-28-2", "vanilla"), ("convit", "vanilla"), ("convit", "MixViT")]
    cases = [("replayed", name, label) for name in ("wrn-28-10", "wrn-28-2") for label in ("vanilla", "Cut-MixMo")]
    cases += [("graphs", *each) for each in [*small, ("wrn-28-10", "vanilla"), ("wrn-28-2", "Cut-MixMo")]]
    cases += [("kernels", *each) for each in [*small, ("wrn-28-10", "vanilla"), ("cait-xxs-24", "vanilla")]]
    alone: dict[str, float] = {}  # seconds of a step of one input
    for kind, name, label in cases:
        setting = f"{name}, bf16, {TITLES[kind]}"
        title = f"{setting}, {label}"

        def measure(kind=kind, name=name, label=label, setting=setting, title=title) -> None:
            made = closing(Loop(name, methods_of(name)[label], SUBJECTS[name], device, data, kind))
            start = time.perf_counter()
            with made as loop, arithmetic("tf32", autotune=True, deterministic=False):
                loop.seconds(3)
                report.figure(f"{title}: until the fourth step", time.perf_counter() - start, "s")
                if kind == "replayed":
                    loop.seconds(9)  # so that passes of both kinds of masks are recorded
                seconds = statistics.median(loop.seconds(10) for _ in range(3))
                report.figure(title, 1 / seconds, "steps/s")
                if label == "vanilla":
                    alone[setting] = seconds
                elif setting in alone:
                    bound = ("<=", 1.03) if label == "Cut-MixMo" else None
                    report.figure(f"{setting}, {label} step / vanilla", seconds / alone[setting], "x", bound)
                busy(report, loop, title, None)

        report.attempt(title, measure, 15 if kind == "kernels" else 8)


PARTS: dict[str, Callable[[Report, torch.device], None]] = {"speed": part, "compiled": compiled}
