"""Who is it? One pure decision for each event: which fragment takes it, and which profile that belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from engine.domain.events import Event

Identifier: TypeAlias = tuple[str, str]
"""(namespace, value)."""

DEVICE = "anonymous_id"
MOST: Mapping[str, int] = {"user_id": 1, "email": 5, DEVICE: 50}
"""How many identifiers of a namespace a profile holds."""


@dataclass(frozen=True, slots=True)
class Device:
    """A device as it stands: its current fragment and the profile that this is linked to."""

    fragment: int
    profile: int


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an event's identifiers when it arrives."""

    device: Device | None
    owners: Mapping[Identifier, int]
    """Person identifier → the profile that it names."""
    people: frozenset[Identifier]
    """Person identifiers of the profile that the device is linked to."""
    held: Mapping[int, Mapping[str, frozenset[str]]]
    """Profile → namespace → values, for the profiles above."""


@dataclass(frozen=True, slots=True)
class Stay:
    """The event belongs where its device (or record) already is; `attach` names it further."""

    attach: tuple[Identifier, ...] = ()
    conflict: str | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """The device's so far anonymous profile becomes part of a known one, with all its history."""

    profile: int
    attach: tuple[Identifier, ...] = ()
    conflict: str | None = None


@dataclass(frozen=True, slots=True)
class Follow:
    """Another person on the same device (or a record without one): a fragment of that person's takes the event.

    `profile` None means a new person."""

    profile: int | None
    attach: tuple[Identifier, ...] = ()
    conflict: str | None = None


Decision: TypeAlias = Stay | Join | Follow


def people_of(event: Event) -> tuple[Identifier, ...]:
    """List the identifiers of an event that name a person."""
    named = (("user_id", event.user_id), ("email", event.email))
    return tuple((namespace, value) for namespace, value in named if value)


def identifiers_of(event: Event) -> tuple[Identifier, ...]:
    """List all identifiers of an event."""
    device = ((DEVICE, event.anonymous_id),) if event.anonymous_id else ()
    return (*device, *people_of(event))


def resolve(event: Event, known: Known) -> Decision:
    """Decide whom an event is about; two known people are never merged here."""
    people = people_of(event)
    if not people:
        return Stay()
    owners = {known.owners[one] for one in people if one in known.owners}
    if len(owners) > 1:
        return Stay(conflict="its identifiers name two different people")
    owner = next(iter(owners), None)
    if owner is not None and _is_full(known, owner, event.anonymous_id):
        return Stay(conflict=f"that person has {MOST[DEVICE]} devices already")
    if known.device is None:
        return _attached(known, Follow(owner), owner, people)
    if not known.people:
        return _name(known, known.device.profile, owner, people)
    return _switch(known, known.device.profile, owner, people)


def _is_full(known: Known, owner: int, anonymous_id: str | None) -> bool:
    devices = known.held.get(owner, {}).get(DEVICE, frozenset())
    return anonymous_id is not None and anonymous_id not in devices and len(devices) >= MOST[DEVICE]


def _name(known: Known, profile: int, owner: int | None, people: tuple[Identifier, ...]) -> Decision:
    """The device was anonymous until now."""
    if owner is None:
        return _attached(known, Stay(), profile, people)
    return _attached(known, Join(owner), owner, people)


def _switch(known: Known, profile: int, owner: int | None, people: tuple[Identifier, ...]) -> Decision:
    """The device already belongs to a known person: the same one, or another?"""
    if owner == profile:
        return _attached(known, Stay(), profile, people)
    mine = {namespace for namespace, _ in known.people}
    if owner is None and not mine & {namespace for namespace, _ in people}:
        return _attached(known, Stay(), profile, people)
    return _attached(known, Follow(owner), owner, people)


def _attached(known: Known, decision: Decision, profile: int | None, people: tuple[Identifier, ...]) -> Decision:
    """Add to a decision the identifiers that the profile does not hold yet, within its limits."""
    held = known.held.get(profile, {}) if profile is not None else {}
    fresh = tuple(one for one in people if one[1] not in held.get(one[0], ()))
    fits = tuple(one for one in fresh if len(held.get(one[0], ())) < MOST[one[0]])
    conflict = "that person has too many such identifiers" if len(fits) < len(fresh) else None
    return replace(decision, attach=fits, conflict=conflict)
