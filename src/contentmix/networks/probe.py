"""Whether a network takes inputs of some shape, tried before it is trained."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from contentmix.errors import UsageError


@torch.no_grad()
def probe(
    network: nn.Module, shape: tuple[int, ...], task: str, call: Callable[[Tensor], Tensor] | None = None
) -> Tensor:
    """What ``network`` makes of one example of zeros, (1, ...), in evaluation mode; it is left as it was.

    Args:
        network: its parameters, where it has any, say on which device.
        shape: of the example, without the batch.
        task: what it should do, for the error.
        call: what of it runs; itself by default.

    Raises:
        UsageError: it fails, or returns something else than a tensor.
    """
    training, parameter = network.training, next(network.parameters(), torch.empty(0))
    network.eval()
    try:
        found = (network if call is None else call)(
            torch.zeros(1, *shape, device=parameter.device, dtype=parameter.dtype)
        )
        if not isinstance(found, Tensor):
            raise TypeError(f"it returns {type(found).__name__}, and no tensor")
        return found
    except (RuntimeError, AssertionError, AttributeError, ValueError, IndexError, TypeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UsageError(
            f"{type(network).__name__} cannot {task}: {reason[:200]}; choose another network or image_size"
        ) from error
    finally:
        network.train(training)
