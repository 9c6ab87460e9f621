"""A trained run as a module that takes images as people have them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from contentmix.api.objects import Network
from contentmix.api.train import open_run
from contentmix.choices import Average
from contentmix.data import read_image
from contentmix.data.own import as_pixels
from contentmix.errors import require
from contentmix.runs.model import TrainedModel, load_model
from contentmix.runs.own_method import Method


@dataclass(frozen=True)
class Prediction:
    """What a model says of n images.

    Attributes:
        probabilities: (n, k) of the ensemble of its members, at the model's temperature
        members: (n, m, k) of each member alone
        classes: k names
    """

    probabilities: Tensor
    members: Tensor
    classes: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The most probable class of each image."""
        return tuple(self.classes[best] for best in self.probabilities.argmax(1).tolist())


class Model(nn.Module):
    """A trained network that normalises its images itself.

    Args:
        trained: of ``load_model``.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, trained: TrainedModel) -> None:
        super().__init__()
        self._trained = trained
        self.network = trained.network
        self._predicting = trained.predicting
        self.inputs = trained.inputs
        self.average: Average = trained.config.run.average
        for name in ("mean", "std"):
            values = torch.tensor(getattr(trained.inputs, name)).view(-1, 1, 1)
            self.register_buffer(name, values, persistent=False)

    @property
    def temperature(self) -> float:
        """That of ``predict``, fitted on the run's validation split; 1 where none was."""
        return self._trained.calibration.temperature

    @property
    def classes(self) -> tuple[str, ...]:
        """Names, in the order of the probabilities."""
        return self.inputs.classes

    def forward(self, images: Tensor) -> Tensor:
        """Images (b, c, h, w) of floats in [0, 1] to logits (b, m, k) of every member."""
        logits: Tensor = self.network.predict((images - self.mean) / self.std)  # type: ignore[operator]
        return logits

    def predict(
        self,
        images: Tensor | str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | Any,
        *,
        batch_size: int = 128,
        raw: bool = False,
    ) -> Prediction:
        """Probabilities of images, brought to the size that the network was trained on, in the arithmetic of its run.

        Args:
            images: (n, c, h, w) or (n, h, w), uint8 or floats in [0, 1], tensor or array; or files, one or more.
            batch_size: images that the network sees at once.
            raw: probabilities as the network gives them, without the run's temperature.

        Raises:
            DataError: a file that is no image, images of other channels or values.
            UsageError: no image is given.
        """
        pixels = self._pixels(images)
        was_training = self.training
        self.eval()
        with self._predicting():
            logits = torch.cat(
                [self(part.to(self.mean.device).float() / 255) for part in pixels.split(batch_size)]
            ).cpu()
        self.train(was_training)
        logits = logits.float()
        trained = self._trained.raw if raw else self._trained
        return Prediction(trained.log_probs(logits).exp().float(), logits.softmax(2), self.classes)

    def _pixels(self, images: Any) -> Tensor:
        channels, size = self.inputs.channels, self.inputs.image_size
        if isinstance(images, str | os.PathLike):
            images = [images]
        if isinstance(images, list | tuple) and all(isinstance(each, str | os.PathLike) for each in images):
            require(len(images) > 0, "no image is given: give files, or a tensor (n, c, h, w)")
            return torch.stack([read_image(Path(path), size, channels) for path in images])
        pixels = as_pixels(images, size)
        require(
            pixels.shape[1] == channels,
            f"images have {pixels.shape[1]} channels, and the network was trained on {channels}: give images like those",
        )
        return pixels


def load(
    run: str | os.PathLike[str],
    *,
    method: Method | None = None,
    network: Network | None = None,
    inference: str | None = None,
) -> Model:
    """The network of a finished run, ready to predict, on the CPU.

    Args:
        run: its folder, what ``train`` returned, or ``hf:OWNER/NAME`` (``@REVISION``), which was shared by ``contentmix push``.
        method: what it was given, where that was an object.
        network: likewise: only its weights are on disk.
        inference: how it predicts, in place of the run's own option of that name.

    Raises:
        UsageError: ``method`` or ``network`` is missing or not the run's.
        DataError: ``run`` is not a run folder, or has not finished; or is not on the hub.
        CheckpointError: its weights are missing or damaged.
        ContentmixError: the hub cannot be reached.
    """
    # Held while the network is built of it.
    opened = run if method is None and network is None else open_run(run, method=method, network=network)
    return Model(load_model(Path(opened), inference=inference))
