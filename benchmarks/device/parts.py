"""How the parts report: each line as it is found, each failure in its own line, so that no part takes another with it."""

import json
import os
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict

import torch

from benchmarks.timing import Measurement


class Report:
    """Writes what is found to a file of JSON lines, and to the screen.

    Args:
        path: of the file.
        seconds: after which nothing more is begun.
    """

    def __init__(self, path: str, seconds: float) -> None:
        self.path, self.end = path, time.monotonic() + seconds

    @property
    def left(self) -> float:
        return self.end - time.monotonic()

    def figure(self, name: str, value: float, unit: str, bound: tuple[str, float] | None = None) -> None:
        found = Measurement(name, value, unit, bound)
        self.write({"figure": asdict(found)}, f"{name}: {value:.4g} {unit}{'' if found.holds else '  MISSED'}")

    def check(self, name: str, good: bool, note: str = "") -> None:
        self.write({"check": {"name": name, "good": good, "note": note}}, f"{'ok  ' if good else 'BAD '} {name} {note}")

    def attempt(self, name: str, what: Callable[[], object], seconds: float = 2.0) -> bool:
        """Do it, unless less than ``seconds`` are left; a failure is written down. Whether it was done."""
        if self.left < seconds:
            self.write({"left_out": name}, f"left out, no time: {name}")
            return False
        try:
            what()
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            note = f"{type(error).__name__}: {' '.join(str(error).split())[:400]} ({place.filename}:{place.lineno})"
            self.check(name, False, note)
            return False
        return True

    def write(self, entry: dict, text: str) -> None:
        print(text, flush=True)
        with open(self.path, "a") as file:
            file.write(json.dumps(entry) + "\n")
            file.flush()
            os.fsync(file.fileno())


def synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
