"""Entries and exits in words: which audience or whom, when, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.people import Face, face
from console.wording import because
from engine.domain.audiences import Cause, MembershipChange, Transition
from engine.domain.events import Event
from engine.ports import Engine


@dataclass(frozen=True, slots=True)
class Passage:
    """One entry or exit. `name` is None for an audience that is no more, `who` None for a person who is no more."""

    slug: str
    name: str | None
    who: Face | None
    entered: bool
    cause: Cause
    why: str
    at: int


async def passages(engine: Engine, changes: Sequence[MembershipChange], known: Mapping[int, Event]) -> list[Passage]:
    """Put changes into words; `known` are events that were read already."""
    events = dict(known)
    for id in {one.event_id for one in changes if one.event_id is not None} - set(events):
        if (stored := await engine.profiles.event(id)) is not None:
            events[id] = stored.event
    subjects = sorted({one.subject_id for one in changes})
    found = await engine.profiles.many(subjects)
    faces = {id: face(profile) for id, profile in zip(subjects, found, strict=True) if profile}
    return [_passage(engine, one, events, faces) for one in changes]


def _passage(
    engine: Engine, change: MembershipChange, events: Mapping[int, Event], faces: Mapping[int, Face]
) -> Passage:
    audience = engine.audiences.by_slug(change.audience_slug)
    event = None if change.event_id is None else events.get(change.event_id)
    return Passage(
        slug=change.audience_slug,
        name=audience.name if audience else None,
        who=faces.get(change.subject_id),
        entered=change.transition is Transition.ENTERED,
        cause=change.cause,
        why=because(change.cause, event),
        at=change.occurred_at,
    )
