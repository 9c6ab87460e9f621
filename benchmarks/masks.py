"""Drawing masks, one per sample of a batch of 64, against a WRN-28-2 training step."""

import statistics
from collections.abc import Callable

import torch

from benchmarks.subjects import BATCH, METHODS, images, network, training_step
from benchmarks.timing import Measurement, take_turns
from contentmix import SHAPES, Dirichlet, Mixer


def masks(rounds: int = 15, draws: int = 20) -> list[Measurement]:
    """At 32 px as a share of the step; at 224 px in milliseconds."""
    vanilla = METHODS["vanilla"]
    functions: dict[str, Callable[[], object]] = {"step": training_step(vanilla, network(vanilla), images(4096))}
    for name, shape in SHAPES.items():
        functions[name] = _drawing(Mixer(Dirichlet(2.0), shape()), 32, draws)
    times = take_turns(functions, rounds)
    step = statistics.median(times.pop("step"))
    found = [
        Measurement(f"{name}, 32 px / training step", statistics.median(t) / draws / step, "x", ("<=", 0.005))
        for name, t in times.items()
    ]
    large = take_turns(
        {name: _drawing(Mixer(Dirichlet(2.0), shape()), 224, 1) for name, shape in SHAPES.items()}, rounds
    )
    return [*found, *(Measurement(f"{name}, 224 px", 1e3 * statistics.median(t), "ms") for name, t in large.items())]


def _drawing(mixer: Mixer, size: int, draws: int) -> Callable[[], None]:
    generator = torch.Generator().manual_seed(0)

    def draw() -> None:
        for _ in range(draws):
            mixer.draw(BATCH, 2, (size, size), generator)

    return draw
