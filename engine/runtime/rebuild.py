"""Live equals recomputed: the log is replayed by the same code, and what comes out is compared or written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.catalog import Fields
from engine.domain.audiences import Cause, State
from engine.domain.identity import identifiers_of
from engine.domain.profiles import EMPTY, Fragment, apply, join
from engine.runtime.commits import write_verdicts
from engine.runtime.house import House
from engine.runtime.registry import Included, Registry
from engine.runtime.verdicts import Verdicts
from engine.storage import audiences, events, fragments, subjects
from engine.storage.rows import FragmentRow, Kind, SubjectRow

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the live state is not what the log gives."""

    place: str
    live: str
    recomputed: str


def differences(connection: sqlite3.Connection, registry: Registry) -> Iterator[Difference]:
    """Recompute fragments, links and memberships on one snapshot, each subject as of its own `evaluated_at`.

    Audiences that are still being built are left out; sizes are compared with a count of members."""
    links = fragments.latest_links(connection)
    for ids in _chunks(connection):
        rows = {id: row for id, row in subjects.load(connection, ids).items() if row.kind is Kind.PROFILE}
        parts = fragments.of_profiles(connection, list(rows))
        replayed = replay(connection, parts)
        for part in parts:
            yield from _of_fragment(part, replayed[part.id], links.get(part.id))
        own = subjects.load(connection, [part.subject_id for part in parts if part.subject_id is not None])
        for id, row in rows.items():
            mine = [part for part in parts if part.profile_id == id]
            yield from _of_subject(registry, row, join([replayed[part.id] for part in mine]))
            for part in mine:
                if part.subject_id is not None:
                    yield from _of_subject(registry, own[part.subject_id], replayed[part.id])
    yield from _of_sizes(connection, registry)


def replay(connection: sqlite3.Connection, parts: Sequence[FragmentRow]) -> dict[int, Fragment]:
    """Give what the log makes of each fragment."""
    states = {part.id: EMPTY for part in parts}
    for row in events.replay(connection, list(states)):
        carried = [one for one in identifiers_of(row.event) if one[0] in row.carried]
        states[row.fragment_id] = apply(states[row.fragment_id], row.event, carried)
    return states


def rewrite(house: House, connection: sqlite3.Connection, ids: Sequence[int]) -> int:
    """Write what the log gives for some subjects; gives how many fragments changed."""
    profiles = set(subjects.profiles_of(connection, ids).values())
    verdicts = Verdicts(house.registry)
    changed = 0
    now = house.clock.now()
    for person in house.world.load_people(connection, profiles):
        for id, state in replay(connection, list(person.fragments.values())).items():
            row = person.fragments[id]
            if not same(state, row.state):
                row.state, changed = state, changed + 1
                house.world.touch(person, row)
        for subject in person.all_subjects():
            subject.due_at = None
            verdicts.react(subject, person.state_of(subject), house.registry.order, now, Cause.DEFINITION)
        house.world.changed_people[person.id] = person
    write_verdicts(house, connection, verdicts)
    return changed


def same(one: Fragment, other: Fragment) -> bool:
    """Compare fragments as values; the order of keys means nothing."""
    return one == other or (
        (one.first_at, one.last_at, one.visits) == (other.first_at, other.last_at, other.visits)
        and (one.cells, one.sets, one.identities) == (other.cells, other.sets, other.identities)
        and _plain(one) == _plain(other)
    )


def _plain(state: Fragment) -> dict[str, dict[int, int]]:
    return {topic: dict(days) for topic, days in state.topics.items()}


def _chunks(connection: sqlite3.Connection) -> Iterator[list[int]]:
    last = subjects.last_id(connection)
    ids = subjects.after(connection, 0, last, AT_ONCE)
    while ids:
        yield ids
        ids = subjects.after(connection, ids[-1], last, AT_ONCE)


def _of_fragment(part: FragmentRow, state: Fragment, profile: int | None) -> Iterator[Difference]:
    if profile != part.profile_id:
        yield Difference(f"link of fragment {part.id}", str(part.profile_id), str(profile))
    if not same(part.state, state):
        yield Difference(f"fragment {part.id}", repr(part.state), repr(state))


def _of_subject(registry: Registry, subject: SubjectRow, state: Fragment) -> Iterator[Difference]:
    fields = Fields(state, subject.evaluated_at)
    found: dict[int, int] = {}
    included = Included(registry.ids, found)
    for live in registry.order:
        id = live.audience.id
        if live.audience.state is State.BUILDING:
            if id in subject.memberships:
                found[id] = 0
            continue
        if live.predicate(fields, subject.evaluated_at, included):
            found[id] = 0
        if (id in found) != (id in subject.memberships):
            place = f"subject {subject.id} in {live.audience.slug} at {subject.evaluated_at}"
            yield Difference(place, str(id in subject.memberships), str(id in found))


def _of_sizes(connection: sqlite3.Connection, registry: Registry) -> Iterator[Difference]:
    counted = audiences.counted(connection)
    for id, audience in registry.audiences.items():
        if audience.size != counted.get(id, 0):
            yield Difference(f"size of {audience.slug}", str(audience.size), str(counted.get(id, 0)))
