"""Bare training loops, and their times side by side."""

import itertools
import statistics
import time
from contextlib import ExitStack

import torch
from torch import nn

from benchmarks.device.parts import Report, synchronise
from contentmix import Place, TrainLoader
from contentmix.networks import build_network
from contentmix.training.arithmetic import arithmetic, compile_network
from contentmix.training.method import Step
from contentmix.training.replayed import replayed


class Loop:
    """A bare training loop of one method: batches of the in-memory loader, loss, backward pass, fused update.

    What is compiled, ``"kernels"``, is replayed as CUDA graphs; ``"graphs"`` are those of the kernels as they are, and so are
    ``"replayed"``, as ``--cuda-graphs`` has it, which reads weights where they are.
    """

    def __init__(self, name: str, method, batch: int, device: torch.device, data, compiled: str = ""):
        torch.manual_seed(0)
        self.device, self.method, self.precision, self.compiled = device, method, "bf16", compiled
        layout = torch.channels_last if name.startswith("wrn") else torch.contiguous_format
        self.network = method.build(build_network(name, 10), 10).to(device, memory_format=layout)
        if compiled == "graphs":
            self.network.compile(backend="cudagraphs")
        elif compiled == "kernels":
            compile_network(self.network, graphs=device.type == "cuda")
        self.optimizer = optimiser(self.network, name)
        loader = TrainLoader(data.train, data, method.plan(batch), 0, Place(device=device))
        self.batches = itertools.chain.from_iterable(itertools.repeat(loader))
        self.graphs = ExitStack()
        if compiled == "replayed":
            self.graphs.enter_context(replayed(self.network))

    def close(self) -> None:
        """Give back the memory of graphs."""
        self.graphs.close()

    def step(self) -> None:
        batch = next(self.batches)
        if self.compiled in ("graphs", "kernels") and self.device.type == "cuda":
            torch.compiler.cudagraph_mark_step_begin()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16"):
            loss = self.method.loss(self.network, batch, Step(0, batch.step, 0.0, 0.0, 10))
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()

    def seconds(self, steps: int) -> float:
        """Of a step, over several that follow one another without waiting."""
        synchronise(self.device)
        start = time.perf_counter()
        for _ in range(steps):
            self.step()
        synchronise(self.device)
        return (time.perf_counter() - start) / steps


def optimiser(network: nn.Module, name: str) -> torch.optim.Optimizer:
    if name.startswith("wrn"):
        return torch.optim.SGD(network.parameters(), 1e-3, momentum=0.9, weight_decay=6e-4, nesterov=True, fused=True)
    return torch.optim.AdamW(network.parameters(), 1e-4, fused=True)


def compare(
    report: Report, loops: dict[str, Loop], title: str, steps: int, rounds: int, tuned: bool = True
) -> dict[str, float]:
    """Median seconds of a step of each, in blocks that take turns; with steps per second and peak memory."""
    times: dict[str, list[float]] = {name: [] for name in loops}
    precision = "tf32" if "tf32" in title else "32"
    with arithmetic(precision, autotune=True, deterministic=False):
        for name, loop in list(loops.items()):
            if loop.device.type == "cuda":
                torch.cuda.reset_peak_memory_stats()
                before = torch.cuda.memory_allocated()
            try:
                loop.seconds(4)
            except Exception as error:
                report.check(f"{title}, {name}", False, f"{type(error).__name__}: {' '.join(str(error).split())[:300]}")
                del times[name]
                continue
            if loop.device.type == "cuda":
                peak = (torch.cuda.max_memory_allocated() - before) / 2**20
                report.figure(f"{title}, {name}: peak memory of a step beyond weights", peak, "MiB")
        for turn in range(rounds):
            names = list(times)
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                times[name].append(loops[name].seconds(steps))
    found = {name: statistics.median(each) for name, each in times.items()}
    for name, seconds in found.items():
        report.figure(f"{title}, {name}", 1 / seconds, "steps/s")
    for name in ("Linear-MixMo", "Cut-MixMo", "MixShare", "MixViT"):
        if name in found and "vanilla" in found:
            bound = ("<=", 1.03) if name == "Cut-MixMo" and loops[name].device.type != "cpu" else None
            report.figure(f"{title}, {name} step / vanilla", found[name] / found["vanilla"], "x", bound)
    return found
