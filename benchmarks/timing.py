"""Side-by-side timing: the functions take turns, so that whatever the machine does besides slows them all alike."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import ge, le


@dataclass(frozen=True)
class Measurement:
    """One figure, and the bound it is held against where there is one: ``("<=", 1.02)``."""

    name: str
    value: float
    unit: str
    bound: tuple[str, float] | None = None

    @property
    def holds(self) -> bool:
        if self.bound is None:
            return True
        sign, limit = self.bound
        return {"<=": le, ">=": ge}[sign](self.value, limit)


def take_turns(functions: Mapping[str, Callable[[], object]], rounds: int, warm_up: int = 1) -> dict[str, list[float]]:
    """Seconds of each function in each of ``rounds`` rounds, after ``warm_up`` rounds that are not counted.

    Every round begins with another function, since what runs first may find other caches and clocks than what runs last.
    """
    names = list(functions)
    times: dict[str, list[float]] = {name: [] for name in functions}
    for turn in range(warm_up + rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            start = time.perf_counter()
            functions[name]()
            if turn >= warm_up:
                times[name].append(time.perf_counter() - start)
    return times


def paired_ratio(times: Mapping[str, list[float]], numerator: str, denominator: str) -> float:
    """The median over rounds of the ratio of two functions' times in the same round."""
    return statistics.median(a / b for a, b in zip(times[numerator], times[denominator], strict=True))
