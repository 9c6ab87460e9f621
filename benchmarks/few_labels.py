"""Learning from few labels: a Mean Teacher step against a supervised one, and the update of the teacher."""

import copy
import statistics
from itertools import cycle, islice

import torch

from benchmarks.subjects import few_label_step, images, network, training_update
from benchmarks.timing import Measurement, paired_ratio, take_turns
from contentmix import BatchPlan, Place, TrainLoader, WideResNet
from contentmix.training import MeanTeacher, MovingAverage, Supervised

LABELLED, UNLABELLED = 60, 196


def mean_teacher(rounds: int = 15) -> list[Measurement]:
    """A step of WRN-28-2 on as many images of 32 px, the teacher's pass and its update included."""
    source = images(4096)
    supervised = Supervised()
    plain = TrainLoader(source.train, source, BatchPlan(LABELLED + UNLABELLED), 0, Place())
    batches, update = cycle(list(islice(plain, 4))), training_update(supervised, network(supervised))
    steps = {
        "supervised": lambda: update(next(batches)),
        "Mean Teacher": few_label_step(MeanTeacher(unlabelled_batch=UNLABELLED), source, LABELLED),
    }
    times = take_turns(steps, rounds, 2)
    ratio = paired_ratio(times, "Mean Teacher", "supervised")
    return [
        Measurement("supervised step, 256 images", 1e3 * statistics.median(times["supervised"]), "ms"),
        Measurement("Mean Teacher step / supervised", ratio, "x", ("<=", 1.40)),
    ]


def moving_average(rounds: int = 300) -> list[Measurement]:
    """The update of the average of a WRN-28-2, buffers included, against a loop over its tensors."""
    followed, looped = WideResNet(28, 2, 10), WideResNet(28, 2, 10)
    average = MovingAverage(followed, 0.97)
    average.follow(followed)
    copied = copy.deepcopy(looped)

    @torch.no_grad()
    def loop() -> None:
        current = looped.state_dict()
        for name, tensor in copied.state_dict().items():
            if tensor.is_floating_point():
                tensor.mul_(0.97).add_(current[name], alpha=0.03)
            else:
                tensor.copy_(current[name])

    times = take_turns({"flat": lambda: average.update(1000), "loop": loop}, rounds, 10)
    return [
        Measurement("update of the average, loop over tensors", 1e3 * statistics.median(times["loop"]), "ms"),
        Measurement(
            "update of the average / loop over tensors", paired_ratio(times, "flat", "loop"), "x", ("<=", 0.15)
        ),
    ]


def benchmark() -> list[Measurement]:
    """Both."""
    return [*mean_teacher(), *moving_average()]
