"""The part of the database that a transaction works on, in memory: loaded set by set, kept hot, written set by set."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from engine.domain.audiences import Transition
from engine.domain.events import Trust
from engine.domain.profiles import EMPTY, Fragment, join
from engine.runtime.leaves import Leaves
from engine.runtime.verdicts import Change
from engine.storage import changes, events, fragments, identifiers, subjects
from engine.storage.fragments import Link
from engine.storage.identifiers import Identifier, Named
from engine.storage.rows import FragmentRow, Kind, SubjectRow

MOST_KEPT = 20_000
"""People in memory between transactions: some 14 KB each with ten visits, so about 300 MB."""


@dataclass(slots=True)
class Person:
    """A profile with its fragments, and the devices that are subjects of their own."""

    subject: SubjectRow
    fragments: dict[int, FragmentRow] = field(default_factory=dict)
    devices: dict[int, SubjectRow] = field(default_factory=dict)
    """Subject id → device subject."""
    joined: Fragment | None = None

    @property
    def id(self) -> int:
        """The profile's id."""
        return self.subject.id

    @property
    def state(self) -> Fragment:
        """The join of the fragments; worked out once after each change."""
        if self.joined is None:
            self.joined = join([row.state for row in self.fragments.values()])
        return self.joined

    def state_of(self, subject: SubjectRow) -> Fragment:
        """What a subject of this person is judged by."""
        if subject.kind is Kind.PROFILE:
            return self.state
        return next((row.state for row in self.fragments.values() if row.subject_id == subject.id), EMPTY)

    def subject_of(self, row: FragmentRow) -> SubjectRow:
        """Who a device is when it asks: itself while it shares a profile by claim only."""
        return self.subject if row.subject_id is None else self.devices[row.subject_id]

    def all_subjects(self) -> list[SubjectRow]:
        """The profile and its devices."""
        return [self.subject, *self.devices.values()]


