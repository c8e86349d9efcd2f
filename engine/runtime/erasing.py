"""What an erasure does within transactions: others' events are told without the person, then the person is gone.

How these follow one another, and what comes after, tells engine/runtime/erasures.py."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.domain.identity import DEVICE, Identifier, parted
from engine.domain.profiles import EMPTY
from engine.domain.redaction import Redaction
from engine.runtime import columns
from engine.runtime.commits import write_verdicts
from engine.runtime.following import Following
from engine.runtime.house import House
from engine.runtime.person import Person
from engine.runtime.replay import replay
from engine.runtime.verdicts import Verdicts
from engine.storage import audiences, erasures, events, fragments, identifiers, merges, subjects
from engine.storage import house as memory
from engine.storage.changes import ChangeRow
from engine.storage.rows import FragmentRow

AT_ONCE = 50
"""Events of others that are told anew in one transaction: the fragment of each is replayed."""
ROWS_AT_ONCE = 2_000
"""Events of the person's own that go in one transaction."""


@dataclass(frozen=True, slots=True)
class Who:
    """All that a profile consists of, as one snapshot has it."""

    profile_id: int
    fragments: frozenset[int]
    homes: frozenset[int]
    subjects: frozenset[int]
    identifiers: frozenset[Identifier]
    """All that name the profile."""

    @property
    def devices(self) -> frozenset[str]:
        """Its anonymous ids."""
        return frozenset(value for namespace, value in self.identifiers if namespace == DEVICE)


@dataclass(frozen=True, slots=True)
class Done:
    """What a transaction came to, to be told after the commit."""

    count: int
    subjects: frozenset[int]
    changes: Sequence[ChangeRow] = ()
    audiences: frozenset[str] = frozenset()


def who(connection: sqlite3.Connection, profile_id: int) -> Who | None:
    """Gather what a profile consists of; None when there is none of this id any more."""
    if not subjects.profiles_among(connection, [profile_id]):
        return None
    parts = fragments.of_profiles(connection, [profile_id])
    homes = {profile_id, *merges.below(connection, profile_id), *(part.home_id for part in parts)}
    return Who(
        profile_id,
        frozenset(part.id for part in parts),
        frozenset(homes),
        frozenset({profile_id, *subjects.part_of(connection, profile_id)}),
        frozenset(_names_of(parts)) | identifiers.of_homes(connection, homes).keys(),
    )


def redact(
    house: House, connection: sqlite3.Connection, person: Who, names: Redaction, event_ids: Collection[int]
) -> Done:
    """Replace what names the person in some events of others, and let everything follow that follows from it."""
    rows = [row for row in events.some(connection, event_ids) if row.fragment_id not in person.fragments]
    changed = [(row, told) for row in rows if (told := names.event(row.event, row.id)) is not row.event]
    if not changed:
        return Done(0, frozenset())
    events.tell_anew(connection, changed)
    for row, told in changed:
        house.events.forget(row.event)
        house.events.notice(told)
    parts = fragments.load(connection, {row.fragment_id for row, _ in changed})
    people = house.world.load_people(connection, {part.profile_id for part in parts})
    verdicts = Verdicts(house.registry, house.backfills)
    following = Following(house.world, verdicts, house.clock.now())
    following.let_time_pass(people)
    for other in people:
        theirs = [other.fragments[part.id] for part in parts if part.profile_id == other.id]
        _replay(house, connection, following, other, theirs)
    following.follow(connection)
    touched = frozenset(one.id for one in house.world.changed_subjects())
    rows_written = write_verdicts(house, connection, verdicts)
    _save_seen(house, connection)
    columns.rewrite(connection, [other.id for other in people])
    return Done(len(changed), touched, rows_written)


