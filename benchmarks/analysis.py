"""Feature usage in the core, against the evaluation passes that it consists of."""

import torch

from benchmarks.subjects import METHODS, images, network
from benchmarks.timing import Measurement, paired_ratio, take_turns
from contentmix import EvalLoader, Place
from contentmix.runs.analysis import core_influence
from contentmix.training import predict_set


def analysis(rounds: int = 7, count: int = 2_560) -> list[Measurement]:
    """A WRN-28-2 with two members on 2,560 images: its analysis takes a pass for each."""
    source = images(count)
    built = network(METHODS["Cut-MixMo"]).eval()
    loader = EvalLoader(source.train, source, Place())

    def passes() -> None:
        for _ in range(2):
            predict_set(built, loader)

    with torch.inference_mode():
        times = take_turns({"analysis": lambda: core_influence(built, loader), "passes": passes}, rounds)
    ratio = paired_ratio(times, "analysis", "passes")
    return [
        Measurement("analysis / one evaluation pass per member", ratio, "x", ("<=", 1.1)),
        Measurement("analysis of 2,560 images", sorted(times["analysis"])[rounds // 2], "s"),
    ]
