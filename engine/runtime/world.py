"""The part of the database that a transaction works on, in memory: loaded set by set, kept hot, written set by set."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Collection, Iterable
from weakref import WeakValueDictionary

from engine.domain.audiences import Transition
from engine.domain.events import Trust
from engine.domain.identity import DEVICE, Identifier
from engine.runtime.leaves import Leaves
from engine.runtime.person import Person, sees_something_else
from engine.runtime.verdicts import Change
from engine.storage import changes, events, fragments, identifiers, subjects
from engine.storage.fragments import Link
from engine.storage.identifiers import NOTHING, Named
from engine.storage.rows import FragmentRow, Kind, Run, SubjectRow

MOST_KEPT = 20_000
"""People in memory between transactions: some 14 KB each with ten visits, so about 300 MB."""


class World:
    """Everything that the writer holds. After a failed transaction, or another process's write, it is forgotten."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self.most = most
        """How many people stay in memory between transactions."""
        self.people: OrderedDict[int, Person] = OrderedDict()
        self.named: dict[Identifier, Named] = {}
        self.runs: WeakValueDictionary[int, Run] = WeakValueDictionary()
        """Runs of several fragments, as long as somebody in memory has one of them."""
        self.profile_of_fragment: dict[int, int] = {}
        self.profile_of_home: dict[int, int] = {}
        self.apart: set[frozenset[Identifier]] = set()
        """Pairs that no claim joins again; all there are."""
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
        self.revived: list[int] = []
        """Devices' subjects that are profiles again."""
        self.more_profiles = 0
        """By how many there are more than before this transaction."""
        self.links: list[Link] = []
        self.saying: dict[str, list[Person]] = {}
        """Device → those with whom it has a fragment that only said a name."""
        self.took_the_lead: set[int] = set()
        """Fragments that lead their run because an erasure took those that did."""

    def forget(self) -> None:
        """Hold nothing any more."""
        self.people.clear()
        self.named.clear()
        self.runs.clear()
        self.profile_of_fragment.clear()
        self.profile_of_home.clear()
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
        homes = {one.home for one in found if one.home is not None}
        unknown_homes = homes.difference(self.profile_of_home)
        if unknown_homes:
            self.profile_of_home.update(subjects.profiles_of(connection, unknown_homes))
        profiles = {self.profile_of_home[home] for home in homes}
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
        seen = {one.id: one for person in people for row in person.fragments.values() for one in row.run_rows()}
        behind = [row for row in seen.values() if row.state.counted_to < self.leaves.newest]
        logs = events.logs(connection, [row.id for row in behind], self.leaves.by_event) if behind else {}
        for row in behind:
            row.state = self.leaves.catch_up(row.state, logs[row.id])
            if (person := self.people.get(row.profile_id)) is not None:
                person.joined = None
            self.changed_fragments[row.id] = row

    def _bring_in(self, connection: sqlite3.Connection, ids: list[int]) -> None:
        rows = self._once(connection, fragments.of_profiles(connection, ids))
        own = [row.subject_id for row in rows if row.subject_id is not None]
        found = subjects.load(connection, [*ids, *own])
        for id in ids:
            if id in found:
                self.people[id] = Person(found[id])
        for row in rows:
            person = self.people[row.profile_id]
            person.fragments[row.id] = row
            self.profile_of_fragment[row.id] = row.profile_id
            self.profile_of_home[row.home_id] = row.profile_id
            if row.subject_id is not None:
                person.devices[row.subject_id] = found[row.subject_id]

    def _once(self, connection: sqlite3.Connection, rows: list[FragmentRow]) -> list[FragmentRow]:
        """Give fragments with their runs, each as the one object that there is of it in memory."""
        in_runs = [row for row in rows if row.run_id is not None]
        if not in_runs:
            return rows
        fragments.gather(connection, [row for row in in_runs if row.run_id not in self.runs])
        for row in in_runs:
            if row.run is not None:
                self.runs.setdefault(row.run_number, row.run)
        return [row if row.run_id is None else self.runs[row.run_id].rows[row.id] for row in rows]

    def load_saying(self, connection: sqlite3.Connection, devices: Collection[str]) -> list[Person]:
        """Bring in those of whom nothing but what some devices only said leads there."""
        found = fragments.that_say(connection, devices)
        people = {person.id: person for person in self.load_people(connection, {id for _, id in found})}
        for device, id in found:
            self.saying.setdefault(device, []).append(people[id])
        return list(people.values())

    def load_leading(self, connection: sqlite3.Connection, people: Iterable[Person]) -> list[Person]:
        """Bring in also those whose fragments lead a run that people have a fragment of, and give all."""
        here = {person.id: person for person in people}
        rows = (row for person in here.values() for row in person.fragments.values() if not row.leads)
        leading = {one.profile_id for row in rows for one in row.run_rows() if one.leads}
        return [*here.values(), *self.load_people(connection, leading - here.keys())]

    def person_of_fragment(self, fragment_id: int) -> Person:
        """Give the person that a loaded fragment belongs to."""
        return self.people[self.profile_of_fragment[fragment_id]]

    def person_of_home(self, home: int) -> Person:
        """Give the person that a loaded home belongs to."""
        return self.people[self.profile_of_home[home]]

    def people_behind(self, identifier: Identifier) -> list[Person]:
        """Give the people that a loaded identifier leads to: whom it names, and whose fragment takes what comes."""
        named = self.named.get(identifier, NOTHING)
        found = [] if named.home is None else [self.person_of_home(named.home)]
        return found if named.fragment is None else [*found, self.person_of_fragment(named.fragment)]

    def changed_subjects(self) -> list[SubjectRow]:
        """Everyone whom this transaction changed."""
        changed = (one for person in self.changed_people.values() for one in person.all_subjects())
        return [*changed, *self.retired]

    def add_person(self, connection: sqlite3.Connection, now: int) -> Person:
        """Make a new profile, which is a home too."""
        id = self.new_id(connection, "subjects")
        return self.keep(Person(SubjectRow(id, Kind.PROFILE, id, None, now, now, now)))

    def keep(self, person: Person) -> Person:
        """Hold a profile that is new, or one again."""
        self.people[person.id] = self.changed_people[person.id] = person
        self.profile_of_home[person.id] = person.id
        self.more_profiles += 1
        return person

    def drop(self, person: Person) -> None:
        """Hold a profile no more that became part of another."""
        self.people.pop(person.id)
        self.changed_people.pop(person.id, None)
        self.more_profiles -= 1

    def add_fragment(
        self,
        connection: sqlite3.Connection,
        home: int,
        device: str | None,
        link: Link,
        beside: FragmentRow | None = None,
    ) -> FragmentRow:
        """Make a new fragment of a home, in the run of another one if that is told; `link` tells why (its ids are
        filled in here)."""
        id = self.new_id(connection, "fragments")
        person = self.person_of_home(home)
        row = FragmentRow(id, home, person.id, device, link.trust, None, None, True, self.leaves.first())
        if beside is not None:
            self._go_on(row, beside)
        self.links.append(link.of(row.id, home, None))
        self.put(row, home, person)
        return row

    def _go_on(self, row: FragmentRow, beside: FragmentRow) -> None:
        """Let a new fragment be of the run of another."""
        if beside.run is None:
            beside.run, beside.run_id = Run({beside.id: beside}), beside.id
            self.runs[beside.id] = beside.run
            self.changed_fragments[beside.id] = beside
        row.run, row.run_id, row.leads = beside.run, beside.run_id, False
        beside.run.rows[row.id] = row

    def let_lead(self, connection: sqlite3.Connection, row: FragmentRow, now: int, cursor: int) -> None:
        """Let a fragment lead its run; what the device is in, and what it has been in, goes along."""
        former = next(one for one in row.run_rows() if one.leads)
        person, before = self.person_of_fragment(row.id), self.person_of_fragment(former.id)
        self.retire_own(person, row)
        if former.subject_id is not None:
            own = before.devices.pop(former.subject_id)
            own.profile_id, former.subject_id = person.id, None
        else:
            id = self.new_id(connection, "subjects")
            own = SubjectRow(id, Kind.DEVICE, person.id, None, row.state.first_at, row.state.last_at, now)
            self._fork(connection, before.subject, own, cursor)
        row.subject_id, person.devices[own.id] = own.id, own
        row.leads, former.leads = True, False
        self.touch(before, former)
        self.touch(person, row)

    def put(self, row: FragmentRow, home: int, person: Person) -> None:
        """Let a fragment belong to a home and a person, and take it from where it was."""
        before = self.people.get(row.profile_id)
        if before is not None and before is not person:
            before.fragments.pop(row.id, None)
            self.touch(before)
        row.home_id, row.profile_id = home, person.id
        person.fragments[row.id] = row
        self.profile_of_fragment[row.id] = person.id
        self.touch(person, row)

    def touch(self, person: Person, row: FragmentRow | None = None) -> None:
        """Note that a person (and a fragment) changed."""
        person.joined = None
        self.changed_people[person.id] = person
        if row is not None:
            self.changed_fragments[row.id] = row

    def name(self, identifier: Identifier, home: int) -> None:
        """Let an identifier name a home."""
        self.named[identifier] = self.changed_names[identifier] = Named(home)

    def let_write(self, device: str, fragment: int, proven: bool = False) -> None:
        """Let a fragment take what comes under a device's id alone; `proven` when its secret has been shown."""
        before = self.named.get((DEVICE, device), NOTHING)
        now = Named(None, fragment, before.proven or proven)
        if now != before:
            self.named[DEVICE, device] = self.changed_names[DEVICE, device] = now

    def release(self, connection: sqlite3.Connection, names: Collection[Identifier]) -> None:
        """Let identifiers name nobody."""
        for one in names:
            self.named.pop(one, None)
            self.changed_names.pop(one, None)
        identifiers.release(connection, names)

    def save_names(self, connection: sqlite3.Connection) -> None:
        """Write what identifiers name."""
        identifiers.save(connection, self.changed_names.items())
        self.changed_names.clear()

    def give_subjects(self, connection: sqlite3.Connection, person: Person, now: int, cursor: int) -> set[int]:
        """Make each device that shares this profile by claim only a subject of its own; one that has proven itself
        since is none any more. `cursor` is the last of the profile's history until now. Gives the fragments whose
        subjects know nothing yet."""
        others = len(person.fragments) - 1
        return self.fork_devices(connection, person, now, cursor, others)

    def fork_devices(
        self, connection: sqlite3.Connection, person: Person, now: int, cursor: int, others: int = 1
    ) -> set[int]:
        """Do that as if there were others in the profile."""
        fresh, unknowing = {link.fragment_id for link in self.links} | self.took_the_lead, set()
        for row in person.fragments.values():
            if not sees_something_else(row, others):
                if row.trust > Trust.CLAIMED:
                    self.retire_own(person, row)
            elif row.subject_id is None:
                id = self.new_id(connection, "subjects")
                own = SubjectRow(id, Kind.DEVICE, person.id, None, row.state.first_at, row.state.last_at, now)
                if row.id in fresh:
                    unknowing.add(row.id)
                if row.id not in fresh or row.trust > Trust.CLAIMED:  # who is proven may know the profile's past
                    self._fork(connection, person.subject, own, cursor)
                row.subject_id = own.id
                person.devices[own.id] = own
                self.changed_fragments[row.id] = row
        return unknowing

    def _fork(self, connection: sqlite3.Connection, profile: SubjectRow, own: SubjectRow, cursor: int) -> None:
        """Let the device that had a profile to itself leave with the memberships and the history it had from it."""
        own.forked_from, own.forked_at = profile.id, cursor
        own.memberships = dict(profile.memberships)
        own.due_at = profile.due_at
        subjects.enter(connection, [(own.id, one, since, Kind.DEVICE) for one, since in own.memberships.items()])

    def retire_own(self, person: Person, row: FragmentRow) -> None:
        """Let a device be no subject of its own any more."""
        if row.subject_id is not None:
            self.retire(person.devices.pop(row.subject_id), person)
            row.subject_id = None
            self.changed_fragments[row.id] = row

    def retire(self, subject: SubjectRow, person: Person) -> None:
        """Let a subject be no more than a name that leads to a person."""
        subject.kind, subject.profile_id = Kind.DEVICE, person.id
        subject.due_at, subject.memberships, subject.email = None, {}, None
        self.retired.append(subject)

    def save(self, connection: sqlite3.Connection) -> None:
        """Write all that changed, set by set."""
        self.save_names(connection)
        fragments.save(connection, self.changed_fragments.values())
        fragments.add_links(connection, self.links)
        for id in self.former_profiles:
            subjects.count_as(connection, id, Kind.DEVICE)
        for id in self.revived:
            subjects.count_as(connection, id, Kind.PROFILE)
        for one in self.retired:
            subjects.leave_all(connection, one.id)
        subjects.save(connection, self.changed_subjects())
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
                self.profile_of_home.pop(row.home_id, None)
        if len(self.named) > 2 * self.most:
            self.named.clear()


def first_alarm(subjects: Iterable[SubjectRow]) -> int | None:
    """Give the earliest alarm among subjects."""
    return min((one.due_at for one in subjects if one.due_at is not None), default=None)
