"""Whether losses are finite, found out on a device without the host waiting for it."""

from __future__ import annotations

import torch
from torch import Tensor


class LossWatch:
    """Marks the steps from the first one on whose loss is not finite, and tells the host so some steps later.

    Fused optimisers skip an update where their ``found_inf`` is 1: given ``found``, they leave the weights as they were
    before the first such step, however late the host comes to know.

    Args:
        device: of the losses.
        every: steps after which the host looks; it knows after twice as many.
    """

    def __init__(self, device: torch.device, every: int = 50) -> None:
        self.every = every
        self.found = torch.zeros((), device=device)
        self._zero, self._trace, self._spoilt = torch.zeros(3, device=device).unbind()
        self._steps = 0
        self._on_its_way: tuple[int, Tensor, torch.cuda.Event | None] | None = None

    def see(self, loss: Tensor) -> None:
        """Take the loss of the next step into account."""
        self._trace.addcmul_(loss.detach().float(), self._zero)  # 0 as long as losses are finite, NaN from then on
        torch.ne(self._trace, 0, out=self.found)
        self._spoilt = self._spoilt + self.found  # what is on its way to the host stays
        self._steps += 1

    def spoilt(self, *, now: bool = False) -> int | None:
        """For how many of the last steps losses were spoilt; None as long as the host knows of none.

        Args:
            now: wait for the device.
        """
        if now:
            return int(self._spoilt) or None
        if self._steps % self.every:
            return None
        known, self._on_its_way = self._on_its_way, self._send()
        if known is None:
            return None
        steps, count, arrived = known
        if arrived is not None:
            arrived.synchronize()  # long since, a device is never so many steps behind
        return int(count) + self._steps - steps if count else None

    def _send(self) -> tuple[int, Tensor, torch.cuda.Event | None]:
        count = self._spoilt.to("cpu", non_blocking=True)
        event = None
        if self._spoilt.is_cuda:
            event = torch.cuda.Event()
            event.record()
        return self._steps, count, event


__all__ = ["LossWatch"]
