"""What a run would cost here: measured step time x steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from contentmix.runs.config import Config
from contentmix.runs.loaders import input_spec
from contentmix.runs.model import MODEL, build_trainable, save_model
from contentmix.runs.prepare import hardware_of, prepare, resolved
from contentmix.runs.shapes import Shapes
from contentmix.training import time_steps

BASIS = "step time x steps; step time is the mean of some all over the training, measured here in one process on random images"


@dataclass(frozen=True)
class Cost:
    """Of training one run.

    Attributes:
        steps: of its training.
        step_seconds: mean of the timed ones.
        timed: how many were.
    """

    steps: int
    step_seconds: float
    timed: int

    @property
    def seconds(self) -> float:
        """Of the training."""
        return self.steps * self.step_seconds


def estimate(config: Config, shapes: Shapes, *, budget: float = 15.0) -> Cost:
    """Time a few steps of ``config`` as one process here would make them, on images of the shape of its data.

    Args:
        config: of a job whose needs are there, or ``stand_in`` for them.
        shapes: knows the data.
        budget: seconds to spend on it, but for one step.
    """
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        data = shapes.of(config.run)
        # Worker processes take longer to start than the steps that are timed.
        config = resolved(replace(config, run=replace(config.run, devices=1, workers=0)), data)
        job = prepare(config, folder, data, fresh=True)
        assert job.module.loaders.steps is not None
        steps = job.epochs * job.module.loaders.steps
        seconds = time_steps(job.module, folder, epochs=job.epochs, hardware=hardware_of(config.run), budget=budget)
    return Cost(steps, fmean(seconds), len(seconds))


def stand_in(config: Config, run: Path, shapes: Shapes) -> None:
    """Make ``run`` look like a finished one of ``config``, with the weights that its training would begin with."""
    run.mkdir(parents=True)
    data = shapes.of(config.run)
    config = resolved(config, data)
    _, network = build_trainable(config, len(data.classes), data.channels, data.image_size)
    config.save(run / "config.yaml")
    save_model(network, input_spec(data), run / MODEL)
