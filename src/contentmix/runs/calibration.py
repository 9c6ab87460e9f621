"""The temperature that a run keeps with its weights, so that its probabilities can be trusted.

Guo et al. 2017: one number, fitted on images that were not trained on, brings the confidence of a network near to how often it
is right. It is not that of ``NLL_c`` (sec. 3.3.4), for which each half of the *test* set is given a temperature to score the
other: nothing that predicts may know the test set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from contentmix.batch import MemberLogits
from contentmix.choices import Average
from contentmix.metrics import correct, ensemble_log_probs, fit_temperature, nll, tempered
from contentmix.metrics.temperature import COLDEST, HOTTEST
from contentmix.options.methods import method_defaults
from contentmix.runs.config import Config

_FEWEST, _SURE = 20, 3.84


@dataclass(frozen=True)
class Calibration:
    """How the probabilities of a model come from its ensemble's log-probabilities: ``softmax(log p / T)``.

    Attributes:
        temperature: T, 1 where none was fitted
        images: validation images that it was fitted on, 0 where none was
        average: what is averaged over members, as when it was fitted
        inference: how the members predicted then, for methods that have several ways
        why: where none was fitted, the reason
    """

    temperature: float = 1.0
    images: int = 0
    average: Average = "logits"
    inference: str | None = None
    why: str = ""

    @property
    def words(self) -> str:
        """One line for whoever reads the probabilities."""
        if self.images:
            return f"probabilities at temperature {self.temperature:.3f}, fitted on {self.images:,} validation images"
        return f"probabilities as the network gives them (temperature 1): {self.why}"

    def of(self, config: Config) -> Calibration:
        """This one where a model of ``config`` predicts as it did when this was fitted, or else none, with the reason."""
        inference, average = _inference(config), config.run.average
        if not self.images or (self.inference, self.average) == (inference, average):
            return self
        fitted = self.average if self.inference is None else f"{self.average}, {self.inference}"
        return Calibration(why=f"the temperature kept was fitted to another way of predicting ({fitted})")


NO_SPLIT = Calibration(why="there was no validation split to fit a temperature on")
OLDER = Calibration(why="the model is of a version that fitted no temperature")
OTHER_WEIGHTS = Calibration(why="the temperature kept is that of the selected weights")
AS_ASKED = Calibration(why="as asked")


def calibrate(predictions: MemberLogits, config: Config) -> Calibration:
    """Fit the temperature of a model on what it says of its validation images.

    None is kept where it makes no mistake on them: nothing then says how sure it may be, and T would run to its limit. Nor
    where they are fewer than 20, or none fits them surely better than 1: a handful would make probabilities worse. Twice what T
    gains in log-likelihood is then below 3.84, the 95th percentile of chi-squared with one degree of freedom (Wilks 1938).

    Args:
        predictions: of the validation images.
        config: of the run.
    """
    log_probs = ensemble_log_probs(predictions.logits, config.run.average)
    images = len(predictions.labels)
    if bool(correct(log_probs, predictions.labels).all()):
        return Calibration(
            why=f"it made no mistake on {images:,} validation images that a temperature could be fitted to"
        )
    if images < _FEWEST:
        return Calibration(why=f"of {images:,} validation images no temperature can be told, {_FEWEST} are the least")
    temperature = fit_temperature(log_probs, predictions.labels)
    untempered, fitted = (nll(tempered(log_probs, each), predictions.labels) for each in (1.0, temperature))
    if 2 * images * (untempered - fitted) < _SURE:
        return Calibration(why=f"no other fits {images:,} validation images surely better")
    return Calibration(temperature, images, config.run.average, _inference(config))


def _inference(config: Config) -> str | None:
    return {**method_defaults(config.method), **config.method_options}.get("inference")


def calibration_from(content: Any) -> Calibration:
    """What ``dataclasses.asdict`` made of one.

    Raises:
        ValueError: it is none.
    """
    try:
        found = Calibration(**content)
        right = (
            COLDEST <= found.temperature <= HOTTEST
            and found.images >= 0
            and found.average in get_args(Average)
            and isinstance(found.inference, str | None)
            and isinstance(found.why, str)
        )
    except TypeError:
        right = False
    if not right:
        raise ValueError(f"its header has the calibration {content}")
    return found