def erase(
    house: House, connection: sqlite3.Connection, order: int, person: Who, shared: Mapping[str, int], names: Redaction
) -> Done:
    """Take everything away of a person but the events, which nothing leads to any more; late ones stay out.

    `shared` are devices that others use too, each with the newest fragment of theirs."""
    now = house.clock.now()
    audiences_left = _counts_no_more(house, connection, person, names)
    runs = erasures.runs_of(connection, person.fragments)
    erasures.remove(connection, person.subjects, person.fragments, person.homes)
    erasures.release(connection, person.identifiers, shared)
    house.tombstones.add(connection, names.identifiers, now)
    erasures.note_erased(connection, order, now, person.fragments)
    columns.rewrite(connection, person.subjects)  # a former profile may still stand there
    house.profiles -= 1
    house.world.forget()
    house.world.apart = identifiers.apart(connection)
    if runs:
        _let_devices_see(house, connection, runs)
    return Done(erasures.count_events(connection, person.fragments), person.subjects, (), audiences_left)


def _let_devices_see(house: House, connection: sqlite3.Connection, runs: Collection[int]) -> None:
    """Let what devices of others see follow, whose runs have lost what was in the erased person's home."""
    profiles, fresh = erasures.pass_leads_on(connection, runs)
    verdicts = Verdicts(house.registry, house.backfills)
    following = Following(house.world, verdicts, house.clock.now())
    people = house.world.load_people(connection, profiles)
    following.let_time_pass(people)
    house.world.took_the_lead = fresh
    for person in people:
        led = {row.id for row in person.fragments.values() if row.run_id in runs and row.leads}
        following.touch(person, everything=True).fragments.update(led)
    following.follow(connection)
    write_verdicts(house, connection, verdicts)


def remove_events(house: House, connection: sqlite3.Connection, order: erasures.Order) -> int:
    """Remove some events of fragments that are gone, from what is known of events too; give how many."""
    rows = events.first_of(connection, order.fragments, ROWS_AT_ONCE)
    for row in rows:
        house.events.forget(row.event)
    events.remove(connection, [row.id for row in rows])
    _save_seen(house, connection)
    return len(rows)


def remove_refusals(connection: sqlite3.Connection, names: Redaction, ids: Collection[int]) -> None:
    """Remove those of some refusals that name the person."""
    found = erasures.refused(connection, ids)
    erasures.remove_refusals(connection, [id for id, text in found if names.is_in(text)])


def named_in(connection: sqlite3.Connection, names: Redaction) -> list[str]:
    """List the slugs of audiences whose words, in any version, name the person."""
    return sorted({slug for slug, text in erasures.texts_of_audiences(connection) if names.is_in(text)})


def _replay(
    house: House, connection: sqlite3.Connection, following: Following, person: Person, rows: Sequence[FragmentRow]
) -> None:
    for id, state in replay(connection, rows, house.registry).items():
        row = person.fragments[id]
        house.seen.move(row.state, state, {*row.state.cells, *state.cells})
        row.state = state
        house.world.touch(person, row)
        following.touch(person, everything=True).fragments.add(id)


def _counts_no_more(house: House, connection: sqlite3.Connection, person: Who, names: Redaction) -> frozenset[str]:
    """Take a profile out of the counts: of members, and of the values that attributes have. Gives the audiences."""
    verdicts = Verdicts(house.registry)
    subject = subjects.load(connection, [person.profile_id])[person.profile_id]
    verdicts.no_longer_counts(subject)
    audiences.grow(connection, verdicts.sizes)
    house.grew(verdicts.sizes)
    for part in fragments.load(connection, person.fragments):
        house.seen.move(part.state, EMPTY, part.state.cells)
        house.seen.forget(part.state.cells)
    house.seen.forget(name for name in list(house.seen.by_name) if names.is_in(name))
    _save_seen(house, connection)
    known = house.registry.audiences
    return frozenset(known[id].slug for id in subject.memberships if id in known)


def _save_seen(house: House, connection: sqlite3.Connection) -> None:
    memory.save_attributes(connection, house.seen.by_name, house.seen.changed)
    memory.save_events(connection, house.events.by_name, house.events.changed)
    house.seen.changed.clear()
    house.events.changed.clear()


def _names_of(parts: Sequence[FragmentRow]) -> Iterator[Identifier]:
    for part in parts:
        if part.device is not None:
            yield DEVICE, part.device
        yield from map(parted, part.state.identities)
