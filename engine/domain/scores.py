"""Nine scores of behaviour from 0 to 100: pure functions of (visits, now) that never rise while nothing happens.

docs/scores.md tells people what they mean. *Silence* is the time since the last known activity; a clock that stands
before that activity counts as no silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil, exp2, expm1, floor, log, log1p, log2, sqrt
from types import MappingProxyType
from typing import NamedTuple

from engine.domain import propensity
from engine.domain.behaviour import LONG, SHORT
from engine.domain.behaviour import Basis as Basis
from engine.domain.behaviour import basis as basis
from engine.domain.decay import first_fall, not_later
from engine.values import MILLISECONDS_A_DAY as DAY

FORMULA_VERSION = 1
"""Goes up whenever a formula gives another number for the same behaviour."""

WEEK = 7 * DAY
ODDS_HALF_LIFE = SHORT * LONG / (LONG - SHORT)
"""How fast recent activity falls against usual activity in silence."""
EVERY_DAY = log1p(1 / (1 - exp2(-DAY / LONG)))
"""ln(1 + F) of a visitor who has always come every day."""


class Decay(NamedTuple):
    """A score that falls in silence: its value before rounding, and the silence that brings it down to a value."""

    raw: Callable[[Basis, int], float]
    silence_at: Callable[[Basis, float], float]


def score(basis: Basis, name: str, now: int) -> int | None:
    """Compute one score as of `now`; None where there is too little behaviour for it. KeyError for an unknown name."""
    decay = _DECAYING.get(name)
    raw = decay.raw(basis, max(0, now - basis.last)) if decay else _STILL[name](basis)
    return None if raw is None else _whole(raw)


def falls(basis: Basis, name: str, value: float, inclusive: bool, now: int) -> int | None:
    """Find the first instant after `now` at which the score comes below `value` (or down to it, if inclusive).

    None for never: where it is below already, stands still or is missing. Exact to the millisecond."""
    decay = _DECAYING.get(name)
    limit = floor(value) if inclusive else ceil(value) - 1
    if decay is None or limit < 0:
        return None
    raw = decay.raw

    def fallen(at: int) -> bool:
        return _whole(raw(basis, max(0, at - basis.last))) <= limit

    if fallen(now):
        return None
    return first_fall(fallen, now, basis.last + ceil(decay.silence_at(basis, limit + 0.5)))


def falls_not_before(basis: Basis, name: str, value: float, inclusive: bool, now: int) -> int | None:
    """Find an instant after `now` that is not later than `falls`, without a search. It must not have fallen already."""
    decay = _DECAYING.get(name)
    limit = floor(value) if inclusive else ceil(value) - 1
    if decay is None or limit < 0:
        return None
    silence = decay.silence_at(basis, limit + 0.5)
    return not_later(basis.last + int(silence), now, silence)


def _whole(raw: float) -> int:
    return max(0, min(100, floor(raw + 0.5)))


def _momentum(basis: Basis, silence: int) -> float:
    odds = _momentum_odds(basis) * exp2(-silence / ODDS_HALF_LIFE)
    return 100 * odds / (1 + odds)


def _momentum_silence(basis: Basis, raw: float) -> float:
    return ODDS_HALF_LIFE * log2(_momentum_odds(basis) * (100 - raw) / raw)


def _momentum_odds(basis: Basis) -> float:
    return LONG / SHORT * basis.recent / basis.usual


def _frequency(basis: Basis, silence: int) -> float:
    return 100 * log1p(basis.usual * exp2(-silence / LONG)) / EVERY_DAY


def _frequency_silence(basis: Basis, raw: float) -> float:
    return LONG * log2(basis.usual / expm1(raw / 100 * EVERY_DAY))


def _recency(basis: Basis, silence: int) -> float:
    return 100 * exp2(-silence / (basis.rhythm * DAY))


def _recency_silence(basis: Basis, raw: float) -> float:
    return basis.rhythm * DAY * log2(100 / raw)


def _propensity(basis: Basis, silence: int) -> float:
    return 100 * propensity.chance(basis.model, _record(basis), silence / WEEK)


def _propensity_silence(basis: Basis, raw: float) -> float:
    return WEEK * propensity.silence_at(basis.model, _record(basis), raw / 100)


def _record(basis: Basis) -> propensity.Record:
    return propensity.Record(basis.days - 1, (basis.last - basis.first) / WEEK)


def _intensity(basis: Basis) -> float:
    return _log_scaled(basis.events / basis.visits, 50)


def _quantity(basis: Basis) -> float:
    return _log_scaled(basis.events, 10_000)


def _maturity(basis: Basis) -> float:
    return _log_scaled(basis.span, 3 * 365)


def _consistency(basis: Basis) -> float | None:
    if basis.days < 3:
        return None
    return 100 - _variation(basis.days - 1, basis.span, basis.squared_gaps)


def _volatility(basis: Basis) -> float | None:
    if basis.visits < 3:
        return None
    return _variation(basis.visits, basis.events, basis.squared_events)


def _log_scaled(value: float, top: int) -> float:
    return 100 * log(max(value, 1)) / log(top)


def _variation(count: int, total: int, squares: int) -> float:
    """Give the population's coefficient of variation in percent, at most 100; from whole sums, hence exact."""
    return min(100.0, 100 * sqrt(count * squares - total * total) / total)


_DECAYING: Mapping[str, Decay] = MappingProxyType(
    {
        "frequency": Decay(_frequency, _frequency_silence),
        "momentum": Decay(_momentum, _momentum_silence),
        "propensity": Decay(_propensity, _propensity_silence),
        "recency": Decay(_recency, _recency_silence),
    }
)
_STILL: Mapping[str, Callable[[Basis], float | None]] = MappingProxyType(
    {
        "consistency": _consistency,
        "intensity": _intensity,
        "maturity": _maturity,
        "quantity": _quantity,
        "volatility": _volatility,
    }
)
SCORE_NAMES: tuple[str, ...] = tuple(sorted((*_DECAYING, *_STILL)))
