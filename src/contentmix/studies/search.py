"""What the next trial of a sweep tries, by Optuna, which this file alone imports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from contentmix.errors import require
from contentmix.keys import derive


@dataclass(frozen=True)
class Range:
    """Numbers to try: whole ones where both ends are.

    Args:
        low: the least.
        high: the most.
        log: whether equal ratios, not equal differences, are as likely.
    """

    low: float
    high: float
    log: bool = False


Space = Mapping[str, Range | tuple[Any, ...]]


def check_installed() -> None:
    """Raise a ``UsageError`` where Optuna is not installed."""
    require(find_spec("optuna") is not None, "a sweep needs its extra: pip install 'contentmix[sweep]'")


def suggest(space: Space, tried: Sequence[tuple[dict[str, Any], float | None]], seed: int) -> dict[str, Any]:
    """Values of the options in ``space`` for the next trial, by the tree-structured Parzen estimator (Bergstra et al. 2011).

    The draw is keyed by the seed and the number of trials, so that a sweep that was interrupted goes on as it would have.

    Args:
        space: of each option, a range, or values to choose from.
        tried: values and result, the higher the better, of each trial; None of one that failed.
        seed: of the sweep.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    laws = {name: _law(values) for name, values in space.items()}
    sampler = optuna.samplers.TPESampler(seed=derive(seed, "sweep", len(tried)) % 2**32)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    states = optuna.trial.TrialState
    for options, value in tried:
        state = states.FAIL if value is None else states.COMPLETE
        study.add_trial(optuna.trial.create_trial(state=state, params=options, distributions=laws, value=value))
    return dict(study.ask(laws).params)


def _law(values: Range | tuple[Any, ...]) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(values, tuple):
        return CategoricalDistribution(values)
    if isinstance(values.low, int) and isinstance(values.high, int):
        return IntDistribution(values.low, values.high, log=values.log)
    return FloatDistribution(values.low, values.high, log=values.log)
