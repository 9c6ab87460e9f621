"""How well hybrids keep the object of one parent and the context of the other (thesis sections 2.5.3.1, A.3.2)."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from contentmix.errors import require


@dataclass(frozen=True, kw_only=True)
class HybridQuality:
    """Figures of hybrids of parents of different classes, or of contexts whose class is not known, in percent.

    s_r alone rises when hybrids copy their context, and ``accepted`` when they fool the judge: read all together.

    Attributes:
        pairs: hybrids that were measured
        s_c: semantic transfer: the oracle sees the class of the content parent
        given_to_context: the oracle sees the class of the context parent; None where some are not known
        accepted: the generator's own classifier sees the class of the content parent; None without one
        s_r: nearer to the context parent in pixels
        s_r_code: nearer to the context parent in z_r; None for hybrids without codes
        distance_ratio: mean squared distance in z_r to the content parent over that to the context parent (table A.13); None
            also where the latter is 0
        background: background nearer to that of the context parent; None without masks (A.3.2)
        background_ratio: ``distance_ratio`` of backgrounds in place of codes (table A.13)
    """

    pairs: int
    s_c: float
    given_to_context: float | None = None
    accepted: float | None = None
    s_r: float
    s_r_code: float | None = None
    distance_ratio: float | None = None
    background: float | None = None
    background_ratio: float | None = None

    def to_dict(self) -> dict[str, float | int | None]:
        """The figures by name."""
        return asdict(self)


def hybrid_quality(
    hybrids: Tensor,
    content: Tensor,
    context: Tensor,
    labels: tuple[Tensor, Tensor],
    oracle: Tensor,
    *,
    judged: Tensor | None = None,
    codes: tuple[Tensor, Tensor, Tensor] | None = None,
    masks: tuple[Tensor, Tensor] | None = None,
) -> HybridQuality:
    """The figures of n hybrids; those of parents that are known to be of one class are left out.

    Args:
        hybrids: (n, c, h, w).
        content: parents whose object they show, likewise.
        context: parents whose surroundings they show, likewise.
        labels: classes (n,) of content and context parents, -1 where a context parent's is not known.
        oracle: classes (n,) that a classifier trained on all labels sees in the hybrids.
        judged: classes (n,) that the generator's classifier sees in them.
        codes: z_r (n, ...) of hybrids, content and context parents.
        masks: objects (n, h, w) bool of content and context parents; the background is what is in neither.

    Raises:
        UsageError: no pair is of two classes.
    """
    kept = labels[0] != labels[1]
    require(
        bool(kept.any()), "all pairs of parents are of one class: hybrids are measured on pairs of different classes"
    )
    wanted, other = (label[kept] for label in labels)
    s_r_code = distance_ratio = background = background_ratio = None
    if codes is not None:
        made, to_content, to_context = (code[kept].flatten(1) for code in codes)
        s_r_code, distance_ratio = _separation(made, to_content, to_context)
    if masks is not None:
        outside = ~(masks[0] | masks[1])[kept, None]
        background, background_ratio = _separation(*(images[kept] * outside for images in (hybrids, content, context)))
    return HybridQuality(
        pairs=int(kept.sum()),
        s_c=_percent(oracle[kept] == wanted),
        given_to_context=None if (other < 0).any() else _percent(oracle[kept] == other),
        accepted=None if judged is None else _percent(judged[kept] == wanted),
        s_r=_percent(_distance(hybrids[kept], content[kept]) > _distance(hybrids[kept], context[kept])),
        s_r_code=s_r_code,
        distance_ratio=distance_ratio,
        background=background,
        background_ratio=background_ratio,
    )


def _separation(made: Tensor, content: Tensor, context: Tensor) -> tuple[float, float | None]:
    """The share (%) nearer to the context parent, and the ratio of mean distances d_c / d_r."""
    d_c, d_r = _distance(made, content), _distance(made, context)
    mean = float(d_r.mean())
    return _percent(d_c >= d_r), float(d_c.mean()) / mean if mean else None


def _distance(values: Tensor, targets: Tensor) -> Tensor:
    """Squared distances (n,)."""
    return (values - targets).flatten(1).square().sum(1)


def _percent(flags: Tensor) -> float:
    return 100 * float(flags.float().mean())


def probe_accuracy(train: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor], steps: int = 1000) -> float:
    """Test accuracy (%) of a linear classifier of codes: how much of the class is left in z_r (A.3.3).

    It is logistic regression of standardised codes with the penalty ``|w|^2 / 2``, fitted by L-BFGS where the codes are.

    Args:
        train: codes (n, ...) and labels (n,) that it learns from.
        test: those that it is measured on.
        steps: of the fit at most.
    """
    codes, held = (each.flatten(1).float() for each, _ in (train, test))
    labels, mean, deviation = train[1].to(codes.device), codes.mean(0), codes.std(0, correction=0)
    deviation = torch.where(deviation == 0, 1, deviation)
    codes, held = ((each - mean) / deviation for each in (codes, held))
    with torch.inference_mode(False), torch.enable_grad():
        codes, labels = codes.clone(), labels.clone()
        weight = codes.new_zeros(codes.shape[1], int(labels.max()) + 1).requires_grad_()
        bias = codes.new_zeros(weight.shape[1]).requires_grad_()
        fit = torch.optim.LBFGS([weight, bias], max_iter=steps, tolerance_grad=1e-4, line_search_fn="strong_wolfe")

        def loss() -> Tensor:
            fit.zero_grad()
            found = torch.nn.functional.cross_entropy(codes @ weight + bias, labels)
            found = found + weight.square().sum() / (2 * len(codes))
            found.backward()
            return found

        fit.step(loss)
    right = (held @ weight.detach() + bias.detach()).argmax(1) == test[1].to(held.device)
    return 100 * float(right.float().mean())
