"""One event as a line of a profile's history, with what is known of it below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from console.wording import happening
from engine.domain.events import Event
from engine.domain.keys import Key
from engine.ports import StoredEvent

KINDS = {
    "page": "Page",
    "screen": "Screen",
    "track": "Track",
    "identify": "Identify",
    "group": "Group",
    "alias": "Alias",
}
LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Doing:
    """One event in words; `facts` are names and values, `body` its properties or traits as JSON."""

    id: int
    kind: str
    text: str
    at: int
    url: str | None
    facts: Sequence[tuple[str, str]]
    topics: Sequence[tuple[str, float]]
    body: str


def doing(stored: StoredEvent, keys: Sequence[Key]) -> Doing:
    """Put one event into words."""
    event = stored.event
    return Doing(
        id=stored.id,
        kind=event.type.capitalize(),
        text=happening(event),
        at=event.occurred_at,
        url=event.context.url,
        facts=[(name, value) for name, value in _facts(event, keys) if value],
        topics=sorted(event.context.topics.items(), key=lambda one: -one[1]),
        body=_body(event),
    )


def _facts(event: Event, keys: Sequence[Key]) -> list[tuple[str, str | None]]:
    context = event.context
    device = [part for part in (context.device, context.browser, context.system) if part]
    campaign = [f"{name}: {value}" for name, value in sorted(context.campaign.items())]
    return [
        ("Event", event.name if event.name != event.type else None),
        ("Page", context.url or context.path),
        ("Came from", context.referrer),
        ("Channel", context.channel),
        ("Campaign", " · ".join(campaign)),
        ("Device", " · ".join(device)),
        ("Language", context.language),
        ("Device id", event.anonymous_id),
        ("User id", event.user_id),
        ("E-mail", event.email),
        ("Trust", event.trust.name.lower()),
        ("Key", next((key.name for key in keys if key.id == event.source), event.source)),
        ("Message id", event.message_id),
        ("Changed on arrival", ", ".join(mark.replace("_", " ") for mark in event.marks)),
    ]


def _body(event: Event) -> str:
    """Write properties and traits as JSON, shortened."""
    told = {name: value for name, value in (("properties", event.properties), ("traits", event.traits)) if value}
    if not told:
        return ""
    body = msgspec.json.format(msgspec.json.encode(told), indent=2).decode()
    return body if len(body) <= LONGEST else f"{body[:LONGEST]}\n… ({len(body) - LONGEST:,} characters more)"
