"""What someone did: one event as it is stored, after the wire and before identity."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.values import Trust as Trust

BEHAVIOUR = frozenset({"page", "track", "screen"})


class Context(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What surrounded the event, worked out once when it arrived so that a replay sees the same."""

    url: str | None = None
    path: str | None = None
    title: str | None = None
    referrer: str | None = None
    referrer_domain: str | None = None
    language: str | None = None
    device: str | None = None
    """`mobile`, `tablet` or `desktop`."""
    browser: str | None = None
    system: str | None = None
    campaign: dict[str, str] = {}
    """From utm parameters: `source`, `medium`, `name`, `term`, `content`."""
    channel: str | None = None
    """`paid`, `email`, `social`, `search`, `referral` or `direct`; None inside the site."""
    topics: dict[str, float] = {}
    """Relevance of the page for each topic, 0 to 1."""


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event. Times are whole milliseconds UTC; `email` is normalised or None; junk ids are None."""

    source: str
    """Id of the key it came with; (source, message_id) is stored once."""
    message_id: str
    type: str
    """`page`, `track`, `identify`, `screen`, `group` or `alias`."""
    name: str
    """DID's word: the `event` of a track call, else the type."""
    occurred_at: int
    received_at: int
    trust: Trust = Trust.CLAIMED
    anonymous_id: str | None = None
    user_id: str | None = None
    email: str | None = None
    properties: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    """Traits of the person (identify calls only), reserved names and e-mail included as they came."""
    context: Context = Context()
    marks: tuple[str, ...] = ()
    """What was changed on arrival, e.g. `time_from_receipt`."""

    @property
    def is_behaviour(self) -> bool:
        """Whether it counts towards visits and scores."""
        return self.type in BEHAVIOUR


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """An event that was not accepted, kept with its reason for people to look at."""

    source: str
    received_at: int
    code: str
    path: str
    message: str
    body: str
    """The event as it came, cut to 4,000 characters."""


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """An identification that was not followed: the event counts where its device was, and joins nobody."""

    event_id: int
    profile_id: int
    at: int
    reason: str
