"""Where encoders of images come from: timm, and open_clip, each with its weights."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from torch import nn

from contentmix.errors import UsageError, require
from contentmix.networks.build import unknown_network
from contentmix.networks.pretrained import check_pretrained, pretrained_timm


@dataclass(frozen=True)
class ImageEncoder:
    """An encoder as its library builds it.

    Attributes:
        module: images (b, 3, size, size) to embeddings (b, d)
        size: side of its images in pixels
        mean: of each channel of images in [0, 1], subtracted from them
        std: what they are then divided by
    """

    module: nn.Module
    size: int
    mean: Sequence[float]
    std: Sequence[float]


@dataclass(frozen=True)
class EncoderSource(ABC):
    """A network ``name`` of a library."""

    name: str

    @abstractmethod
    def check(self, weights: Path | None) -> None:
        """Raise a ``UsageError`` where there is no such network, its library is not installed, or it has no weights."""

    @abstractmethod
    def build(self) -> ImageEncoder:
        """The network with random weights."""

    @abstractmethod
    def load(self, module: nn.Module, weights: Path | None) -> None:
        """Give what ``build`` made the ``weights`` of a file, or the library's own; a ``UsageError`` where they do not fit."""


class TimmEncoder(EncoderSource):
    """A network of timm without its classifier: its pooled features."""

    def check(self, weights: Path | None) -> None:
        """Weights are those of a file, or timm's: in the hub's cache, or on the hub."""
        self._check_name()
        if weights is None:
            import timm

            require(
                timm.is_model_pretrained(self.name),
                f"timm has no pretrained weights of {self.name}: give a file of them by --encoder-weights",
            )
            try:
                check_pretrained(f"timm/{self.name}")
            except UsageError as error:
                raise UsageError(f"{error}: give a file of them by --encoder-weights") from error

    def _check_name(self) -> None:
        import timm

        if not timm.is_model(self.name):
            raise unknown_network("timm", self.name, timm.list_models())

    def build(self) -> ImageEncoder:
        """For images of the size that it was made for."""
        import timm

        self._check_name()
        try:
            module = timm.create_model(self.name, pretrained=False, num_classes=0)
        except (RuntimeError, TypeError) as error:  # a tag that timm has not, an option that the network has not
            raise UsageError(f"timm/{self.name} cannot be an encoder: {' '.join(str(error).split())}") from error
        own = module.pretrained_cfg
        return ImageEncoder(module, own["input_size"][-1], own["mean"], own["std"])

    def load(self, module: nn.Module, weights: Path | None) -> None:
        """Files are timm's own, with a classifier or without."""
        from timm.models import load_checkpoint

        if weights is None:
            module.load_state_dict(pretrained_timm(self.name, num_classes=0).state_dict())
            return
        try:
            missing = load_checkpoint(module, str(weights), strict=False, weights_only=True).missing_keys
            require(not missing, f"{len(missing)} tensors are missing, first of all {next(iter(missing), None)}")
        except Exception as error:  # whatever these readers say of a file that is not theirs
            raise _not_weights(weights, f"timm/{self.name}", error) from error


class OpenClipEncoder(EncoderSource):
    """A network of open_clip, of which the images' half is taken: nothing here is said in words."""

    def check(self, weights: Path | None) -> None:
        """Weights are those of a file."""
        require(
            find_spec("open_clip") is not None, "encoders of open_clip need their extra: pip install 'contentmix[clip]'"
        )
        import open_clip

        known = open_clip.list_models()
        if self.name not in known:
            raise unknown_network("open_clip", self.name, known)
        require(weights is not None, f"give the weights of open_clip/{self.name}, a file, by --encoder-weights")

    def build(self) -> ImageEncoder:
        """For images of the size that it was made for."""
        return self._built(None)

    def load(self, module: nn.Module, weights: Path | None) -> None:
        """Files are of the whole network."""
        self.check(weights)
        assert weights is not None
        try:
            module.load_state_dict(self._built(weights).module.state_dict())
        except Exception as error:  # likewise
            raise _not_weights(weights, f"open_clip/{self.name}", error) from error

    def _built(self, weights: Path | None) -> ImageEncoder:
        self.check(weights or Path())
        import open_clip

        visual: Any = open_clip.create_model(self.name, pretrained=None if weights is None else str(weights)).visual
        size = visual.image_size
        return ImageEncoder(visual, size if isinstance(size, int) else size[0], visual.image_mean, visual.image_std)


def _not_weights(weights: Path, name: str, error: Exception) -> UsageError:
    reason = " ".join(str(error).split())[:160] or type(error).__name__
    return UsageError(f"encoder_weights {weights} cannot be read as weights of {name}: {reason}")


_SOURCES: dict[str, type[EncoderSource]] = {"timm": TimmEncoder, "open_clip": OpenClipEncoder}


def source_of(encoder: str) -> EncoderSource:
    """Where ``encoder``, ``timm/NAME`` or ``open_clip/NAME``, comes from.

    Raises:
        UsageError: it is neither.
    """
    library, _, name = encoder.partition("/")
    require(library in _SOURCES and name != "", f"encoder is {encoder}: choose timm/NAME or open_clip/NAME")
    return _SOURCES[library](name)


def check_encoder(encoder: str, weights: Path | None) -> None:
    """Find out whether an encoder and its weights can be had, before anything takes time.

    Raises:
        UsageError: there is no such encoder, its library is not installed, or its weights are not there.
    """
    source_of(encoder).check(weights)
    require(weights is None or weights.is_file(), f"encoder_weights is {weights}, and there is no such file")
