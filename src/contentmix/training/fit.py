"""Trains a module in a run folder, on Lightning's trainer."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.loggers import Logger

from contentmix.devices import device_of
from contentmix.training.allocator import keep_freed_memory
from contentmix.training.arithmetic import arithmetic, compile_network
from contentmix.training.checkpoint_io import SafetensorsCheckpointIO
from contentmix.training.hardware import Hardware, quiet, trainer_for
from contentmix.training.module import Training
from contentmix.training.progress import watchers
from contentmix.training.replayed import replayed
from contentmix.training.run_checkpoint import RunCheckpoint


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
    within_error: bool = False,
    held_out: str = "validation",
) -> tuple[RunCheckpoint, bool]:
    """Train ``module`` in ``folder`` to ``epochs`` epochs, from ``resume_from`` where given, with ``callbacks`` beside its own.

    With ``progress`` a person is shown how far it is, and told how well it does on what is called ``held_out`` (``watchers``).
    Checkpoints carry ``trained_as``, and ``within_error`` says how epochs are selected (``RunCheckpoint``); ``logger`` is told
    the figures of every epoch.

    Returns:
        The callback with the run's history, and whether this process is the one that reports.

    Raises:
        UsageError: there is no such device, strategy or precision here.
        KeyboardInterrupt: Ctrl-C; the last checkpoint stays.
    """
    hardware = hardware or Hardware()
    if hardware.channels_last:
        module.to(memory_format=torch.channels_last)
    kind = device_of(hardware.device).type
    on_cuda = kind == "cuda"
    if kind == "cpu":
        keep_freed_memory()
    if hardware.compile:
        for network in (module.network, *(() if module.ema is None else (module.ema.module,))):
            compile_network(network, graphs=on_cuda)
        module.replays_graphs = on_cuda
    checkpoint = RunCheckpoint(folder, checkpoint_every, trained_as, within_error=within_error)
    checkpoint.checkpoints.mkdir(parents=True, exist_ok=True)
    shown = watchers(checkpoint, held_out) if progress else []
    on_interrupt = signal.getsignal(signal.SIGINT)
    with quiet():
        trainer = trainer_for(
            hardware,
            max_epochs=epochs,
            callbacks=[*callbacks, checkpoint, *shown],
            logger=logger or False,
            plugins=[SafetensorsCheckpointIO()],
            enable_progress_bar=False,  # those of Lightning are not ours
            gradient_clip_val=module.optimisation.grad_clip,
            check_val_every_n_epoch=evaluate_every,
            use_distributed_sampler=False,
            num_sanity_val_steps=0,
            default_root_dir=folder,
        )
        try:
            graphs = replayed(module.network) if hardware.cuda_graphs else nullcontext()
            with arithmetic(hardware.precision, autotune=on_cuda, deterministic=hardware.deterministic), graphs:
                trainer.fit(module, ckpt_path=resume_from, weights_only=True if resume_from else None)
        except SystemExit as stop:
            # What Lightning makes of Ctrl-C; it also leaves the process deaf to the next one.
            signal.signal(signal.SIGINT, on_interrupt)
            raise KeyboardInterrupt from stop
    return checkpoint, trainer.is_global_zero
