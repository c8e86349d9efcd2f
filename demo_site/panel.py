"""What the panel shows: a visitor's profile put into words, from what his own device may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from demo_site.wording import ago, because, happening, span
from engine.domain.audiences import Audience, Membership, MembershipChange, Transition
from engine.domain.events import Event
from engine.language.explain import Explanation
from engine.ports import Engine, Page, StoredEvent, Window

SCORES = {
    "momentum": "Recent rate against the usual",
    "frequency": "How often",
    "recency": "How lately",
    "intensity": "Depth of a visit",
    "quantity": "All there ever was",
    "consistency": "Regularity",
    "maturity": "How long known",
    "volatility": "Ups and downs",
    "propensity": "Will return in 30 days",
}


@dataclass(frozen=True, slots=True)
class Gauge:
    """One score; no value until there is enough behaviour."""

    name: str
    hint: str
    value: int | None


@dataclass(frozen=True, slots=True)
class Belonging:
    """One audience the visitor is in; `lasts` is how much longer that holds for certain if nothing happens."""

    slug: str
    name: str
    since: str
    lasts: str | None


@dataclass(frozen=True, slots=True)
class Passage:
    """One entry or exit."""

    slug: str
    name: str
    entered: bool
    why: str
    when: str


@dataclass(frozen=True, slots=True)
class Doing:
    """One event."""

    text: str
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Everything on the panel, ready to be written down."""

    known: bool
    email: str | None
    device: str
    first_seen: str
    visits: int
    page_views: int
    gauges: Sequence[Gauge]
    topics: Sequence[tuple[str, int]]
    """Topic and interest in per cent, strongest first."""
    audiences: Sequence[Belonging]
    passages: Sequence[Passage]
    events: Sequence[Doing]


async def look(engine: Engine, anonymous_id: str) -> Panel | None:
    """Read the panel of the device with this id; None while nothing is known of it."""
    profile = await engine.profiles.of_visitor(anonymous_id)
    if profile is None:
        return None
    events = await engine.profiles.events(profile.id, Window(first=6))
    history = await engine.profiles.history(profile.id, Window(first=20))
    why = await engine.profiles.explanations(profile.id, [one.audience.slug for one in profile.audiences])
    now = engine.clock.now()
    return Panel(
        known=profile.known,
        email=profile.email,
        device=anonymous_id[:8],
        first_seen=ago(profile.first_seen_at, now),
        visits=int(profile.attributes.get("visit_count", 0)),
        page_views=int(profile.attributes.get("page_view_count", 0)),
        gauges=[Gauge(name, hint, profile.scores.get(name)) for name, hint in SCORES.items()],
        topics=[(topic, round(strength * 100)) for topic, strength in profile.affinities.items()][:6],
        audiences=[_belonging(one, told, now) for one, told in zip(profile.audiences, why, strict=True)],
        passages=await _passages(engine, history, events, now),
        events=[Doing(happening(stored.event), ago(stored.event.occurred_at, now)) for stored in events.items],
    )


def _belonging(membership: Membership, why: Explanation, now: int) -> Belonging:
    audience, ends_at = membership.audience, why.next_change_at
    lasts = span(ends_at - now) if ends_at is not None else None
    return Belonging(audience.slug, audience.name, ago(membership.since, now), lasts)


async def _passages(
    engine: Engine, history: Page[MembershipChange], recent: Page[StoredEvent], now: int
) -> list[Passage]:
    """Put the newest changes into words, leaving out audiences that a browser may not know of."""
    seen = {stored.id: stored.event for stored in recent.items}
    shown = [(change, shareable(engine, change.audience_slug)) for change in history.items]
    return [
        _passage(change, audience, await _event(engine, change.event_id, seen), now)
        for change, audience in shown
        if audience is not None
    ][:12]


def shareable(engine: Engine, slug: str) -> Audience | None:
    """Find an audience that front ends may see."""
    audience = engine.audiences.by_slug(slug)
    return audience if audience is not None and audience.personalizable else None


async def _event(engine: Engine, event_id: int | None, seen: dict[int, Event]) -> Event | None:
    if event_id is None:
        return None
    if event_id not in seen and (stored := await engine.profiles.event(event_id)) is not None:
        seen[event_id] = stored.event
    return seen.get(event_id)


def _passage(change: MembershipChange, audience: Audience, event: Event | None, now: int) -> Passage:
    return Passage(
        slug=audience.slug,
        name=audience.name,
        entered=change.transition is Transition.ENTERED,
        why=because(change.cause, event),
        when=ago(change.occurred_at, now),
    )
