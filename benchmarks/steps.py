"""Training steps of a WRN-28-2, batches of 64 images of 32 px: the methods, the layouts, and the trainer's own share."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.subjects import BATCH, METHODS, images, network, training_step, training_update
from benchmarks.timing import Measurement, paired_ratio, take_turns
from contentmix import Batch, Place, TrainLoader
from contentmix.training import Hardware, LearningRate, Loaders, Optimisation, Training, fit


def methods(rounds: int = 90) -> list[Measurement]:
    """MixMo against vanilla, MixShare against MixMo."""
    source = images(4096)
    times = take_turns({name: training_step(m, network(m), source) for name, m in METHODS.items()}, rounds, 2)
    vanilla = Measurement("vanilla training step", 1e3 * statistics.median(times["vanilla"]), "ms")
    return [
        vanilla,
        *(
            Measurement(f"{name} training step / vanilla", paired_ratio(times, name, "vanilla"), "x", ("<=", 1.02))
            for name in ("Linear-MixMo", "Cut-MixMo")
        ),
        Measurement(
            "MixShare training step / Cut-MixMo", paired_ratio(times, "MixShare", "Cut-MixMo"), "x", ("<=", 1.05)
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
    with tempfile.TemporaryDirectory() as cache:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = cache  # what an earlier run compiled would not be waited for
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


class _Interleaved:
    """A loader that makes a bare step of its own before each batch that it hands to the trainer, and times both."""

    def __init__(self, loader: TrainLoader, bare_step: Callable[[Batch], None]) -> None:
        self.loader, self.bare_step, self.start_step = loader, bare_step, 0
        self.times: dict[str, list[float]] = {"bare": [], "trainer": []}

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[Batch]:
        for batch in self.loader:
            start = time.perf_counter()
            self.bare_step(batch)
            handed = time.perf_counter()
            yield batch
            # Whatever the trainer did until it wanted another batch.
            self.times["bare"].append(handed - start)
            self.times["trainer"].append(time.perf_counter() - handed)


def trainer(steps: int = 100, warm_up: int = 4) -> list[Measurement]:
    """A step within the trainer (Lightning, checks, history, logs) against a bare one, taking turns step by step."""
    source, method = images(BATCH * (steps + warm_up)), METHODS["vanilla"]
    loader = _Interleaved(
        TrainLoader(source.train, source, method.plan(BATCH), 0, Place()), training_update(method, network(method))
    )
    optimisation = Optimisation(lr=0.01, schedule=LearningRate("constant", 1), weight_decay=6e-4)
    module = Training(method, network(method), optimisation, Loaders(lambda *_: loader, None), seed=0, classes=10)
    with tempfile.TemporaryDirectory() as folder:
        hardware = Hardware(device="cpu", channels_last=True)
        fit(module, Path(folder), epochs=1, hardware=hardware, progress=False)
    # The first batches are fetched ahead of any step; the last interval holds the end of the epoch.
    times = {name: found[warm_up:-1] for name, found in loader.times.items()}
    ratio = paired_ratio(times, "trainer", "bare")
    return [Measurement("step in the trainer / bare loop", ratio, "x", ("<=", 1.03))]
