"""Live equals recomputed: the log is replayed by the same code, and what comes out is compared or written."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.catalog import Fields
from engine.domain.audiences import Cause, State
from engine.domain.events import Trust
from engine.domain.identity import DEVICE, parted
from engine.domain.profiles import Fragment, join
from engine.domain.profiles import identifiers_of as identities_of
from engine.runtime import columns
from engine.runtime.commits import write_verdicts
from engine.runtime.house import House
from engine.runtime.leaves import Leaves
from engine.runtime.linking import proof_in
from engine.runtime.person import seen_when_proven, sees_something_else
from engine.runtime.registry import Included, Registry
from engine.runtime.replay import replay
from engine.runtime.verdicts import Verdicts, next_turn
from engine.seen import held_types
from engine.storage import audiences, fragments, identifiers, merges, subjects
from engine.storage import house as memory
from engine.storage.identifiers import NOTHING
from engine.storage.rows import FragmentRow, Kind, SubjectRow
from engine.values import FieldType

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the live state is not what the log gives."""

    place: str
    live: str
    recomputed: str


def differences(connection: sqlite3.Connection, registry: Registry) -> Iterator[Difference]:
    """Recompute fragments, links, identifiers, memberships and alarms on one snapshot, each subject as of its own
    `evaluated_at`, and compare sizes with a count of members, columns with what profiles hold. Audiences that are still
    being built are left out."""
    facts = Facts.of(connection)
    met: set[int] = set()
    held: Counter[tuple[str, FieldType]] = Counter()
    for ids in _chunks(connection):
        rows = {id: row for id, row in subjects.load(connection, ids).items() if row.kind is Kind.PROFILE}
        parts = fragments.of_profiles(connection, list(rows))
        replayed = replay(connection, parts, registry)
        met.update(replayed)
        fragments.gather(connection, parts)
        held.update(one for state in replayed.values() for one in held_types(state))
        for part in parts:
            yield from _of_fragment(part, replayed[part.id], facts, registry.leaves)
        yield from _of_runs(parts)
        yield from _of_subjects(connection, registry, rows, parts, replayed)
        yield from _of_identifiers(connection, parts, replayed)
    for id in sorted(facts.links.keys() - met):
        yield Difference(f"link of fragment {id}", "None", str(facts.links[id]))
    yield from _of_sizes(connection)
    for block, name, live, recomputed in columns.unlike(connection):
        place = f"column {name} of block {block}"
        yield Difference(place, str(sorted(live - recomputed, key=str)), str(sorted(recomputed - live, key=str)))
    yield from _of_attributes(connection, held)


def rewrite(house: House, connection: sqlite3.Connection, ids: Sequence[int]) -> int:
    """Write what the log gives for some subjects; gives how many fragments changed."""
    profiles = set(subjects.profiles_of(connection, ids).values())
    verdicts = Verdicts(house.registry)
    changed = 0
    now = house.clock.now()
    people = house.world.load_leading(connection, house.world.load_people(connection, profiles))
    for person in people:
        for id, state in replay(connection, list(person.fragments.values()), house.registry).items():
            row = person.fragments[id]
            if not same(state, row.state, house.registry.leaves):
                row.state, changed = state, changed + 1
                house.world.touch(person, row)
    for person in people:
        for subject in person.all_subjects():
            subject.due_at = None
            verdicts.react(subject, person.state_of(subject), house.registry.order, now, Cause.DEFINITION)
        house.world.changed_people[person.id] = person
    write_verdicts(house, connection, verdicts)
    return changed


def recount(house: House, connection: sqlite3.Connection) -> int:
    """Write the sizes that a count of members gives; gives how many audiences had another."""
    counted = audiences.counted(connection)
    off = {id: counted.get(id, 0) - size for id, size in house.sizes.items() if counted.get(id, 0) != size}
    audiences.grow(connection, off)
    house.grew(off)
    return len(off)


def recount_attributes(house: House, connection: sqlite3.Connection) -> int:
    """Write how many values of each attribute there are, by type; gives how many attributes had another count."""
    held: Counter[tuple[str, FieldType]] = Counter()
    for ids in _chunks(connection):
        for part in fragments.of_profiles(connection, ids):
            held.update(held_types(part.state))
    house.seen.recount(held)
    off = len(house.seen.changed)
    memory.save_attributes(connection, house.seen.by_name, house.seen.changed)
    house.seen.changed.clear()
    return off


