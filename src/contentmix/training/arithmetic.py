"""How a device computes: in which precision, by which kernels, and whether always by the same."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from contentmix.choices import Precision


@contextmanager
def arithmetic(precision: Precision, *, autotune: bool, deterministic: bool) -> Iterator[None]:
    """Inside, single precision is what ``precision`` says, and kernels are chosen as asked; afterwards all is as it was.

    Args:
        precision: ``tf32`` lets products and convolutions of single precision have ten bits of fraction on CUDA; all others keep
            23, convolutions too, which torch by default does not.
        autotune: let cuDNN time its kernels for each size that it meets; for sizes that stay.
        deterministic: only kernels that give the same bits every time, and none that are timed.
    """
    products, convolutions = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    timed, same = torch.backends.cudnn.benchmark, torch.are_deterministic_algorithms_enabled()
    only_warns = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    torch.backends.cudnn.allow_tf32 = precision == "tf32"
    torch.backends.cudnn.benchmark = autotune and not deterministic
    if deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what cuBLAS asks for
        torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(products)
        torch.backends.cudnn.allow_tf32 = convolutions
        torch.backends.cudnn.benchmark = timed
        torch.use_deterministic_algorithms(same, warn_only=only_warns)


def compile_network(network: nn.Module, *, graphs: bool) -> None:
    """Compile the passes of ``network``, in training and in prediction.

    Args:
        network: compiled in place.
        graphs: record CUDA graphs, which are replayed as a whole, so that the host launches no kernels one by one.
    """
    warnings.filterwarnings("ignore", message=".*TensorFloat32 tensor cores.*")
    mode = "reduce-overhead" if graphs else None
    network.compile(mode=mode)
    predict = getattr(network, "predict", None)
    if predict is not None:
        whole = _of_one_size(network, torch.compile(predict, mode=mode))
        setattr(network, "predict", whole)  # noqa: B010 - a method becomes an attribute


def _of_one_size(network: nn.Module, predict: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """``predict`` of batches filled up to the largest so far, in evaluation, where images do not see each other.

    The last batch of a set is smaller than the others: it would be compiled for, or recorded, by itself.
    """
    size = 0

    def filled(images: Tensor) -> Tensor:
        nonlocal size
        count = len(images)
        size = max(size, count)
        if network.training or count == size:
            return predict(images)
        return predict(torch.cat([images, images.new_zeros(size - count, *images.shape[1:])]))[:count]

    return filled


__all__ = ["arithmetic", "compile_network"]
