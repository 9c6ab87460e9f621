"""Every method's batches and loss on a device: what is drawn on the CPU gets there, and nothing makes the host wait."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from contentmix.data import ArraySet, ColorJitterLoader, Distortion, Place, TrainLoader, TwoStreamLoader, load_data
from contentmix.hybrids import HybridAugmentation
from contentmix.networks import build_network
from contentmix.options.methods import METHODS
from contentmix.runs.methods import build_method
from contentmix.training import Losses, MovingAverage
from contentmix.training.method import Step
from tests.devices.stand_in import META, stand_in

SOURCE = load_data("digits-m")
SOURCE = replace(
    SOURCE,
    train=ArraySet(SOURCE.train.images[:40], SOURCE.train.labels[:40]),
    unlabelled=ArraySet(SOURCE.train.images[40:80], SOURCE.train.labels[40:80]),
)
MIXES = [
    "mixup", "cutmix", "cutmix-mixup", "horizontal-concat", "vertical-concat", "patchup", "fmix", "cowmix", "resizemix",
    "manifold-mixup",
]  # fmt: skip
CASES = {
    **{name: {} for name in METHODS},
    **{f"supervised {mix}": {"mix": mix, "prob": 0.999} for mix in MIXES},
    **{
        f"cut-mixmo {mask}": {"mask": mask, "prob": 0.999}
        for mask in ("rectangle", "horizontal-concat", "vertical-concat", "patchup", "fmix", "cowmix")
    },
    **{f"{name} hybrids": {"mix": "hybrids"} for name in ("supervised", "cut-mixmo", "mixvit")},
    "fixmatch members": {"members": 2},
    "mean-teacher members": {"members": 2},
    **{
        f"ensemble-layers {layers}": {"layers": layers, "members": 2}
        for layers in ("packed", "batch", "masked", "dropout")
    },
    "linear-mixmo cutmix": {"cutmix_prob": 0.5, "members": 3},
    "cut-mixmo random": {"encoders": 1, "assignment": "random"},
    "cut-mixmo predominant": {"encoders": 1, "assignment": "predominant"},
    "mixshare reserved": {"reserved": 0.5},
    "mixshare late": {"separation": "last-stage"},
    "mixvit encoding": {"attribution": "encoding", "mix": "cutmix-mixup"},
    "mixvit tokens": {"all_tokens": True},
    "samosa mixmatch": {"base": "mixmatch", "prob": 1.0, "start": 0.0, "stop": 1.0, "cycles": 1},
    "scimix cutmix": {"hybrids": "cutmix"},
    "scimix labeled": {"exploitation": "labeled"},
    "scimix pseudo-label": {"exploitation": "pseudo-label"},
    "scimix-generator full": {"warmup": 0.0, "r1": 0.1, "freeze_guide": True},
    "scimix-generator learning": {"warmup": 0.0, "freeze_guide": False, "guide_jitter": 0.5, "critic_jitter": 0.5},
    "scimix-generator encoder": {"guide": "encoder", "encoder": "timm/test_vit"},
}


def build(case, options, images=4):
    """The method, its network and its moving average on the device, and a loader that makes its batches there."""
    name = case.split()[0]
    if name not in ("adain", "supervised") and "unlabelled_batch" in METHODS[name].__dataclass_fields__:
        options = {"unlabelled_batch": images, **options}
    augmentation = None
    if (name == "scimix" and options.get("hybrids", "generator") == "generator") or options.get("mix") == "hybrids":
        options = {"generator": Path("generator"), **options}
        generator = build_method("scimix-generator", {}, 10)
        augmentation = HybridAugmentation(generator.build(build_network("wrn-10-1", 10), 10).to(META))
    method = build_method(name, options, 10, augmentation)
    backbone = build_network("convit-16-2-4" if name == "mixvit" else "wrn-10-1", 10)
    network = method.build(backbone, 10).to(META)
    average = MovingAverage(network, 0.9)
    average.follow(network)
    plan, place = method.plan(images), Place(device=META)
    two = plan.unlabelled is not None
    distortion = Distortion(not two, 0.0 if two else 0.5)
    loader = TrainLoader(SOURCE.train, SOURCE, plan, 0, place, distortion=distortion)
    if two:
        loader = TwoStreamLoader(loader, TrainLoader(SOURCE.unlabelled, SOURCE, plan.unlabelled, 1, place, len(loader)))
    return method, network, average, loader


@pytest.mark.parametrize("case", CASES)
def test_a_step_of_every_method_draws_on_the_cpu_and_waits_for_no_device(case, monkeypatch):
    method, network, average, loader = build(case, CASES[case])
    if case.startswith("scimix") and loader.__class__ is TwoStreamLoader:
        loader = TwoStreamLoader(
            ColorJitterLoader(loader.labelled, 1.0, 0), ColorJitterLoader(loader.unlabelled, 1.0, 1)
        )
    optimizer = torch.optim.SGD(network.parameters(), 0.1, momentum=0.9, foreach=True)
    with stand_in(monkeypatch) as operations:
        batches = iter(loader)
        next(batches)
        operations.steady = True
        batch = next(batches)
        found = method.loss(network, batch, Step(0, 16, 0.3, 5.0, 10, average=average.module))
        loss = found.total if isinstance(found, Losses) else found
        if isinstance(found, Losses):
            assert all(each.device == META for each in found.sums().values())
        loss.backward()
        optimizer.step()
        average.update(1)
    assert loss.device == META
    assert operations.count > 100
