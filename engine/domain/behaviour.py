"""A visitor's behaviour, summed up once: after that a score costs the same for one visit as for thousands."""

from __future__ import annotations

from itertools import pairwise
from math import exp2

import msgspec

from engine.domain.propensity import CDNOW, Model
from engine.domain.visits import Visits
from engine.values import MILLISECONDS_A_DAY as DAY

SHORT, LONG = 7 * DAY, 28 * DAY
"""Half-lives of recent and of usual activity."""


class Basis(msgspec.Struct, frozen=True, gc=False):
    """What the formulas of scores need. Instants are milliseconds; gaps between active days are whole days.

    An active day is a UTC day touched by a visit; its instant is the last known activity on it."""

    first: int
    """Instant of the first active day."""
    last: int
    """Instant of the last active day, so the last known activity."""
    days: int
    """Active days."""
    span: int
    """The sum of the gaps: whole days from the first to the last active day."""
    squared_gaps: int
    rhythm: float
    """The median gap within 1 to 30; 7 where there is none."""
    recent: float
    """Sum of 2^(−age/SHORT) over active days, as of `last`."""
    usual: float
    """Sum of 2^(−age/LONG) over active days, as of `last`."""
    visits: int
    events: int
    squared_events: int
    """Sum of the squares of events per visit."""
    model: Model


def basis(visits: Visits, model: Model = CDNOW) -> Basis | None:
    """Sum up visits in the order and form that `add` and `join` give them; None without any behaviour."""
    if not visits:
        return None
    instants = _active_days(visits)
    days = [instant // DAY for instant in instants]
    gaps = [later - earlier for earlier, later in pairwise(days)]
    weights = [exp2((instant - instants[-1]) / LONG) for instant in instants]
    counts = [visit.events for visit in visits]
    return Basis(
        first=instants[0],
        last=instants[-1],
        days=len(days),
        span=days[-1] - days[0],
        squared_gaps=sum([gap * gap for gap in gaps]),
        rhythm=_rhythm(gaps),
        recent=sum([weight ** (LONG // SHORT) for weight in weights]),
        usual=sum(weights),
        visits=len(counts),
        events=sum(counts),
        squared_events=sum([count * count for count in counts]),
        model=model,
    )


def _active_days(visits: Visits) -> list[int]:
    """List the instants of the active days, earliest first."""
    instants: dict[int, int] = {}
    for visit in visits:
        last_day = visit.end // DAY
        for day in range(visit.start // DAY, last_day):
            instants[day] = (day + 1) * DAY - 1
        instants[last_day] = visit.end
    return list(instants.values())


def _rhythm(gaps: list[int]) -> float:
    if not gaps:
        return 7.0
    ordered = sorted(gaps)
    middle = len(ordered) // 2
    median = (ordered[middle] + ordered[~middle]) / 2
    return min(max(median, 1.0), 30.0)
