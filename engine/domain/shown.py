"""A profile as others see it: who it is and its audiences at once, its details when the first of them is asked for;
and how others name the profiles that they ask about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from engine.domain.audiences import Membership
from engine.domain.events import Trust


@dataclass(frozen=True, slots=True)
class Identity:
    """An identifier of a profile, with how far its link is believed."""

    namespace: str
    value: str
    trust: Trust
    first_seen_at: int
    last_seen_at: int


@dataclass(frozen=True, slots=True)
class Link:
    """How one part of a profile came to it: a device, or a record that a server wrote without one."""

    device: str | None
    """The anonymous id; None for a record."""
    names: Sequence[tuple[str, str]]
    """The person identifiers that its events brought, (namespace, value)."""
    trust: Trust
    cause: str
    """The type of the event that linked it (`identify`, `page`, …), `merge` or `unlink`."""
    at: int
    event_id: int | None
    """The event behind it, if one was."""
    last_at: int
    """The latest event of this part."""
    merged_from: int | None = None
    """The profile that a server has merged into this one, if it came that way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What costs more to tell than all else of a profile; browsers mostly ask for audiences alone."""

    identities: Sequence[Identity]
    attributes: Mapping[str, Any]
    """JSON values; times as ISO 8601 text, sets as sorted lists."""
    scores: Mapping[str, int]
    """By name (`momentum`, …); those that exist."""
    affinities: Mapping[str, float]
    """Strongest first."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A profile as it stands now. `audiences` are current memberships, most recently entered first."""

    id: int
    known: bool
    email: str | None
    first_seen_at: int
    last_seen_at: int
    audiences: Sequence[Membership]
    look: Callable[[], Details] = field(repr=False, compare=False)
    """Works the details out, as of the instant that all else stands for."""
    merged_from: Sequence[int] = ()
    device: str | None = None
    """Set when this is one device's own view (`of_visitor`): its anonymous id."""

    @cached_property
    def details(self) -> Details:
        """The details, worked out once."""
        return self.look()

    @property
    def identities(self) -> Sequence[Identity]:
        """Give what names it."""
        return self.details.identities

    @property
    def attributes(self) -> Mapping[str, Any]:
        """Give traits, and what its pages told."""
        return self.details.attributes

    @property
    def scores(self) -> Mapping[str, int]:
        """Give the scores that exist."""
        return self.details.scores

    @property
    def affinities(self) -> Mapping[str, float]:
        """Give topics, the strongest first."""
        return self.details.affinities


@dataclass(frozen=True, slots=True)
class ProfileBy:
    """One of: an id, or a namespaced identifier (`email`, `anonymous_id`, `user_id`, …)."""

    id: int | None = None
    identity: tuple[str, str] | None = None


class ProfileOrder(StrEnum):
    """What profiles are listed by."""

    FIRST_SEEN_AT = "first_seen_at"
    LAST_SEEN_AT = "last_seen_at"


@dataclass(frozen=True, slots=True)
class ProfileQuery:
    """Which profiles to list: known or anonymous only, those with an identifier that starts with `text`."""

    known: bool | None = None
    text: str | None = None
    order: ProfileOrder = ProfileOrder.LAST_SEEN_AT
    descending: bool = True
