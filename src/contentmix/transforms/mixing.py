"""What ``v2.MixUp`` and ``v2.CutMix`` of torchvision do, with every mix of this package, per batch or per sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from torch.utils.data import default_collate
from torchvision import tv_tensors

from contentmix.errors import UsageError
from contentmix.mixing import cutmix, mixup


class Mixing(nn.Module):
    """A mix of this package wherever torchvision's ``v2.MixUp`` stands: after the loader, in it, or in a ``v2.Compose``.

    Draws are made by torch's global generator, so that ``torch.manual_seed`` and a loader's workers rule them.

    Args:
        mix: images (b, c, h, w) and labels (b,) or (b, k) to mixed images and soft labels (b, k): ``cowmix(10)``,
            ``resizemix(10)``, an ``ImageMix`` of one's own.
    """

    def __init__(self, mix: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]) -> None:
        super().__init__()
        self.mix = mix

    def forward(self, *batch: Any) -> tuple[Tensor, Tensor]:
        """``(images, labels)``, as two arguments or one, mixed.

        Images of integers are mixed as floats and rounded; those of torchvision's ``Image`` stay such.

        Raises:
            UsageError: anything else, or shapes that do not fit.
        """
        found = batch[0] if len(batch) == 1 else batch
        if not (
            isinstance(found, tuple | list) and len(found) == 2 and all(isinstance(each, Tensor) for each in found)
        ):
            kinds = ", ".join(type(each).__name__ for each in batch)
            raise UsageError(f"a mix of {kinds}: give images (b, c, h, w) and labels (b,) or (b, k) as tensors")
        images, labels = found
        plain: Tensor = images.as_subclass(Tensor)
        mixed, targets = self.mix(plain if plain.is_floating_point() else plain.float(), labels.as_subclass(Tensor))
        if not plain.is_floating_point():
            mixed = mixed.round().to(plain.dtype)
        return (tv_tensors.wrap(mixed, like=images) if isinstance(images, tv_tensors.TVTensor) else mixed), targets

    def collate(self, samples: list[Any]) -> tuple[Tensor, Tensor]:
        """A batch of ``(image, label)`` samples, mixed: the ``collate_fn`` of a ``DataLoader``."""
        return self(default_collate(samples))


class MixUp(Mixing):
    """``v2.MixUp``: with torchvision's arguments, and ``per_batch=False`` for a ratio for each image.

    Args:
        num_classes: classes k.
        alpha: concentration of the Beta law.
        per_batch: one ratio for the whole batch, as torchvision has it.
        prob: probability for a batch to be mixed.
    """

    def __init__(self, num_classes: int, *, alpha: float = 1.0, per_batch: bool = True, prob: float = 1.0) -> None:
        super().__init__(mixup(num_classes, alpha=alpha, per_batch=per_batch, prob=prob))


class CutMix(Mixing):
    """``v2.CutMix``, likewise; with one ratio for the batch each image still has a rectangle of its own place.

    Args:
        num_classes: classes k.
        alpha: concentration of the Beta law.
        per_batch: one ratio for the whole batch, as torchvision has it.
        prob: probability for a batch to be mixed.
    """

    def __init__(self, num_classes: int, *, alpha: float = 1.0, per_batch: bool = True, prob: float = 1.0) -> None:
        super().__init__(cutmix(num_classes, alpha=alpha, per_batch=per_batch, prob=prob))
