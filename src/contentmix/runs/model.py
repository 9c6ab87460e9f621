"""A trained network on disk: ``model.safetensors`` with all that is needed to predict, and nothing that is executed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from contentmix.devices import device_of
from contentmix.digests import digest_of
from contentmix.errors import CheckpointError, DataError, kind_of, require
from contentmix.files import atomic_write
from contentmix.hybrids import HybridAugmentation
from contentmix.keys import derive
from contentmix.metrics import ensemble_log_probs, tempered
from contentmix.networks import build_network
from contentmix.options.methods import method_defaults
from contentmix.options.run import RunOptions
from contentmix.runs.calibration import AS_ASKED, NO_SPLIT, OLDER, OTHER_WEIGHTS, Calibration, calibration_from
from contentmix.runs.config import Config, config_from, config_of
from contentmix.runs.methods import build_method
from contentmix.runs.shared import MODEL as MODEL
from contentmix.runs.shared import folder_of
from contentmix.training import Method, last_weights
from contentmix.training.arithmetic import arithmetic


@dataclass(frozen=True)
class InputSpec:
    """What the network was trained on: class names, channels, size in pixels, and the normalisation of [0, 1] images."""

    classes: tuple[str, ...]
    channels: int
    image_size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]


@contextmanager
def predicting(run: RunOptions) -> Iterator[None]:
    """Inside, networks compute as ``run`` asks, without gradients: whatever predicts with what was trained does so here.

    Mixed precision is for training alone: predictions are of single precision. Kernels are not timed, since the last batch of a
    set has a size of its own.
    """
    with arithmetic(run.precision, autotune=False, deterministic=run.deterministic), torch.inference_mode():
        yield


@dataclass(frozen=True)
class TrainedModel:
    """A run's network, ready to predict; ``calibration`` makes its probabilities."""

    run: Path
    config: Config
    inputs: InputSpec
    network: nn.Module
    calibration: Calibration = NO_SPLIT

    @property
    def device(self) -> torch.device:
        """Where the network is; of one without weights, the CPU."""
        return next((weight.device for weight in self.network.parameters()), torch.device("cpu"))

    def predicting(self) -> AbstractContextManager[None]:
        """Inside, the network computes as its run asked."""
        return predicting(self.config.run)

    def predict(self, images: Tensor) -> Tensor:
        """Normalised images (b, c, h, w) on its device to the logits (b, m, k) of every member."""
        with self.predicting():
            logits: Tensor = self.network.predict(images)  # type: ignore[operator]
        return logits

    @property
    def raw(self) -> TrainedModel:
        """The same without its temperature."""
        return replace(self, calibration=AS_ASKED)

    def log_probs(self, logits: Tensor) -> Tensor:
        """Log-probabilities (b, k) of the ensemble, at the model's temperature, of logits (b, m, k) of its members."""
        return tempered(ensemble_log_probs(logits, self.config.run.average), self.calibration.temperature)


def build_trainable(
    config: Config,
    classes: int,
    channels: int,
    image_size: int,
    *,
    pretrained: bool = False,
    generator: HybridAugmentation | None = None,
) -> tuple[Method, nn.Module]:
    """The method and its freshly initialised network; the initialisation is keyed by the run's seed."""
    method = build_method(config.method, config.method_options, classes, generator)
    assert config.run.network is not None
    with torch.random.fork_rng(devices=[]):
        # torch's initialisers draw from the global state: it is seeded here and given back untouched.
        torch.manual_seed(derive(config.run.seed, "initialisation"))
        backbone = build_network(
            config.run.network,
            classes,
            channels,
            image_size=image_size,
            drop_path=config.run.drop_path or 0.0,
            pretrained=pretrained,
        )
        network = method.build(backbone, classes)
    require(
        isinstance(network, nn.Module) and hasattr(network, "predict"),
        f"method {type(method).__name__} built {kind_of(network)}: it must build a module with predict(images (b, c, h, w)) -> "
        "logits (b, m, k), such as contentmix.SingleInput(backbone)",
    )
    return method, network


