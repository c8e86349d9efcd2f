"""Audiences and memberships as values, and the one decision about them: who entered and who left."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where an audience stands."""

    ACTIVE = "ACTIVE"
    BUILDING = "BUILDING"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"
    PAUSED = "PAUSED"


class Transition(StrEnum):
    """Direction of a membership change."""

    ENTERED = "ENTERED"
    EXITED = "EXITED"


class Cause(StrEnum):
    """What made a membership change."""

    DEFINITION = "DEFINITION"
    EVENT = "EVENT"
    MERGE = "MERGE"
    UNLINK = "UNLINK"
    TIME = "TIME"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """An audience as it stands; times are milliseconds UTC."""

    id: int
    slug: str
    name: str
    definition: str
    version: int
    state: State
    created_at: int
    updated_at: int
    description: str | None = None
    state_reason: str | None = None
    personalizable: bool = False
    tags: tuple[str, ...] = ()
    expires_at: int | None = None
    size: int = 0
    rules_version: int = 1
    """The version that brought what everyone must meet: the rules as they are, and the end."""
    progress: float | None = None
    """While BUILDING: the share of existing profiles that are evaluated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceDraft:
    """What a person gives to make an audience; the slug comes from the name when left out."""

    name: str
    definition: str
    slug: str | None = None
    description: str | None = None
    personalizable: bool = False
    tags: tuple[str, ...] = ()
    expires_at: int | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """One audience of a profile."""

    audience: Audience
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipChange:
    """One row of the append-only history; `cursor` grows with each."""

    cursor: int
    subject_id: int
    audience_slug: str
    transition: Transition
    cause: Cause
    occurred_at: int
    event_id: int | None = None


def difference(before: Collection[int], after: Collection[int]) -> Iterator[tuple[int, Transition]]:
    """Tell which audience ids were entered and which were left, in order of id."""
    for audience_id in sorted(set(after).difference(before)):
        yield audience_id, Transition.ENTERED
    for audience_id in sorted(set(before).difference(after)):
        yield audience_id, Transition.EXITED