class World:
    """Everything that the writer holds. After a failed transaction, or another process's write, it is forgotten."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self.most = most
        """How many people stay in memory between transactions."""
        self.people: OrderedDict[int, Person] = OrderedDict()
        self.named: dict[Identifier, Named] = {}
        self.profile_of_fragment: dict[int, int] = {}
        self.last_ids: dict[str, int] = {}
        self.leaves = Leaves()
        """What every fragment must have counted before anybody is judged by it."""
        self.start()

    def start(self) -> None:
        """Begin a transaction: nothing is changed yet."""
        self.changed_people: dict[int, Person] = {}
        self.changed_fragments: dict[int, FragmentRow] = {}
        self.changed_names: dict[Identifier, Named] = {}
        self.former_profiles: list[int] = []
        self.retired: list[SubjectRow] = []
        self.links: list[Link] = []

    def forget(self) -> None:
        """Hold nothing any more."""
        self.people.clear()
        self.named.clear()
        self.profile_of_fragment.clear()
        self.last_ids.clear()
        self.start()

    def new_id(self, connection: sqlite3.Connection, table: str) -> int:
        """Give the next id of a table; ids are never used again."""
        id = self.last_ids[table] = self.last_id(connection, table) + 1
        return id

    def last_id(self, connection: sqlite3.Connection, table: str) -> int:
        """Tell the highest id that a table has given so far."""
        if table not in self.last_ids:
            row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
            self.last_ids[table] = row[0] if row else 0
        return self.last_ids[table]

    def load(self, connection: sqlite3.Connection, named: Collection[Identifier]) -> None:
        """Bring in all that identifiers lead to: their profiles whole."""
        missing = {one for one in named if one not in self.named}
        if missing:
            self.named.update(identifiers.look_up(connection, missing))
        found = [self.named[one] for one in named if one in self.named]
        wanted = {one.fragment for one in found if one.fragment is not None}
        unknown = wanted.difference(self.profile_of_fragment)
        if unknown:
            self.profile_of_fragment.update(fragments.profiles_of(connection, unknown))
        profiles = {one.home for one in found if one.home is not None}
        self.load_people(connection, profiles | {self.profile_of_fragment[one] for one in wanted})

    def load_people(self, connection: sqlite3.Connection, ids: Iterable[int]) -> list[Person]:
        """Bring in profiles by id with their fragments and subjects, and give them."""
        wanted = list(ids)
        missing = [one for one in wanted if one not in self.people]
        if missing:
            self._bring_in(connection, missing)
        found = [self.people[one] for one in wanted if one in self.people]
        for person in found:
            self.people.move_to_end(person.id)
        if self.leaves.newest:
            self._catch_up(connection, found)
        return found

    def _catch_up(self, connection: sqlite3.Connection, people: Collection[Person]) -> None:
        """Count on fragments what DID has come to ask about since they were counted."""
        behind = [
            (person, row)
            for person in people
            for row in person.fragments.values()
            if row.state.counted_to < self.leaves.newest
        ]
        logs = events.logs(connection, [row.id for _, row in behind], self.leaves.by_event) if behind else {}
        for person, row in behind:
            row.state = self.leaves.catch_up(row.state, logs[row.id])
            person.joined = None
            self.changed_fragments[row.id] = row

    def _bring_in(self, connection: sqlite3.Connection, ids: list[int]) -> None:
        rows = fragments.of_profiles(connection, ids)
        own = [row.subject_id for row in rows if row.subject_id is not None]
        found = subjects.load(connection, [*ids, *own])
        for id in ids:
            if id in found:
                self.people[id] = Person(found[id])
        for row in rows:
            person = self.people[row.profile_id]
            person.fragments[row.id] = row
            self.profile_of_fragment[row.id] = row.profile_id
            if row.subject_id is not None:
                person.devices[row.subject_id] = found[row.subject_id]

    def person_of_fragment(self, fragment_id: int) -> Person:
        """Give the person that a loaded fragment belongs to."""
        return self.people[self.profile_of_fragment[fragment_id]]

    def add_person(self, connection: sqlite3.Connection, now: int) -> Person:
        """Make a new profile."""
        id = self.new_id(connection, "subjects")
        person = Person(SubjectRow(id, Kind.PROFILE, id, None, now, now, now))
        self.people[id] = self.changed_people[id] = person
        return person

    def add_fragment(
        self, connection: sqlite3.Connection, person: Person, device: str | None, link: Link
    ) -> FragmentRow:
        """Make a new fragment of a person; `link` tells why (its ids are filled in here)."""
        id = self.new_id(connection, "fragments")
        row = FragmentRow(id, person.id, person.id, device, link.trust, None, self.leaves.first())
        person.fragments[row.id] = row
        self.profile_of_fragment[row.id] = person.id
        self.links.append(Link(row.id, person.id, None, link.kind, link.trust, link.at, link.event_id))
        self.touch(person, row)
        return row

    def touch(self, person: Person, row: FragmentRow | None = None) -> None:
        """Note that a person (and a fragment) changed."""
        person.joined = None
        self.changed_people[person.id] = person
        if row is not None:
            self.changed_fragments[row.id] = row

    def name(self, identifier: Identifier, profile: int | None, fragment: int | None) -> None:
        """Let an identifier name a profile, and a fragment that takes what comes under it."""
        self.named[identifier] = self.changed_names[identifier] = Named(profile, fragment)

    def move(self, row: FragmentRow, person: Person, link: Link) -> None:
        """Link an anonymous profile's one fragment to a person; the former profile goes on as the device's subject."""
        former = self.people.pop(row.profile_id)
        self.changed_people.pop(former.id, None)
        row.home_id = row.profile_id = person.id
        person.fragments[row.id] = row
        self.profile_of_fragment[row.id] = person.id
        former.subject.kind = Kind.DEVICE
        former.subject.profile_id = person.id
        person.devices[former.id] = former.subject
        row.subject_id = former.id
        row.trust = link.trust
        self.former_profiles.append(former.id)
        self.links.append(Link(row.id, person.id, former.id, link.kind, link.trust, link.at, link.event_id))
        self.touch(person, row)

    def give_subjects(self, connection: sqlite3.Connection, person: Person, now: int, cursor: int) -> None:
        """Make each device that shares this profile by claim only a subject of its own; one that has proven itself
        since is none any more. `cursor` is the last of the profile's history until now."""
        if len(person.fragments) < 2:
            return
        fresh = {link.fragment_id for link in self.links}
        for row in person.fragments.values():
            if row.trust > Trust.CLAIMED:
                self._retire(person, row)
            elif row.device is not None and row.subject_id is None:
                id = self.new_id(connection, "subjects")
                own = SubjectRow(id, Kind.DEVICE, person.id, None, row.state.first_at, row.state.last_at, now)
                if row.id not in fresh:
                    self._fork(connection, person.subject, own, cursor)
                row.subject_id = own.id
                person.devices[own.id] = own
                self.changed_fragments[row.id] = row

    def _fork(self, connection: sqlite3.Connection, profile: SubjectRow, own: SubjectRow, cursor: int) -> None:
        """Let the device that had a profile to itself leave with the memberships and the history it had from it."""
        own.forked_from, own.forked_at = profile.id, cursor
        own.memberships = dict(profile.memberships)
        own.due_at = profile.due_at
        subjects.enter(connection, [(own.id, one, since, Kind.DEVICE) for one, since in own.memberships.items()])

    def _retire(self, person: Person, row: FragmentRow) -> None:
        if row.subject_id is None:
            return
        own = person.devices.pop(row.subject_id)
        own.due_at, own.memberships = None, {}
        row.subject_id = None
        self.retired.append(own)
        self.changed_fragments[row.id] = row

    def save(self, connection: sqlite3.Connection) -> None:
        """Write all that changed, set by set."""
        identifiers.save(connection, self.changed_names.items())
        fragments.save(connection, self.changed_fragments.values())
        fragments.add_links(connection, self.links)
        for id in self.former_profiles:
            subjects.become_device(connection, id)
        for one in self.retired:
            subjects.leave_all(connection, one.id)
        changed = [one for person in self.changed_people.values() for one in person.all_subjects()]
        subjects.save(connection, [*changed, *self.retired])
        self.start()
        self._trim()

    def save_changes(self, connection: sqlite3.Connection, decided: Collection[Change]) -> list[changes.ChangeRow]:
        """Write memberships and their history; an entry undone in the same transaction leaves history, no row."""
        rows = [
            changes.ChangeRow(
                *(self.new_id(connection, "membership_changes"), one.subject.id, one.kind, one.audience_id),
                *(one.transition, one.cause, one.at, one.event_id),
            )
            for one in decided
        ]
        changes.add(connection, rows)
        last = {(one.subject.id, one.audience_id): one for one in decided}
        entered = [one for one in last.values() if one.transition is Transition.ENTERED]
        subjects.enter(connection, [(one.subject.id, one.audience_id, one.at, one.kind) for one in entered])
        left = [key for key, one in last.items() if one.transition is Transition.EXITED]
        subjects.leave(connection, left)
        return rows

    def _trim(self) -> None:
        while len(self.people) > self.most:
            _, person = self.people.popitem(last=False)
            for row in person.fragments.values():
                self.profile_of_fragment.pop(row.id, None)
        if len(self.named) > 2 * self.most:
            self.named.clear()
