"""Assembles Lightning's trainer: where and in which precision a run happens."""

from __future__ import annotations

import logging
import signal
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ProgressBar
from pytorch_lightning.loggers import Logger
from pytorch_lightning.utilities.exceptions import MisconfigurationException

from contentmix.choices import Precision
from contentmix.devices import device_of
from contentmix.errors import UsageError
from contentmix.training.arithmetic import arithmetic, compile_network
from contentmix.training.checkpoint_io import SafetensorsCheckpointIO
from contentmix.training.module import Training
from contentmix.training.progress import watchers
from contentmix.training.run_checkpoint import RunCheckpoint


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


def fit(
    module: Training,
    folder: Path,
    *,
    epochs: int,
    checkpoint_every: int = 1000,
    evaluate_every: int = 1,
    hardware: Hardware | None = None,
    resume_from: Path | None = None,
    progress: bool = True,
    callbacks: Sequence[pl.Callback] = (),
    trained_as: Mapping[str, Any] | None = None,
    logger: Logger | None = None,
) -> tuple[RunCheckpoint, bool]:
    """Train ``module`` in ``folder`` to ``epochs`` epochs, from ``resume_from`` where given, with ``callbacks`` beside its own.

    With ``progress`` a person is shown how far it is (``watchers``).
    Checkpoints carry ``trained_as`` (``RunCheckpoint``); ``logger`` is told the figures of every epoch.

    Returns:
        The callback with the run's history, and whether this process is the one that reports.

    Raises:
        UsageError: there is no such device, strategy or precision here.
        KeyboardInterrupt: Ctrl-C; the last checkpoint stays.
    """
    hardware = hardware or Hardware()
    if hardware.channels_last:
        module.to(memory_format=torch.channels_last)
    on_cuda = device_of(hardware.device).type == "cuda"
    if hardware.compile:
        for network in (module.network, *(() if module.ema is None else (module.ema.module,))):
            compile_network(network, graphs=on_cuda)
        module.replays_graphs = on_cuda
    checkpoint = RunCheckpoint(folder, checkpoint_every, trained_as)
    checkpoint.checkpoints.mkdir(parents=True, exist_ok=True)
    shown = watchers(checkpoint) if progress else []
    on_interrupt = signal.getsignal(signal.SIGINT)
    with warnings.catch_warnings():
        # Lightning's remarks on how it was configured: every one is a decision taken here.
        logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
        warnings.filterwarnings("ignore", module="pytorch_lightning")
        warnings.filterwarnings("ignore", message=".*is_deprecated|.*LeafSpec.*|.*pin_memory.*")
        try:
            trainer = pl.Trainer(
                accelerator={"cuda": "gpu"}.get(hardware.device, hardware.device),
                devices=hardware.devices,
                num_nodes=hardware.nodes,
                strategy=hardware.strategy,
                precision="32" if hardware.precision == "tf32" else hardware.precision,
                max_epochs=epochs,
                callbacks=[*callbacks, checkpoint, *shown],
                logger=logger or False,
                plugins=[SafetensorsCheckpointIO()],
                enable_checkpointing=False,
                enable_progress_bar=any(isinstance(each, ProgressBar) for each in shown),
                enable_model_summary=False,
                gradient_clip_val=module.optimisation.grad_clip,
                check_val_every_n_epoch=evaluate_every,
                use_distributed_sampler=False,
                num_sanity_val_steps=0,
                default_root_dir=folder,
            )
        except (MisconfigurationException, ValueError, RuntimeError) as error:
            # What Lightning cannot find on this machine, or does not know.
            reason = " ".join(str(error).split())
            raise UsageError(
                f"device {hardware.device}, devices {hardware.devices}, nodes {hardware.nodes}, strategy {hardware.strategy} and "
                f"precision {hardware.precision} do not go together here: {reason}"
            ) from error
        try:
            with arithmetic(hardware.precision, autotune=on_cuda, deterministic=hardware.deterministic):
                trainer.fit(module, ckpt_path=resume_from, weights_only=True if resume_from else None)
        except SystemExit as stop:
            # What Lightning makes of Ctrl-C; it also leaves the process deaf to the next one.
            signal.signal(signal.SIGINT, on_interrupt)
            raise KeyboardInterrupt from stop
    return checkpoint, trainer.is_global_zero
