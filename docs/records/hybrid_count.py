"""What fewer hybrids in a step of SciMix cost: ``python docs/records/hybrid_count.py [RUNS] [SEEDS]`` makes the records here.

Digits on photographs, 100 labels, one generator for each seed: as many hybrids as there are labelled images (20), as small data
have by default, or as there are images in the step (84: section 2.4.2, algorithm A.5).
"""

import shutil
import sys
from pathlib import Path

from contentmix.studies.claim import Claim
from contentmix.studies.plan import Request
from contentmix.studies.run_study import run_study
from contentmix.studies.study import Row, RunOf, Scale, Study

TEACHER, GENERATOR = RunOf("mean-teacher"), RunOf("generator")
TAUGHT = {"init": TEACHER, "warmup": 0.0, "ema_decay": 0.99, "epochs": 20, "batch_size": 12, "unlabelled_batch": 36}
STUDY = Study(
    name="hybrid-count",
    title="As many hybrids as labelled images, or as all images",
    rows=(
        Row("mean-teacher", "mean-teacher"),
        Row("labelled-20", "scimix", {"generator": GENERATOR, "hybrid_batch": 20}),
        Row("whole-84", "scimix", {"generator": GENERATOR, "hybrid_batch": 84}),
    ),
    scales={"small": Scale({"data": "digits-m", "image_size": 16, "labels": 100, "network": "wrn-10-1"})},
    claims=(Claim("The whole batch teaches more", "section 2.4.2", "top1", "whole-84", "labelled-20", by_seed=True),),
    helpers=(Row("generator", "scimix-generator", TAUGHT),),
)
KEPT = ("results.json", "config.yaml", "metrics.csv", "labelled.txt")


def main(runs: Path, seeds: int) -> None:
    outcome = run_study(Request(STUDY, runs, seeds=seeds))
    for job in outcome.jobs:
        record = Path(__file__).parent / STUDY.name / job.name
        record.mkdir(parents=True, exist_ok=True)
        for name in KEPT:
            shutil.copyfile(job.folder / name, record / name)
    print(*(f"{name}: {why}" for name, why in outcome.failed.items()), sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if sys.argv[1:] else "runs/hybrid-count"), int(sys.argv[2] if sys.argv[2:] else 3))
