"""Random stories: rules that time alone turns, and what happens around the instants at which it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from hypothesis import strategies as st

from engine.domain.events import Context, Event
from engine.language.dates import Shift, moved
from engine.language.nodes import (
    And,
    Between,
    Bound,
    Compare,
    Dates,
    Did,
    Exists,
    In,
    Include,
    Last,
    Literal,
    Name,
    Node,
    Not,
    Or,
    Order,
)
from engine.language.printer import to_text
from engine.language.words import write_date, write_duration, write_shift
from engine.values import Time, format_time, parse_time
from tests.engine.living import DAY, HOUR, MINUTE, START, Living, event
from tests.engine.strategies import PEOPLE

SECOND = 1000
BEGINNINGS = (
    START,
    *(
        int(cast(Time, parse_time(text)))
        for text in ("2026-02-28T23:58:00Z", "2026-03-30T23:55:00Z", "2028-02-29T12:00:00Z", "2027-12-31T23:50:00Z")
    ),
)
"""Some shortly before months of different lengths begin."""


@dataclass(frozen=True)
class Scale:
    """How long windows are, and how long it takes from one thing that happens to the next."""

    windows: tuple[Shift, ...]
    pauses: st.SearchStrategy[int]
    near: int
    """How far from the instant at which it leaves a window an event may lie."""


IN_SECONDS = Scale(
    windows=tuple(Shift(*one) for one in ((7, "s"), (30, "s"), (90, "s"), (5, "m"), (1, "h"), (1, "d"), (1, "M"))),
    pauses=st.integers(0, 10 * MINUTE) | st.integers(0, 90).map(lambda seconds: seconds * SECOND),
    near=6 * MINUTE,
)
IN_MONTHS = Scale(
    windows=tuple(Shift(*one) for one in ((2, "h"), (1, "d"), (10, "d"), (2, "w"), (1, "M"), (3, "M"), (1, "y"))),
    pauses=st.integers(0, 90 * DAY) | st.integers(0, 45).map(lambda days: days * DAY),
    near=40 * DAY,
)


@dataclass(frozen=True)
class Rule:
    """An audience to make; it may expire some time later."""

    slug: str
    definition: str
    expires_after: int | None


@dataclass(frozen=True)
class Deed:
    """What happens at one instant: audiences are made, then events come in, all in one transaction."""

    at: int
    rules: tuple[Rule, ...] = ()
    events: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Story:
    """What happens until the end."""

    begins_at: int
    deeds: tuple[Deed, ...]
    ends_at: int


Stops = Callable[[int, int], Iterable[int]]
"""From one instant to another: where the clock stops between them, so that alarms may ring."""


async def tell(living: Living, story: Story, stops: Stops) -> None:
    """Let a story happen; between deeds the clock goes by `stops`, and at the end all that is due has rung."""
    for deed in (*story.deeds, Deed(story.ends_at)):
        for at in stops(living.at, deed.at):
            living.at = at
            await living.ring()
        living.at = deed.at
        for rule in deed.rules:
            ends = {} if rule.expires_after is None else {"expires_at": deed.at + rule.expires_after}
            await living.make(rule.slug, rule.definition, **ends)
        await living.walk()
        if deed.events:
            await living.take(*deed.events)
    await living.ring()


def _any(kinds: list[st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """Give each kind as often as any other; `one_of` would weigh each by its branches."""
    return st.sampled_from(kinds).flatmap(lambda kind: kind)


_scores = st.sampled_from(["score_momentum", "score_frequency", "score_recency", "score_propensity"])
_levels = st.integers(0, 100).map(float)
_many_levels = st.lists(st.integers(0, 100), min_size=4, max_size=12, unique=True)
_strengths = st.integers(0, 400).map(lambda thousandths: thousandths / 1000)
_orders = st.sampled_from(list(Order))
_inequalities = st.sampled_from([order for order in Order if order is not Order.EQUAL])
_times = st.sampled_from(["last_visit_at", "first_visit_at", "last_seen_at", "renews_at"])
_cycling = Name(("affinity", "cycling"))


def _name(names: st.SearchStrategy[str]) -> st.SearchStrategy[Name]:
    return names.map(lambda name: Name((name,)))


def _literals(numbers: Iterable[float]) -> tuple[Literal, ...]:
    return tuple(Literal(float(number)) for number in numbers)


def _between(name: Name, ends: list[float]) -> Node:
    low, high = _literals(sorted(ends))
    return Between(name, low, high)


def _ago(window: Shift) -> Literal:
    return Literal(write_shift(Shift(-window.amount, window.unit)))


def _date(at: int) -> Literal:
    return Literal(write_date(at))


def _around(name: Name, ends: list[Shift]) -> Node:
    longer, shorter = sorted(ends, key=lambda one: moved(0, one), reverse=True)
    return Between(name, _ago(longer), _ago(shorter))


_fading = st.one_of(
    st.builds(Compare, _name(_scores), _orders, _levels.map(Literal)),
    st.builds(In, _name(_scores), _many_levels.map(_literals)),
    st.builds(_between, _name(_scores), st.lists(_levels, min_size=2, max_size=2)),
    st.builds(Compare, st.just(_cycling), _orders, _strengths.map(Literal)),
    st.builds(_between, st.just(_cycling), st.lists(_strengths, min_size=2, max_size=2)),
)
_still = st.sampled_from(
    [
        Compare(Name(("plan",)), Order.EQUAL, Literal("pro")),
        Compare(Name(("visit_count",)), Order.AT_LEAST, Literal(2.0)),
        Exists(Name(("email",))),
        Include("known_users"),
        Include("visited_within_day"),
    ]
)
_where = _any(
    [
        st.none(),
        st.none(),
        st.builds(Compare, st.just(Name(("total",))), _inequalities, st.sampled_from(_literals((2, 5)))),
    ]
)


def tests(scale: Scale, begins_at: int) -> st.SearchStrategy[Node]:
    """Give single tests, nearly all of which time alone can turn."""
    windows = st.sampled_from(scale.windows)
    dates = st.builds(
        lambda start, length: Dates(_date(start), _date(start + length)),
        st.integers(-4, 4).map(lambda number: begins_at + number * scale.near),
        st.integers(1, 4 * scale.near),
    )
    lately = windows.map(lambda window: Last(Literal(write_duration(window))))
    ageing = st.one_of(
        st.builds(Compare, _name(_times), _inequalities, windows.map(_ago)),
        st.builds(Compare, _name(st.just("renews_at")), _inequalities, windows.map(write_shift).map(Literal)),
        st.builds(_around, _name(_times), st.lists(windows, min_size=2, max_size=2, unique=True)),
    )
    did = st.builds(
        Did,
        st.sampled_from(["page", "page", "Order"]),
        st.sampled_from(list(Bound)),
        st.integers(1, 3).map(float).map(Literal),
        _any([lately, lately, lately, dates, st.none()]),
        _where,
    )
    return _any([ageing, ageing, did, did, did.map(Not), _fading, _still])


def rules(scale: Scale, begins_at: int, before: list[str]) -> st.SearchStrategy[Node]:
    """Give whole definitions; they may include those that were made before."""
    leaves = tests(scale, begins_at)
    if before:
        leaves = st.one_of(leaves, leaves, st.sampled_from(before).map(Include))
    return st.recursive(leaves, _groups, max_leaves=3)


def _groups(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    items = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(And, items), st.builds(Or, items), st.builds(Not, inner))


@st.composite
def stories(draw: st.DrawFn, scale: Scale, devices: int, people: tuple[str, ...] = PEOPLE) -> Story:
    """Draw a story; without `people` nobody ever says an e-mail address."""
    at = begins_at = draw(st.sampled_from(BEGINNINGS))
    names = [f"d{number}" for number in range(devices)]
    slugs: list[str] = []
    deeds = [Deed(at, (), (event("identify", at, anonymous_id="first", traits=_traits("pro", at)),))]
    for number in range(draw(st.integers(3, 6))):
        at += draw(scale.pauses)
        made = []
        for _ in range(draw(st.integers(9, 12)) if number == 0 else draw(st.integers(0, 1))):
            made.append(draw(_rule(scale, begins_at, slugs)))
            slugs.append(made[-1].slug)
        events = draw(st.lists(_happenings(scale, names, people, at), min_size=1, max_size=3))
        deeds.append(Deed(at, tuple(made), tuple(one for several in events for one in several)))
    return Story(begins_at, tuple(deeds), at + draw(scale.pauses))


@st.composite
def _rule(draw: st.DrawFn, scale: Scale, begins_at: int, before: list[str]) -> Rule:
    definition = to_text(draw(rules(scale, begins_at, before)))
    ends = draw(st.none() | st.none() | st.none() | st.integers(1, 2 * scale.near))
    return Rule(f"rule_{len(before)}", definition, ends)


@st.composite
def _happenings(draw: st.DrawFn, scale: Scale, devices: list[str], people: tuple[str, ...], now: int) -> list[Event]:
    """Draw a burst of one device's events: of this very instant, of lately, or late ones, which are about to leave a
    window; some of them at one and the same millisecond."""
    device = draw(st.sampled_from(devices))
    window = draw(st.sampled_from(scale.windows))
    leaving = moved(now, Shift(-window.amount, window.unit))
    lately = now - draw(st.integers(0, HOUR))
    begun = draw(st.sampled_from([now, lately, leaving + draw(st.integers(0, scale.near)), _first_of_month(now)]))
    gap = draw(st.sampled_from([0, 0, 1, SECOND, 10 * MINUTE]))
    count = draw(st.integers(1, 4))
    return [draw(_happening(device, people, min(begun + number * gap, now), now)) for number in range(count)]


def _first_of_month(at: int) -> int:
    moment = datetime.fromtimestamp(at / 1000, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return int(moment.timestamp() * 1000)


@st.composite
def _happening(draw: st.DrawFn, device: str, people: tuple[str, ...], at: int, now: int) -> Event:
    said: dict[str, Any] = {"received_at": now, "anonymous_id": device}
    match draw(st.sampled_from(["page", "page", "track", "identify"])):
        case "page":
            topics = draw(st.sampled_from([{}, {"cycling": 1.0}, {"cycling": 0.3, "coffee": 1.0}]))
            return event("page", at, context=Context(topics=topics), properties=draw(_totals), **said)
        case "track":
            return event("track", at, name="Order", properties=draw(_totals), **said)
        case _:
            email = draw(st.sampled_from([*people, None]))
            traits = _traits(draw(st.sampled_from(["free", "pro"])), now + draw(st.integers(-5 * DAY, 5 * DAY)))
            return event("identify", at, email=email, traits=traits, **said)


_totals = st.sampled_from([{}, {"total": 1}, {"total": 3}, {"total": 9}])


def _traits(plan: str, renews_at: int) -> dict[str, Any]:
    return {"plan": plan, "renews_at": format_time(renews_at)}
