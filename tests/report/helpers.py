"""Runs that were never trained."""

import torch

from contentmix import MemberLogits, evaluate
from contentmix.report import (
    AtTemperature,
    BlockUsage,
    Details,
    EvaluationRecord,
    FinishedRun,
    Picture,
    Record,
    UsageRecord,
    thumbnail,
)
from contentmix.studies.measured import MeasuredRow


def record(seed=0, shift=0.0):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(60, 2, 10, generator=generator)
    figures = evaluate(MemberLogits(logits, torch.arange(60) % 10)).to_dict()
    figures["top1"] = 90.0 + shift
    evaluation = EvaluationRecord(checkpoint="last", selected_on="none", epoch=2, split="test", **figures)
    return Record(
        method="mimo", data="digits", network="wrn-10-1", seed=seed, evaluations=(evaluation,), parameters=100, flops=2_000_000,
        train={"images": 50, "epochs": 2, "steps": 9, "seconds": 1.5}, versions={"torch": "2"}, commit=None, device="cpu",
        command="contentmix train mimo <b>",
    )  # fmt: skip


def usage(sharing=0.5):
    blocks = (
        BlockUsage(name=name, influence=[[1.0, 2.0], [2.0, 1.0]], sharing=sharing)
        for name in ("input block", "output block")
    )
    return UsageRecord(blocks=tuple(blocks), activity={0.2: 1.0, 0.4: 0.5}, images=10, fixed=0)


def picture(**said):
    """A grey one of 8 px."""
    return Picture(image=thumbnail(torch.arange(64, dtype=torch.uint8).view(1, 8, 8)), **said)


def details(temperature=1.5):
    """Of 3 classes, 20 test images: 5 cats, of which one is taken for a dog; 10 dogs, all right; 5 owls, 3 of them taken for cats."""
    bins = {"confidence": [0.4, 0.9], "accuracy": [0.5, 0.9], "count": [10, 10]}
    return Details(
        classes=["cat", "dog", "<owl>"], train_counts=[20, 40, 8],
        confusions=[[0, 0, 4], [0, 1, 1], [1, 1, 10], [2, 0, 3], [2, 2, 2]],
        coverage={"share": [0.5, 0.9, 1.0], "accuracy": [100.0, 83.25, 80.0], "confidence": [0.875, 0.5, 0.25]},
        temperature=AtTemperature(value=temperature, words="probabilities at <T>", nll=0.5, ece=0.0625, reliability=bins),
        mistakes=(picture(name="owls/<1>.jpg", truth="<owl>", said="cat", probability=0.97),),
        doubtful=(picture(name="b.jpg", truth="dog", said="dog", probability=0.31),),
        views=(picture(name="training image", truth="cat"),),
    )  # fmt: skip


def save_run(folder, seed=0, shift=0.0):
    """A run folder whose top-1 is 90 + ``shift``."""
    folder.mkdir(parents=True)
    record(seed, shift).save(folder / "results.json")
    (folder / "config.yaml").write_text(f"method: mimo\nseed: {seed}\n")
    (folder / "metrics.csv").write_text("epoch,train_loss,val_top1\n1,2.0,50\n2,1.0,\n")
    return folder


def row(name, top1, *, first_seed=0, **other):
    """A row whose runs have these values of top-1."""
    runs = []
    for seed, value in enumerate(top1, first_seed):
        made = record(seed, value - 90.0)
        runs.append(
            FinishedRun(
                name=f"{name}-seed{seed}", record=made, final=made.final, config="", history=[], usage=None, quality={},
                corrupted={}, pictures={},
            )
        )  # fmt: skip
    return MeasuredRow(name, runs=runs, **other)
