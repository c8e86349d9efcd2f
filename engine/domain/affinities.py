"""Affinities: how far a topic holds a visitor's interest, from 0 to 1. One page view never gives 1, and interest fades.

Weights are counted by day instead of kept as a running sum, so that the same page views give the same topics in any
order. Strengths are whole thousandths: the number that people see is the number that rules compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import nlargest
from math import ceil, exp, exp2, floor, fsum, log1p, log2
from operator import le, lt
from typing import NamedTuple

from engine.domain.decay import first_fall, not_later
from engine.values import MILLISECONDS_A_DAY as DAY

Topics = Mapping[str, Mapping[int, int]]
"""Topic → UTC day number → weight in thousandths."""

CELLS = 1_000
"""A profile keeps its latest thousand pairs of (day, topic)."""

HALF_LIFE = 30
"""Days."""


class Interest(NamedTuple):
    """What a strength follows from: share of all weight, and own weight as of `since`, the start of the latest day."""

    since: int
    share: float
    weight: float


def add(topics: Topics, at: int, weights: Mapping[str, float]) -> dict[str, Mapping[int, int]]:
    """Count the relevances of one page, 0 to 1 by topic, on the day of `at`; below half a thousandth is none."""
    day = at // DAY
    added = {topic: {day: weight} for topic, relevance in weights.items() if (weight := _thousandths(relevance))}
    return join((topics, added))


def join(several: Iterable[Topics]) -> dict[str, Mapping[int, int]]:
    """Sum weights by topic and day; the same in any order and grouping.

    Beyond CELLS the earliest (day, topic) pairs go. What goes has CELLS later pairs above it, and pairs never move, so
    that it would have gone in any other order too."""
    united: dict[str, Mapping[int, int]] = {}
    for topics in several:
        for topic, days in topics.items():
            united[topic] = _sum(united[topic], days) if topic in united else days
    return united if sum(map(len, united.values())) <= CELLS else _latest(united)


def interests(topics: Topics) -> dict[str, Interest]:
    """Weigh all topics as of one instant. Sums are exactly rounded (fsum), whatever order the mappings are in."""
    latest = max((max(days) for days in topics.values()), default=0)
    weights = {
        topic: fsum([weight * exp2((day - latest) / HALF_LIFE) for day, weight in days.items()])
        for topic, days in topics.items()
    }
    total = fsum(weights.values())
    return {topic: Interest(latest * DAY, weight / total, weight / 1000) for topic, weight in weights.items()}


def strengths(topics: Topics, now: int) -> dict[str, float]:
    """Compute every topic's strength as of `now`; a topic that has faded to 0 stays listed."""
    return strengths_of(interests(topics), now)


def strengths_of(known: Mapping[str, Interest], now: int) -> dict[str, float]:
    """Compute the same of interests that are known."""
    return {topic: strength_of(interest, now) for topic, interest in known.items()}


def strength(topics: Topics, topic: str, now: int) -> float:
    """Compute one topic's strength as of `now`; 0 where it was never met. The share takes a pass over all topics."""
    interest = interests(topics).get(topic)
    return strength_of(interest, now) if interest else 0.0


def strength_of(interest: Interest, now: int) -> float:
    """Compute a topic's strength as of `now`."""
    faded = interest.weight * exp2(-max(0, now - interest.since) / (HALF_LIFE * DAY))
    return floor(interest.share * (1 - exp(-faded / 3)) * 1000 + 0.5) / 1000


def falls(topics: Topics, topic: str, value: float, inclusive: bool, now: int) -> int | None:
    """Find the first instant after `now` at which the strength comes below `value` (or down to it, if inclusive).

    None for never: where it is below already or the topic was never met. Exact to the millisecond."""
    interest = interests(topics).get(topic)
    return None if interest is None else fall_of(interest, value, inclusive, now)


def fall_of(interest: Interest, value: float, inclusive: bool, now: int) -> int | None:
    """Find the same of an interest that is known."""
    below = le if inclusive else lt
    if not below(0, value) or below(strength_of(interest, now), value):
        return None
    return first_fall(lambda at: below(strength_of(interest, at), value), now, _guess(interest, value, inclusive))


def fall_not_before(interest: Interest, value: float, inclusive: bool, now: int) -> int | None:
    """Find an instant after `now`, not later than the fall, without a search. It must not have fallen already."""
    if value < 0 or (value == 0 and not inclusive):
        return None
    guess = _guess(interest, value, inclusive)
    return not_later(guess, now, guess - interest.since)


def _thousandths(relevance: float) -> int:
    return floor(min(max(0.0, relevance), 1.0) * 1000 + 0.5)


def _sum(some: Mapping[int, int], more: Mapping[int, int]) -> dict[int, int]:
    total = dict(some)
    for day, weight in more.items():
        total[day] = total.get(day, 0) + weight
    return total


def _latest(topics: Topics) -> dict[str, Mapping[int, int]]:
    kept: dict[str, dict[int, int]] = {}
    for day, topic in nlargest(CELLS, ((day, topic) for topic, days in topics.items() for day in days)):
        kept.setdefault(topic, {})[day] = topics[topic][day]
    return dict(kept)


def _guess(interest: Interest, value: float, inclusive: bool) -> int:
    """Solve for the instant at which the strength rounds to the first thousandth below `value`, or close to it."""
    thousandth = floor(value * 1000 + 1e-9) if inclusive else ceil(value * 1000 - 1e-9) - 1
    confidence = min((max(0, thousandth) + 0.5) / 1000 / interest.share, 1 - 2**-53)
    return interest.since + ceil(HALF_LIFE * DAY * log2(interest.weight / (-3 * log1p(-confidence))))
