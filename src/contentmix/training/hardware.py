"""Where a run happens, and Lightning's trainer for it."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.plugins.environments import LightningEnvironment
from pytorch_lightning.strategies.launchers import _MultiProcessingLauncher
from pytorch_lightning.utilities.exceptions import MisconfigurationException

from contentmix.choices import Precision
from contentmix.devices import device_of
from contentmix.errors import UsageError, require


@dataclass(frozen=True)
class Hardware:
    """Where a run happens.

    Args:
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        devices: processes on each node, one per device; the global batch is split among them.
        nodes: nodes; under SLURM or torchrun Lightning finds its place by itself.
        strategy: Lightning's strategy (``auto`` is DDP with more than one process).
        precision: 32-bit, that with TF32 products on CUDA, or mixed precision in bf16 or fp16.
        compile: compile the network and its moving average with ``torch.compile``, on CUDA with graphs.
        cuda_graphs: replay the network's passes in training as CUDA graphs (``replayed``).
        channels_last: keep weights channels-last.
        deterministic: only kernels that give the same bits every time.
    """

    device: str = "auto"
    devices: int = 1
    nodes: int = 1
    strategy: str = "auto"
    precision: Precision = "32"
    compile: bool = False
    channels_last: bool = False
    deterministic: bool = False
    cuda_graphs: bool = False


@contextmanager
def quiet() -> Iterator[None]:
    """Without Lightning's remarks on how it was configured: every one is a decision taken here."""
    with warnings.catch_warnings():
        logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
        warnings.filterwarnings("ignore", module="pytorch_lightning")
        warnings.filterwarnings("ignore", message=".*is_deprecated|.*LeafSpec.*|.*pin_memory.*")
        # Of CUDA graphs, which torch records on a stream of their own.
        warnings.filterwarnings("ignore", message=".*AccumulateGrad node's stream does not match")
        yield


def check_hardware(hardware: Hardware) -> None:
    """See that a run can happen there: it costs nothing, before anything is read.

    Raises:
        UsageError: there is no such device, strategy or precision here, or not so many.
    """
    device = device_of(hardware.device).type
    require(
        not hardware.cuda_graphs or (device == "cuda" and hardware.devices * hardware.nodes == 1),
        f"cuda_graphs is given, device is {device} and processes {hardware.devices * hardware.nodes}: graphs are replayed by one "
        "process on a CUDA device; leave the option out",
    )
    require(
        not (hardware.cuda_graphs and hardware.compile),
        "cuda_graphs and compile are given: what is compiled has graphs of its own on CUDA; choose one",
    )
    with quiet():
        trainer_for(hardware, logger=False, enable_progress_bar=False)


def trainer_for(hardware: Hardware, **options: Any) -> pl.Trainer:
    """Lightning's trainer on ``hardware``, with ``options`` of its own.

    Raises:
        UsageError: there is no such device, strategy or precision here, or not so many.
    """
    try:
        trainer = pl.Trainer(
            accelerator={"cuda": "gpu"}.get(hardware.device, hardware.device),
            devices=hardware.devices,
            num_nodes=hardware.nodes,
            strategy=hardware.strategy,
            precision="32" if hardware.precision == "tf32" else hardware.precision,
            enable_checkpointing=False,
            enable_model_summary=False,
            **options,
        )
    except (MisconfigurationException, ValueError, RuntimeError) as error:
        # What Lightning cannot find on this machine, or does not know.
        reason = " ".join(str(error).split())
        raise UsageError(
            f"device {hardware.device}, devices {hardware.devices}, nodes {hardware.nodes}, strategy {hardware.strategy} and "
            f"precision {hardware.precision} do not go together here: {reason}"
        ) from error
    require(
        not isinstance(trainer.strategy.launcher, _MultiProcessingLauncher),
        f"strategy is {hardware.strategy}: it would send the data of one process to the others; choose auto or ddp, which start "
        "processes that read them",
    )
    alone = isinstance(getattr(trainer.strategy, "cluster_environment", None), LightningEnvironment)
    require(
        hardware.nodes == 1 or not alone or "MASTER_ADDR" in os.environ,
        f"nodes is {hardware.nodes}, and nothing says where the others are: start it by SLURM or torchrun, or set MASTER_ADDR, "
        "MASTER_PORT and NODE_RANK on each",
    )
    return trainer