def same(one: Fragment, other: Fragment, leaves: Leaves) -> bool:
    """Compare fragments as values; the order of keys means nothing, and so do leaves that one has yet to count."""
    counted = [number for number in leaves.numbers.values() if number <= min(one.counted_to, other.counted_to)]
    if any(one.done.get(number, ()) != other.done.get(number, ()) for number in counted):
        return False
    return one == other or (
        (one.first_at, one.last_at, one.visits) == (other.first_at, other.last_at, other.visits)
        and (one.cells, one.sets, one.identities, one.said) == (other.cells, other.sets, other.identities, other.said)
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


@dataclass(frozen=True, slots=True)
class Facts:
    """What links and merges say, replayed in the order in which they were decided."""

    links: Mapping[int, tuple[int, int]]
    """Fragment → (home, trust)."""
    merges: Mapping[int, int]
    """Home → the home that it is part of."""

    @staticmethod
    def of(connection: sqlite3.Connection) -> Facts:
        """Replay them."""
        return Facts(fragments.latest_links(connection), merges.targets(connection))

    def profile_of(self, home: int) -> int:
        """Follow the merges to the root."""
        while home in self.merges:
            home = self.merges[home]
        return home


def _of_fragment(part: FragmentRow, state: Fragment, facts: Facts, leaves: Leaves) -> Iterator[Difference]:
    home, trust = facts.links.get(part.id, (0, 0))
    live, recomputed = (part.home_id, part.profile_id), (home, facts.profile_of(home))
    if live != recomputed:
        yield Difference(f"link of fragment {part.id}", str(live), str(recomputed))
    if part.trust != max(trust, proof_in(state)):
        yield Difference(f"trust of fragment {part.id}", str(part.trust), str(max(trust, proof_in(state))))
    if not same(part.state, state, leaves):
        yield Difference(f"fragment {part.id}", repr(part.state), repr(state))


def _of_subjects(
    connection: sqlite3.Connection,
    registry: Registry,
    rows: Mapping[int, SubjectRow],
    parts: Sequence[FragmentRow],
    replayed: Mapping[int, Fragment],
) -> Iterator[Difference]:
    own = subjects.load(connection, [part.subject_id for part in parts if part.subject_id is not None])
    _put_in(connection, registry, parts, replayed)
    for id, row in rows.items():
        mine = [part for part in parts if part.profile_id == id]
        whole = join([replayed[part.id] for part in mine])
        yield from _of_subject(registry, row, whole)
        yield from _of_listing(row, whole)
        for part in mine:
            if part.subject_id is not None:
                is_claimed = part.trust == Trust.CLAIMED
                view = part.own_view() if is_claimed else seen_when_proven(part, whole)
                yield from _of_subject(registry, own[part.subject_id], view)
            elif sees_something_else(part, len(mine) - 1):
                yield Difference(f"own view of fragment {part.id}", "None", "a subject")


def _put_in(
    connection: sqlite3.Connection, registry: Registry, parts: Sequence[FragmentRow], replayed: Mapping[int, Fragment]
) -> None:
    """Let fragments and their runs hold what the log makes of them."""
    seen = {one.id: one for part in parts for one in part.run_rows()}
    elsewhere = replay(connection, [one for one in seen.values() if one.id not in replayed], registry)
    for one in (*parts, *seen.values()):
        one.state = (replayed if one.id in replayed else elsewhere)[one.id]


def _of_runs(parts: Sequence[FragmentRow]) -> Iterator[Difference]:
    """One fragment of a run leads it."""
    for part in parts:
        leading = [one.id for one in part.run_rows() if one.leads]
        if len(leading) != 1:
            yield Difference(f"who leads the run of fragment {part.id}", str(leading), "one")


def _of_subject(registry: Registry, subject: SubjectRow, state: Fragment) -> Iterator[Difference]:
    now = subject.evaluated_at
    fields = Fields(state, now, registry.leaves.numbers)
    found: dict[int, int] = {}
    included = Included(registry.ids, found)
    for live in registry.order:
        id = live.audience.id
        if live.audience.state is State.BUILDING:
            if id in subject.memberships:
                found[id] = 0
            continue
        if live.predicate(fields, now, included):
            found[id] = 0
        if (id in found) != (id in subject.memberships):
            place = f"subject {subject.id} in {live.audience.slug} at {now}"
            yield Difference(place, str(id in subject.memberships), str(id in found))
    yield from _of_alarm(registry, subject, fields)


def _of_alarm(registry: Registry, subject: SubjectRow, fields: Fields) -> Iterator[Difference]:
    """An alarm may ring too early, never too late."""
    moving = [live for live in registry.moving if live.audience.state is not State.BUILDING]
    turn = next_turn(moving, subject, fields)
    if turn is not None and (subject.due_at is None or subject.due_at > turn):
        yield Difference(f"alarm of subject {subject.id}", str(subject.due_at), str(turn))


def _of_listing(row: SubjectRow, state: Fragment) -> Iterator[Difference]:
    live = (row.first_at, row.last_at, row.email)
    recomputed = (state.first_at, state.last_at, next(iter(identities_of(state, "email")), None))
    if live != recomputed:
        yield Difference(f"listing of profile {row.id}", str(live), str(recomputed))


def _of_identifiers(
    connection: sqlite3.Connection, parts: Sequence[FragmentRow], replayed: Mapping[int, Fragment]
) -> Iterator[Difference]:
    """Each identifier names the home that its events are in; a device, some fragment."""
    said = {(*parted(key), part.home_id) for part in parts for key in replayed[part.id].identities}
    named = identifiers.look_up(connection, {(namespace, value) for namespace, value, _ in said})
    for namespace, value, home in sorted(said):
        found, fragment, _ = named.get((namespace, value), NOTHING)
        if (fragment is None) if namespace == DEVICE else (found != home):
            yield Difference(f"identifier {namespace} {value}", str(found), str(home))


def _of_sizes(connection: sqlite3.Connection) -> Iterator[Difference]:
    counted = audiences.counted(connection)
    for audience, _ in audiences.load(connection):
        if audience.size != counted.get(audience.id, 0):
            yield Difference(f"size of {audience.slug}", str(audience.size), str(counted.get(audience.id, 0)))


def _of_attributes(connection: sqlite3.Connection, held: Mapping[tuple[str, FieldType], int]) -> Iterator[Difference]:
    """A name that came when the catalog was full is not in it, and nothing is counted of it."""
    for name, seen in memory.attributes(connection).items():
        live = {type.value: count for type, count in sorted(seen.types.items()) if count}
        recomputed = {type.value: held[name, type] for type in sorted(FieldType) if held.get((name, type))}
        if live != recomputed:
            yield Difference(f"attribute {name}", str(live), str(recomputed))
