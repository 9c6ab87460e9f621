"""The record of a run, as files hold it: readers of old records rely on this."""

import json

SHARE = (float, type(None))  # of a bin, which may be empty
FIGURES = {
    "checkpoint": str, "selected_on": str, "epoch": int, "split": str, "images": int, "members": int, "average": str,
    "top1": float, "top5": float, "nll": float, "nll_c": float, "temperatures": [float], "ece": float, "member_top1": [float],
    "member_top1_mean": float, "d_re": float, "reliability": {"confidence": [SHARE], "accuracy": [SHARE], "count": [int]},
}  # fmt: skip
GOLDEN = {
    "method": str,
    "data": str,
    "network": str,
    "seed": int,
    "evaluations": [FIGURES],
    "parameters": int,
    "flops": int,
    "train": {"images": int, "unlabelled": int, "epochs": int, "steps": int, "seconds": float},
    "versions": dict.fromkeys(
        ("python", "contentmix", "torch", "torchvision", "timm", "pytorch-lightning", "numpy"), str
    ),
    "commit": (str, type(None)),
    "device": str,
    "command": str,
}


def check(value, schema, where="results.json"):
    if isinstance(schema, dict):
        assert list(value) == list(schema), where
        for name in schema:
            check(value[name], schema[name], f"{where}: {name}")
    elif isinstance(schema, list):
        assert value, where
        for each in value:
            check(each, schema[0], where)
    else:
        assert isinstance(value, schema), where
        assert not isinstance(value, bool), where


def test_the_schema_of_a_record(run):
    check(json.loads((run / "results.json").read_text()), GOLDEN)
