"""Which epoch stands: the best on held-out images, or a later one that these cannot tell from it."""

from __future__ import annotations

import math


def stands(top1: float, best: float | None, images: int | None = None) -> bool:
    """Whether an epoch takes the place of the one that stood before it.

    Without ``images`` the best epoch stands, the first of equals. With it, the latest of those within one standard error of the
    best (the one-standard-error rule of Breiman et al. 1984): of n images a share p is known to ``sqrt(p (1 - p) / n)``, so that
    few of them choose by chance, and a rate that falls makes later epochs the better ones.

    Args:
        top1: of the epoch, in percent.
        best: of all epochs before, in percent; None where there was none.
        images: that both were measured on.
    """
    if best is None or top1 > best:
        return True
    share = best / 100
    return images is not None and top1 >= best - 100 * math.sqrt(share * (1 - share) / images)
