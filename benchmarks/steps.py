"""Training steps of a WRN-28-2, batches of 64 images of 32 px: the methods, the layouts, and the trainer's own share."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from benchmarks.subjects import BATCH, METHODS, images, network, training_step, training_update
from benchmarks.timing import Measurement, paired_ratio, take_turns
from contentmix import Batch, Place, TrainLoader
from contentmix.training import Hardware, LearningRate, Loaders, Optimisation, Training, fit


def methods(rounds: int = 90) -> list[Measurement]:
    """MixMo against vanilla."""
    source = images(4096)
    times = take_turns({name: training_step(m, network(m), source) for name, m in METHODS.items()}, rounds, 2)
    vanilla = Measurement("vanilla training step", 1e3 * statistics.median(times["vanilla"]), "ms")
    return [
        vanilla,
        *(
            Measurement(f"{name} training step / vanilla", paired_ratio(times, name, "vanilla"), "x", ("<=", 1.02))
            for name in METHODS
            if name != "vanilla"
        ),
    ]


def layouts(rounds: int = 12) -> list[Measurement]:
    """Memory formats and modes of the vanilla step on this device."""
    source, vanilla = images(4096), METHODS["vanilla"]
    steps = {"contiguous": training_step(vanilla, network(vanilla, channels_last=False), source)}
    steps["channels-last"] = training_step(vanilla, network(vanilla), source)
    compiled = network(vanilla)
    compiled.compile()
    steps["channels-last, compiled"] = training_step(vanilla, compiled, source)
    start = time.perf_counter()
    steps["channels-last, compiled"]()
    waiting = time.perf_counter() - start
    times = take_turns(steps, rounds)
    found = [
        Measurement(f"{name} training step / contiguous", paired_ratio(times, name, "contiguous"), "x")
        for name in steps
        if name != "contiguous"
    ]
    return [*found, Measurement("first compiled step", waiting, "s")]


class _Marked:
    """A loader that notes when each batch is asked for: between two of them lies a whole step."""

    def __init__(self, loader: TrainLoader) -> None:
        self.loader, self.start_step = loader, 0
        self.marks: list[float] = []

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[Batch]:
        for batch in self.loader:
            yield batch
            self.marks.append(time.perf_counter())

    def step_time(self) -> float:
        return statistics.median(b - a for a, b in pairwise(self.marks))


def trainer(rounds: int = 5, steps: int = 12) -> list[Measurement]:
    """A step within the trainer (Lightning, history, logs) against the same step of a bare loop, in turns of some steps."""
    source, method = images(BATCH * steps), METHODS["vanilla"]

    def marked() -> _Marked:
        return _Marked(TrainLoader(source.train, source, method.plan(BATCH), 0, Place()))

    def bare() -> float:
        loader, built = marked(), network(method)
        update = training_update(method, built)
        for batch in loader:
            update(batch)
        return loader.step_time()

    def trained() -> float:
        loader = marked()
        optimisation = Optimisation(lr=0.01, schedule=LearningRate("constant", 1), weight_decay=6e-4)
        loaders = Loaders(lambda *_: loader, None)
        module = Training(method, network(method), optimisation, loaders, seed=0, classes=10)
        with tempfile.TemporaryDirectory() as folder:
            hardware = Hardware(device="cpu", channels_last=True)
            fit(module, Path(folder), epochs=1, hardware=hardware, progress=False)
        return loader.step_time()

    times: dict[str, list[float]] = {"bare": [], "trainer": []}
    for _ in range(rounds):
        times["bare"].append(bare())
        times["trainer"].append(trained())
    return [
        Measurement("step in the trainer / bare loop", paired_ratio(times, "trainer", "bare"), "x", ("<=", 1.03)),
        Measurement("bare step with its loader", 1e3 * statistics.median(times["bare"]), "ms"),
    ]
