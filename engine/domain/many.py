"""Scores and affinities of many profiles at once: the formulas of `scores` and `affinities` over arrays.

Logarithms of arrays may differ from those of single numbers in the last digit, so each result says where it is too
close to a rounding to be sure of; there the single formula must decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from engine.domain.affinities import HALF_LIFE
from engine.domain.behaviour import LONG, SHORT
from engine.domain.propensity import AHEAD, CDNOW
from engine.domain.scores import EVERY_DAY, ODDS_HALF_LIFE, WEEK
from engine.values import MILLISECONDS_A_DAY as DAY

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Read = Callable[[str], Floats]
"""Gives a part of `behaviour.Basis` for all, by its name; NaN where there is no behaviour."""

CLOSE = 1e-6
"""Of what is rounded to whole numbers; last digits are some 1e-13 of it."""


def score(read: Read, name: str, now: int) -> tuple[Floats, Mask]:
    """Compute a score as of `now`, and where it is in doubt."""
    whole, doubt = _rounded(_FORMULAS[name](read, now))
    return np.clip(whole, 0, 100), doubt


def strength(since: Floats, share: Floats, weight: Floats, now: int) -> tuple[Floats, Mask]:
    """Compute the strengths of interests as of `now`, and where they are in doubt."""
    faded = weight * np.exp2(-np.maximum(0, now - since) / (HALF_LIFE * DAY))
    whole, doubt = _rounded(share * (1 - np.exp(-faded / 3)) * 1000)
    return whole / 1000, doubt


def _rounded(raw: Floats) -> tuple[Floats, Mask]:
    upper = raw + 0.5
    return np.floor(upper), np.abs(upper - np.rint(upper)) < CLOSE


def _silence(read: Read, now: int) -> Floats:
    return np.maximum(0, now - read("last"))


def _momentum(read: Read, now: int) -> Floats:
    odds = LONG / SHORT * read("recent") / read("usual") * np.exp2(-_silence(read, now) / ODDS_HALF_LIFE)
    return 100 * odds / (1 + odds)


def _frequency(read: Read, now: int) -> Floats:
    return 100 * np.log1p(read("usual") * np.exp2(-_silence(read, now) / LONG)) / EVERY_DAY


def _recency(read: Read, now: int) -> Floats:
    return 100 * np.exp2(-_silence(read, now) / (read("rhythm") * DAY))


def _propensity(read: Read, now: int) -> Floats:
    model, repeats = CDNOW, read("days") - 1
    since = model.alpha + (read("last") - read("first")) / WEEK
    silence = _silence(read, now) / WEEK
    back = -np.expm1(-(model.r + repeats) * np.log1p(AHEAD / (since + silence)))
    prior = np.log(model.a / np.maximum(model.b + repeats - 1, model.b))
    lost = np.where(repeats > 0, prior + (model.r + repeats) * np.log1p(silence / since), -700)
    chance: Floats = back / (1 + np.exp(np.minimum(lost, 700)))
    return 100 * chance


def _intensity(read: Read, now: int) -> Floats:
    return _log_scaled(read("events") / read("visits"), 50)


def _quantity(read: Read, now: int) -> Floats:
    return _log_scaled(read("events"), 10_000)


def _maturity(read: Read, now: int) -> Floats:
    return _log_scaled(read("span"), 3 * 365)


def _consistency(read: Read, now: int) -> Floats:
    days = read("days")
    variation = _variation(np.maximum(days - 1, 1), np.maximum(read("span"), 1), read("squared_gaps"))
    return np.where(days < 3, np.nan, 100 - variation)


def _volatility(read: Read, now: int) -> Floats:
    visits = read("visits")
    return np.where(visits < 3, np.nan, _variation(visits, read("events"), read("squared_events")))


def _log_scaled(value: Floats, top: int) -> Floats:
    scaled: Floats = 100 * np.log(np.maximum(value, 1)) / np.log(top)
    return scaled


def _variation(count: Floats, total: Floats, squares: Floats) -> Floats:
    return np.minimum(100, 100 * np.sqrt(np.maximum(count * squares - total * total, 0)) / total)


_FORMULAS: Mapping[str, Callable[[Read, int], Floats]] = {
    "consistency": _consistency,
    "frequency": _frequency,
    "intensity": _intensity,
    "maturity": _maturity,
    "momentum": _momentum,
    "propensity": _propensity,
    "quantity": _quantity,
    "recency": _recency,
    "volatility": _volatility,
}
