"""Our transformers against timm's parts, and MixViT against its backbones, at 32 px: 64 patches."""

import statistics
from collections.abc import Callable

import torch
from timm.models.cait import Cait
from torch import Tensor, nn

from benchmarks.subjects import images
from benchmarks.timing import Measurement, paired_ratio, take_turns
from benchmarks.timm_parts import TimmConViT
from contentmix import Place, TrainLoader, build_network
from contentmix.metrics import cost, mixvit_overhead
from contentmix.networks import token_linear
from contentmix.training import Method, MixViT, Supervised
from contentmix.training.method import Step

BATCH = 64
PATCHES = 64


def _example() -> Tensor:
    return torch.randn(BATCH, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def _forward(network: nn.Module, inputs: Tensor) -> Callable[[], None]:
    def run() -> None:
        with torch.no_grad():
            network(inputs)

    return run


def _both(network: nn.Module, inputs: Tensor) -> Callable[[], None]:
    def run() -> None:
        network.zero_grad()
        network(inputs).square().mean().backward()

    return run


def against_timm(rounds: int = 9) -> list[Measurement]:
    """Forward, and forward and backward, for the same weights: how many times faster ours are."""
    inputs, found = _example(), []
    convit, cait = build_network("convit", 100), build_network("cait-xxs-24", 100)
    timms = Cait(img_size=32, patch_size=4, num_classes=100, embed_dim=192, depth=24, num_heads=4, init_values=1e-5)
    timms.load_state_dict(cait.state_dict())
    for name, ours, theirs, bounds in (
        ("ConViT", convit, TimmConViT(convit, 5, 12), (None, (">=", 1.2))),
        ("CaiT-XXS-24", cait, timms, ((">=", 1.2), (">=", 1.15))),
    ):
        for what, make, bound in zip(("forward", "forward and backward"), (_forward, _both), bounds, strict=True):
            times = take_turns({"timm": make(theirs, inputs), "ours": make(ours, inputs)}, rounds, 2)
            found.append(Measurement(f"{name}, {what}, timm", 1e3 * statistics.median(times["timm"]), "ms"))
            found.append(Measurement(f"{name}, {what}: timm / ours", paired_ratio(times, "timm", "ours"), "x", bound))
    return found


def inference(rounds: int = 15) -> list[Measurement]:
    """MixViT of two members against its backbone: time, and multiply-adds beside the thesis's estimate (A.7.3)."""
    inputs, found = _example(), []
    for name, depth, dim in (("convit", 5, 384), ("cait-xxs-24", 24, 192)):
        single = build_network(name, 100).eval()
        mixed = {
            kind: MixViT(attribution=kind).build(build_network(name, 100), 100).eval()
            for kind in ("embedding", "encoding")
        }
        runs = {
            "single": _forward(single, inputs),
            **{kind: _forward(Predict(net), inputs) for kind, net in mixed.items()},
        }
        times = take_turns(runs, rounds, 2)
        found.append(Measurement(f"{name} alone, {BATCH} images", 1e3 * statistics.median(times["single"]), "ms"))
        alone = cost(single, single, inputs[:1]).flops
        for kind, network in mixed.items():
            bound = ("<=", 1.05) if kind == "embedding" else None
            title = f"MixViT-{kind} / {name}, inference"
            found.append(Measurement(title, paired_ratio(times, kind, "single"), "x", bound))
            flops = cost(network.predict, network, inputs[:1]).flops
            found.append(Measurement(f"{title}, multiply-adds", flops / alone, "x"))
        found.append(Measurement(f"thesis's estimate for {name} (A.7.3)", mixvit_overhead(depth, 2, PATCHES, dim), "x"))
    return found


class Predict(nn.Module):
    """Inference as a forward pass."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, inputs: Tensor) -> Tensor:
        return self.network.predict(inputs)


def training(rounds: int = 15) -> list[Measurement]:
    """A step of MixViT against one of its backbone on as many images: draws, passes and AdamW's update."""
    source = images(1024)
    methods: dict[str, Method] = {
        "single": Supervised(),
        "embedding": MixViT(mix="none", label_smoothing=0.0, batch_augmentations=1),
        "encoding": MixViT(attribution="encoding", mix="none", label_smoothing=0.0, batch_augmentations=1),
    }
    steps = {}
    for name, method in methods.items():
        network = method.build(build_network("convit", 10), 10)
        optimizer = torch.optim.AdamW(network.parameters(), 1e-3, fused=True)
        batch = next(iter(TrainLoader(source.train, source, method.plan(BATCH), 0, Place())))

        def step(method=method, network=network, optimizer=optimizer, batch=batch) -> None:
            optimizer.zero_grad()
            method.loss(network, batch, Step(0, 0, 0.0, 0.0, 10)).backward()
            optimizer.step()

        steps[name] = step
    times = take_turns(steps, rounds, 2)
    found = [Measurement(f"convit alone, step of {BATCH} images", 1e3 * statistics.median(times["single"]), "ms")]
    for kind in ("embedding", "encoding"):
        bound = ("<=", 1.03) if kind == "embedding" else None
        found.append(Measurement(f"MixViT-{kind} step / convit step", paired_ratio(times, kind, "single"), "x", bound))
    return found


def tokens(rounds: int = 25) -> list[Measurement]:
    """The widest layer of ConViT on the tokens of 64 images, forward and backward, by both of PyTorch's libraries."""
    inputs = torch.randn(BATCH, PATCHES, 384, requires_grad=True)
    weight, bias = torch.randn(1536, 384, requires_grad=True), torch.randn(1536, requires_grad=True)
    layers = {
        name: lambda layer=layer: layer(inputs, weight, bias).backward(torch.ones(BATCH, PATCHES, 1536))
        for name, layer in (("linear", nn.functional.linear), ("tokens", token_linear))
    }
    times = take_turns(layers, rounds, 3)
    return [Measurement("token_linear / torch's linear, 384 to 1536", paired_ratio(times, "tokens", "linear"), "x")]


def benchmark() -> list[Measurement]:
    """All four."""
    return [*tokens(), *against_timm(), *inference(), *training()]
