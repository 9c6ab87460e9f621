"""Part 1: every method's loss and gradients on the device against the CPU, and whether a step waits."""

import copy
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.device.parts import Report, synchronise
from contentmix import ArraySet, Batch, Place, TrainLoader, load_data
from contentmix.data import EvalLoader, TwoStreamLoader
from contentmix.hybrids import HybridAugmentation
from contentmix.networks import build_network
from contentmix.options.methods import METHODS
from contentmix.runs.methods import build_method
from contentmix.training import Loaders, Losses, MovingAverage
from contentmix.training.arithmetic import arithmetic
from contentmix.training.method import Step

CPU = torch.device("cpu")
# Noise of whole images or layers is drawn where they are: these differ from the CPU's, and are only run.
NOISY_MIXES = ("fmix", "cowmix", "patchup")
OWN_NOISE = (*NOISY_MIXES, "dropout")
CASES: dict[str, dict] = {
    **{name: {} for name in METHODS},
    **{f"supervised {mix}": {"mix": mix} for mix in ("mixup", "cutmix", "resizemix", "manifold-mixup", *NOISY_MIXES)},
    "ensemble-layers": {"layers": "masked"},
    "ensemble-layers dropout": {"layers": "dropout"},
    "linear-mixmo cutmix": {"cutmix_prob": 0.5, "members": 3},
    "cut-mixmo random": {"encoders": 1, "assignment": "random"},
    "mixvit encoding": {"attribution": "encoding", "mix": "cutmix-mixup"},
    "samosa mixmatch": {"base": "mixmatch", "prob": 1.0, "start": 0.0, "stop": 1.0, "cycles": 1},
    "scimix-generator all": {
        "warmup": 0.0,
        "r1": 0.1,
        "freeze_guide": False,
        "guide_jitter": 0.5,
        "critic_jitter": 0.5,
    },
}


def source(count: int):
    """digits-m, with unlabelled images beside the labelled ones."""
    found = load_data("digits-m")
    first, second = (
        ArraySet(found.train.images[s], found.train.labels[s]) for s in (slice(count), slice(count, 2 * count))
    )
    return replace(found, train=first, unlabelled=second, test=found.test[torch.arange(64)])


def made(case: str, width: int = 1):
    """The method, and its network with weights of seed 0."""
    name, options = case.split()[0], CASES[case]
    augmentation = None
    torch.manual_seed(0)
    if name == "scimix":
        generator = build_method("scimix-generator", {}, 10).build(build_network("wrn-10-1", 10), 10)
        augmentation = HybridAugmentation(generator)
        options = {"generator": Path("generator"), **options}
    method = build_method(name, options, 10, augmentation)
    backbone = "convit-48-2-4" if name == "mixvit" else f"wrn-10-{width}"
    return method, method.build(build_network(backbone, 10), 10)


def loaders_of(method, data, batch: int) -> Loaders:
    plan = method.plan(batch)
    plan = replace(plan, unlabelled=plan.unlabelled and replace(plan.unlabelled, batch_size=2 * batch))

    def labelled(images, rank, processes, device):
        return TrainLoader(images, data, plan, 0, Place(rank, processes, device), len(data.train) // batch)

    def train(rank, processes, device):
        first = labelled(data.train, rank, processes, device)
        if plan.unlabelled is None:
            return first
        place = Place(rank, processes, device)
        return TwoStreamLoader(first, TrainLoader(data.unlabelled, data, plan.unlabelled, 1, place, len(first)))

    return Loaders(train, lambda *place: EvalLoader(data.test, data, Place(*place)), labelled, data)


def on(device: torch.device, value):
    """A batch, or whatever it holds, on ``device``."""
    if isinstance(value, Tensor):
        return value.to(device)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: on(device, getattr(value, each.name)) for each in fields(value)})
    return value


def passed(method, network, batch: Batch, index: int = 0) -> tuple[Tensor, dict[str, Tensor]]:
    """Loss and gradients of a step at which everything that can happen does."""
    average = MovingAverage(copy.deepcopy(network), 0.9).module
    found = method.loss(network, batch, Step(0, index, 0.25, 5.0, 10, average=average))
    loss = found.total if isinstance(found, Losses) else found
    loss.backward()
    gradients = {name: p.grad.detach().cpu() for name, p in network.named_parameters() if p.grad is not None}
    return loss.detach().cpu(), gradients


def agreement(report: Report, device: torch.device) -> None:
    """Loss and gradients of one step of every method, on the device and on the CPU, in single precision."""
    data = source(64)
    for case in CASES:

        def compare(case=case) -> None:
            method, network = made(case)
            there = copy.deepcopy(network).to(device)
            batch = next(iter(loaders_of(method, data, 8).train(0, 1, CPU)))
            again = next(iter(loaders_of(method, data, 8).train(0, 1, device)))
            apart = float((again.images.cpu() - batch.images).abs().max())
            loss, gradients = passed(method, there, on(device, batch))
            if any(word in OWN_NOISE for word in case.split()):
                report.check(f"loss of {case}", bool(torch.isfinite(loss)), f"{float(loss):.6g}, own noise")
                return
            wanted, theirs = passed(method, network, batch)
            error = float((loss - wanted).abs() / wanted.abs().clamp(min=1e-6))
            norm = torch.stack([g.norm() for g in theirs.values()]).norm()
            off = torch.stack([(gradients[name] - theirs[name]).norm() for name in theirs]).norm() / norm
            note = f"loss off by {error:.1e}, gradients by {float(off):.1e}, images by {apart:.1e}"
            good = error < 1e-4 and float(off) < 1e-2 and apart < 1e-5 and gradients.keys() == theirs.keys()
            report.check(f"{case} as on the CPU", good, note)

        with arithmetic("32", autotune=False, deterministic=False):
            report.attempt(f"{case} as on the CPU", compare)


def waiting(report: Report, device: torch.device) -> None:
    """Batches and steps of every method while whatever waits for the device is an error."""
    data = source(64)
    for case in CASES:

        def watch(case=case) -> None:
            method, network = made(case)
            network = network.to(device)
            average = MovingAverage(network, 0.9)
            average.follow(network)
            optimizer = torch.optim.SGD(network.parameters(), 1e-4, momentum=0.9, fused=True)
            batches = iter(loaders_of(method, data, 8).train(0, 1, device))
            for index in range(3):
                if index == 2:
                    synchronise(device)
                    torch.cuda.set_sync_debug_mode("error")
                batch = next(batches)
                found = method.loss(network, batch, Step(0, 16, 0.25, 5.0, 10, average=average.module))
                (found.total if isinstance(found, Losses) else found).backward()
                optimizer.step()
                optimizer.zero_grad()
                average.update(index + 1)
            report.check(f"{case} waits for nothing", True)

        try:
            report.attempt(f"{case} waits for nothing", watch)
        finally:
            torch.cuda.set_sync_debug_mode("default")


def part(report: Report, device: torch.device) -> None:
    """Agreement, and on CUDA waiting."""
    agreement(report, device)
    if device.type == "cuda":
        waiting(report, device)
