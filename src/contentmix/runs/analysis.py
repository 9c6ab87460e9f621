"""Feature usage of a finished run: which features its subnetworks share."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from contentmix.batch import Batch
from contentmix.errors import UsageError
from contentmix.metrics import ConditionalVariance, filter_activity, input_influence, output_influence, sharing_rate
from contentmix.networks import stage_names
from contentmix.report import BlockUsage, UsageRecord
from contentmix.runs.ensemble import ensemble_source
from contentmix.runs.loaders import evaluation_loader
from contentmix.runs.model import load_model
from contentmix.subnetworks import LateSeparation, MixViTNetwork, MultiInputNetwork, SingleInput


def analyse(run: Path, device: str = "auto") -> UsageRecord:
    """Influence in the input block, in each stage of the core, and in the output block; activity of the core's filters.

    The core takes one pass over the test set for each subnetwork. Subnetworks that part before the last stage, or the last blocks
    of a transformer, share all that is before: they are compared in the output block alone.

    Args:
        run: its folder.
        device: where to compute.

    Raises:
        UsageError: the run's network has one encoder, or one head, for all.
    """
    model = load_model(run, device=device)
    network = model.network
    if not isinstance(network, MultiInputNetwork | LateSeparation | MixViTNetwork):
        raise UsageError(
            f"run {run} is {model.config.method}: feature usage is compared between subnetworks that have encoders of their "
            "own (mimo, linear-mixmo, cut-mixmo, mixshare), or part before the last stage (mixvit)"
        )
    if isinstance(network, MultiInputNetwork) and 1 in (network.heads.count, len(network.encoders.convolutions)):
        raise UsageError(f"run {run} has one encoder or one head for all members: there are no subnetworks to compare")
    output = _block("output block", output_influence(network.heads.linear.weight.chunk(network.members)))
    if isinstance(network, MixViTNetwork):
        return UsageRecord(blocks=(output,), activity={}, images=0, fixed=0)
    activity = filter_activity(module.weight for module in network.core.modules() if isinstance(module, nn.Conv2d))
    if isinstance(network, LateSeparation):
        return UsageRecord(blocks=(output,), activity=activity, images=0, fixed=0)
    source, options, where = ensemble_source([model])
    loader = evaluation_loader(source, source.test, options, where)
    kernels = [cast(nn.Conv2d, convolution).weight for convolution in network.encoders.convolutions]
    with model.predicting():
        core = core_influence(network, loader)
    return UsageRecord(
        blocks=(
            _block("input block", input_influence(kernels)),
            *(_block(name, influence) for name, influence in core.items()),
            output,
        ),
        activity=activity,
        images=len(source.test.labels),
        fixed=0,
    )


def usage(run: Path, device: str = "auto") -> UsageRecord:
    """What ``analyse`` finds; of a plain network, which has no subnetworks, the activity of its filters alone.

    Args:
        run: its folder.
        device: where to compute.

    Raises:
        UsageError: as ``analyse``, of networks with several inputs.
    """
    network = load_model(run, device=device).network
    if not isinstance(network, SingleInput):
        return analyse(run, device)
    # The core is all but the first convolution, as where that is an encoder.
    _, *core = (module.weight for module in network.modules() if isinstance(module, nn.Conv2d))
    return UsageRecord(blocks=(), activity=filter_activity(core), images=0, fixed=0)


def _block(name: str, influence: Tensor) -> BlockUsage:
    # Six digits, which single precision has: half of a record's size.
    rows = [[float(f"{value:.6g}") for value in row] for row in influence.tolist()]
    return BlockUsage(name=name, influence=rows, sharing=sharing_rate(influence))


@torch.inference_mode()
def core_influence(network: MultiInputNetwork, loader: Iterable[Batch]) -> dict[str, Tensor]:
    """Conditional variance (m, c) after each stage, by the stage's name (sec. A.6.3).

    Args:
        network: in evaluation mode.
        loader: the images that one input runs over; the others stay at the first of them.
    """
    names = stage_names(network.core)
    variances = {name: [ConditionalVariance() for _ in range(network.members)] for name in names}
    fixed: Tensor | None = None
    member = 0

    def watch(name: str) -> None:
        def update(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            variances[name][member].update(output)

        handles.append(network.core.get_submodule(name).register_forward_hook(update))

    handles: list[torch.utils.hooks.RemovableHandle] = []
    for name in names:
        watch(name)
    try:
        for batch in loader:
            images = batch.images[:, 0]
            if fixed is None:
                still = images[:1, None].expand(-1, network.members, -1, -1, -1)
                fixed = torch.stack(network.encoders(still))  # (m, 1, c, h, w)
            for member in range(network.members):
                moving = network.encoders.convolutions[member](images)
                network.core(moving + fixed.sum(0) - fixed[member])
    finally:
        for handle in handles:
            handle.remove()
    return {name: torch.stack([v.influence() for v in found]) for name, found in variances.items()}