def save_model(network: nn.Module, inputs: InputSpec, path: Path, calibration: Calibration = NO_SPLIT) -> None:
    """Write the weights atomically, with ``inputs``, ``calibration`` and a digest of all in the header."""
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in network.state_dict().items()}
    spec = {**asdict(inputs), "calibration": asdict(calibration)}
    # One entry: safetensors writes several in any order, and equal runs leave equal files.
    header = json.dumps({**spec, "digest": digest_of(tensors, json.dumps(spec))})
    atomic_write(path, save(tensors, metadata={"inputs": header}))


def check_model(path: Path) -> InputSpec:
    """What the model at ``path`` was trained on; a ``CheckpointError`` where it is missing, or not what was written."""
    return _read(path)[0]


def _read(path: Path) -> tuple[InputSpec, Calibration, dict[str, Tensor]]:
    """What ``save_model`` wrote; older files have no calibration, or no digest."""
    try:
        with safe_open(path, "pt") as file:
            spec = json.loads((file.metadata() or {})["inputs"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
        digest = spec.pop("digest", None)
        inputs = _inputs(spec)
        calibration = calibration_from(spec["calibration"]) if "calibration" in spec else OLDER
        right = digest in (None, digest_of(tensors, json.dumps(spec)))
    except (SafetensorError, KeyError, TypeError, AttributeError, ValueError, OSError) as error:
        raise CheckpointError(f"weights {path} are damaged or not this program's: {error}") from error
    if not right:
        raise CheckpointError(f"weights {path} are damaged: they do not match the digest that was written with them")
    return inputs, calibration, tensors


def _inputs(spec: dict[str, Any]) -> InputSpec:
    kinds: dict[str, Callable[[Any], Any]] = {"classes": str, "mean": float, "std": float}
    lists = {name: tuple(kind(value) for value in spec[name]) for name, kind in kinds.items()}
    inputs = InputSpec(channels=int(spec["channels"]), image_size=int(spec["image_size"]), **lists)
    if not {len(inputs.mean), len(inputs.std)} <= {1, inputs.channels} or not inputs.classes or inputs.image_size < 1:
        raise ValueError(f"its header says {spec}")
    return inputs


def load_model(run: Path, *, inference: str | None = None, last: bool = False, device: str = "auto") -> TrainedModel:
    """The network of a finished run.

    Args:
        run: its folder, or ``hf:OWNER/NAME`` of one that is shared (``@REVISION``).
        inference: how it predicts, in place of the run's own option of that name.
        last: with the weights of its last epoch in place of those that were selected.
        device: where it predicts; ``auto`` is the fastest there is.

    Raises:
        UsageError: its method has no such choice, or there is no such device.
        DataError: ``run`` is not a run folder, or has not finished; or is not on the hub.
        CheckpointError: its weights are missing, damaged or belong to another network.
        ContentmixError: the hub cannot be reached.
    """
    place, run = device_of(device), folder_of(run)
    if not (run / "config.yaml").is_file():
        raise DataError(f"{run} is not a run folder: it has no config.yaml")
    path = run / MODEL
    if not path.is_file():
        raise DataError(f"run {run} has not finished: it has no {MODEL}; finish it with: contentmix resume {run}")
    config = config_of(run)
    if inference is not None:
        require(
            "inference" in method_defaults(config.method),
            f"run {run} is of {config.method}, which predicts in one way only: leave out --inference",
        )
        config = config_from({**config.flat(), "inference": inference})
    inputs, calibration, tensors = _read(path)
    if last:
        tensors, calibration = last_weights(run / "checkpoints"), OTHER_WEIGHTS
    _, network = build_trainable(config, len(inputs.classes), inputs.channels, inputs.image_size)
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise CheckpointError(f"weights {path} do not fit the network of {run / 'config.yaml'}: {reason}") from error
    if config.run.channels_last:
        network = network.to(memory_format=torch.channels_last)
    return TrainedModel(run, config, inputs, network.to(place).eval(), calibration.of(config))
