"""Identifications that were not followed: whose device it was, whom the event named, why, and what one can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.happened import Lead, leads
from console.identities import DEVICE
from console.people import Face, face
from engine.domain.events import Conflict
from engine.domain.identity import APART, LENT, TOO_MANY_DEVICES, TOO_MANY_NAMES, TWO_PEOPLE
from engine.ports import Engine, Profile

# Why an identification was not followed → what people can do about it, if anything.
ADVICE: Mapping[str, str] = {
    TWO_PEOPLE: "Two people share a device, or a page was wrong: nothing is to be done. If they are one, merge.",
    TOO_MANY_NAMES: "Unlink a name that is no longer theirs.",
    TOO_MANY_DEVICES: "Unlink a device that is no longer theirs.",
    APART: "Somebody unlinked them here. If that was a mistake, merge them.",
    LENT: "Let your server, or a signed token, say this name too; then it is followed.",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A conflict in words; `who` None is someone who was erased."""

    who: Face | None
    named: Sequence[Lead]
    """What the event called the person, and whom that leads to now."""
    reason: str
    at: int
    event_id: int | None
    """None where the event is no longer kept."""

    @property
    def advice(self) -> str:
        """Say what one can do."""
        return ADVICE.get(self.reason, "")

    @property
    def others(self) -> Sequence[Face]:
        """Give those whom the event named beside the one who keeps it."""
        found = {one.face.id: one.face for one in self.named if one.face}
        return [one for id, one in found.items() if self.who is None or id != self.who.id]


async def told(engine: Engine, conflicts: Sequence[Conflict]) -> list[Told]:
    """Put conflicts into words."""
    profiles = await engine.profiles.many([one.profile_id for one in conflicts])
    return [await _told(engine, one, profile) for one, profile in zip(conflicts, profiles, strict=True)]


async def _told(engine: Engine, conflict: Conflict, profile: Profile | None) -> Told:
    stored = await engine.profiles.event(conflict.event_id)
    carried = await leads(engine, stored.event) if stored else []
    return Told(
        who=face(profile) if profile else None,
        named=[one for one in carried if one.namespace != DEVICE],
        reason=conflict.reason,
        at=conflict.at,
        event_id=conflict.event_id if stored else None,
    )
