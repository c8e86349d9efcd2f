"""The story of one batch: what came is stored, people are told apart, profiles follow, audiences follow them.

Everything here runs on the writer's thread as one transaction; read `take` first."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace as replaced

from engine.domain import identity
from engine.domain.events import Event, Refusal, Trust
from engine.domain.identity import (
    DEVICE,
    NOT_FOLLOWED,
    UNPROVEN,
    Decided,
    Follow,
    Identifier,
    Join,
    Leave,
    Stay,
    Unproven,
    Yield,
)
from engine.domain.profiles import identifiers_of, said_by
from engine.ports import Outcome, Submission, Visitor
from engine.runtime.following import Following
from engine.runtime.house import House
from engine.runtime.linking import Linking
from engine.runtime.person import Person
from engine.runtime.registry import did
from engine.runtime.replay import followed
from engine.runtime.tombstones import Tombstones
from engine.runtime.touched import fields_touched
from engine.runtime.verdicts import Verdicts
from engine.runtime.whose import known
from engine.runtime.world import first_alarm
from engine.storage import audiences, events, house
from engine.storage.changes import ChangeRow
from engine.storage.events import EventRow
from engine.storage.fragments import Link
from engine.storage.identifiers import NOTHING
from engine.storage.rows import FragmentRow


@dataclass(slots=True)
class Taken:
    """What a batch came to, told after the commit."""

    outcomes: list[Outcome]
    changes: list[ChangeRow]
    subjects: frozenset[int]
    alarm: int | None
    """The earliest alarm among those it set."""
    sizes: dict[int, int]
    """Audience id → by how many it grew."""
    profiles: int
    """By how many profiles there are more."""


class Ingest:
    """One batch at work."""

    def __init__(self, house: House) -> None:
        self.now = house.clock.now()
        self.world = house.world
        self.events = house.events
        self.seen = house.seen
        self.claims_link = house.claims_link
        self.tombstones = house.tombstones
        self.verdicts = Verdicts(house.registry, house.backfills)
        self.registry = house.registry
        self.following = Following(self.world, self.verdicts, self.now)
        self.rows: list[EventRow] = []
        self.warnings: dict[tuple[str, str], str] = {}
        self.conflict_rows: list[tuple[int, int, int, str]] = []

    def take(self, connection: sqlite3.Connection, submissions: Sequence[Submission]) -> Taken:
        """Store the events of all submissions and bring everything that follows from them up to date."""
        self.linking = Linking(connection, self.following)
        fresh, duplicates = _sort_out(connection, submissions, self.tombstones)
        visitors = [(DEVICE, one.visitor) for one in submissions if one.visitor]
        named = {identifier for event, _ in fresh for identifier in identity.identifiers_of(event)}
        self.world.load(connection, named.union(visitors))
        people = {person.id: person for one in named for person in self.world.people_behind(one)}
        naming = {event.anonymous_id for event, _ in fresh if event.anonymous_id and identity.people_of(event)}
        people |= {person.id: person for person in self.world.load_saying(connection, naming)} if naming else {}
        self.following.let_time_pass(self.world.load_leading(connection, people.values()))
        for event, visitor in fresh:
            self._place(connection, event, visitor is not None and visitor == event.anonymous_id)
        self.following.follow(connection)
        rows = self._save(connection, [one for some in submissions for one in self.tombstones.without(some.refusals)])
        taken = self._told(submissions, duplicates, rows)
        self.world.save(connection)
        return taken

    def _place(self, connection: sqlite3.Connection, event: Event, shown: bool) -> None:
        """Find the fragment that an event belongs to, and let the fragment follow it."""
        event_id = self.world.new_id(connection, "events")
        decision = self._decide(connection, event, shown)
        row = self._act(connection, event, event_id, decision)
        if event.anonymous_id and row.device is not None:
            self.world.let_write(event.anonymous_id, row.id, shown)
        names = identity.identifiers_of(event)
        if isinstance(decision, Unproven):
            names, event = names[: event.anonymous_id is not None], replaced(event, marks=(*event.marks, UNPROVEN))
        carried = [one for one in names if one[0] == DEVICE or self._names(one, row.home_id)]
        said = [one for one in names if one not in carried]
        self._follow_event(
            EventRow(event_id, row.id, _namespaces(carried), _namespaces(said), event), row, carried, said
        )

    def _follow_event(
        self, stored: EventRow, row: FragmentRow, carried: Sequence[Identifier], said: Sequence[Identifier]
    ) -> None:
        event, before = stored.event, row.state
        person = self.world.person_of_fragment(row.id)
        row.state = followed(before, event, carried, said, self.registry)
        self.world.touch(person, row)
        attributes = said_by(event)
        self.seen.follow(before, row.state, attributes)
        self.events.notice(event)
        if said and row.device is not None:
            self.world.saying.setdefault(row.device, []).append(person)
        touch = self.following.touch(person)
        touch.fields |= fields_touched(event, [*carried, *said], attributes)
        if event.name in self.world.leaves.by_event:
            touch.fields.add(did(event.name))
        touch.event_id = stored.id
        touch.fragments.add(row.id)
        self.rows.append(stored)

    def _decide(self, connection: sqlite3.Connection, event: Event, shown: bool) -> Decided:
        """Decide who it is; what must make way first does, and then it is asked again."""
        so_far = known(self.world, event)
        decision = identity.resolve(event, so_far, shown, self.claims_link)
        match decision:
            case Yield(name=name, home=home):
                self._write_out(connection)
                self.linking.let_name_go(self.world.person_of_home(home), home, name, is_said=True)
            case Leave(fragment=fragment):
                self._let_leave(connection, fragment)
            case decided:
                if so_far.device is not None and not isinstance(decided, Unproven):
                    self.world.let_write(event.anonymous_id or "", so_far.device.fragment)
                return decided
        return self._decide(connection, event, shown)

    def _act(self, connection: sqlite3.Connection, event: Event, event_id: int, decision: Decided) -> FragmentRow:
        """Do what was decided, and give the fragment that takes the event."""
        conflict = UNPROVEN if isinstance(decision, Unproven) else decision.conflict
        is_link = identity.people_of(event) and conflict not in NOT_FOLLOWED
        trust = event.trust if is_link else Trust.CLAIMED
        link = Link(0, 0, None, event.type, trust, event.received_at, event_id)
        row = self._fragment(connection, event, decision, link)
        if conflict is not None:
            self.warnings[event.source, event.message_id] = conflict
        if isinstance(decision, Unproven):
            return row
        for one in decision.attach:
            self.world.name(one, row.home_id)
        if conflict is not None:
            self.conflict_rows.append((event_id, row.profile_id, event.received_at, conflict))
        if event.trust > Trust.CLAIMED:
            self._prove(event, row)
        return row

    def _fragment(self, connection: sqlite3.Connection, event: Event, decision: Decided, link: Link) -> FragmentRow:
        match decision:
            case Unproven() | Stay():
                return self._current(connection, event, link)
            case Join(home=home):
                row = self._current(connection, event, link)
                self._make_room(connection, decision.gives_way)
                self.linking.join(self.world.person_of_fragment(row.id), home, link)
                return row
            case Follow(home=home_or_none, run=run):
                self._make_room(connection, decision.gives_way)
                return self._of_home(connection, event, home_or_none, run, link)

    def _prove(self, event: Event, row: FragmentRow) -> None:
        """A device may have proven whose it is; then what was set apart from it may be claimed again."""
        if not any(self._names(one, row.home_id) for one in identity.people_of(event)):
            return
        if event.trust > row.trust:
            row.trust = event.trust
            self.following.touch(self.world.person_of_fragment(row.id), everything=row.subject_id is not None)
        if self.world.apart:
            names = identity.identifiers_of(event)
            self.linking.let_join(names, {*names, *self.world.person_of_fragment(row.id).names_in(row.home_id)})

    def _make_room(self, connection: sqlite3.Connection, fragment: int | None) -> None:
        if fragment is not None:
            self._let_leave(connection, fragment)

    def _let_leave(self, connection: sqlite3.Connection, fragment: int) -> None:
        """Take a claimed device out of its home; what it said still shows in its own view, which must not tell."""
        self._write_out(connection)
        row = self.world.person_of_fragment(fragment).fragments[fragment]
        self.linking.unlink_device(row, are_said=True, cause=None)

    def _current(self, connection: sqlite3.Connection, event: Event, link: Link) -> FragmentRow:
        """Give the fragment that an event's device writes to; a device never seen gets a new profile."""
        fragment = self.world.named.get((DEVICE, event.anonymous_id or ""), NOTHING).fragment
        if fragment is not None:
            return self.world.person_of_fragment(fragment).fragments[fragment]
        return self.world.add_fragment(connection, self._new_person(connection).id, event.anonymous_id, link)

    def _of_home(
        self, connection: sqlite3.Connection, event: Event, home: int | None, run: int | None, link: Link
    ) -> FragmentRow:
        """Give a home's fragment of this device's run, or the home's record when there is no device."""
        device = event.anonymous_id
        beside = None if device is None or run is None else self._of_run(event, run)
        person = self._new_person(connection) if home is None else self.world.person_of_home(home)
        home = person.id if home is None else home
        here = (one for one in person.parts_of(home) if one.device == device)
        row = next((one for one in here if device is None or one.run_number == run), None)
        if row is None:
            row = self.world.add_fragment(connection, home, device, link, beside)
            self.following.touch(person, everything=True)
        if not row.leads:
            self._let_lead(connection, row)
        return row

    def _of_run(self, event: Event, run: int) -> FragmentRow:
        """Give a fragment of a run: the one that the device writes to now, or one of those whom the event names."""
        people = (person for one in identity.identifiers_of(event) for person in self.world.people_behind(one))
        return next(row for person in people for row in person.fragments.values() if row.run_number == run)

    def _let_lead(self, connection: sqlite3.Connection, row: FragmentRow) -> None:
        """Pass the lead of a run on; all is asked anew, as more than this fragment is seen by it now."""
        cursor = self.world.last_id(connection, "membership_changes") + len(self.verdicts.changes)
        self.world.let_lead(connection, row, self.now, cursor)
        self.following.touch(self.world.person_of_fragment(row.id), everything=True).fragments.add(row.id)

    def _new_person(self, connection: sqlite3.Connection) -> Person:
        person = self.world.add_person(connection, self.now)
        self.following.touch(person, everything=True)
        return person

    def _names(self, identifier: Identifier, home: int) -> bool:
        return self.world.named.get(identifier, NOTHING).home == home

    def _write_out(self, connection: sqlite3.Connection) -> None:
        """Let the log and the names be on paper, for those who read them there."""
        events.add(connection, self.rows)
        self.rows.clear()
        self.world.save_names(connection)

    def _save(self, connection: sqlite3.Connection, refusals: Sequence[Refusal]) -> list[ChangeRow]:
        events.add(connection, self.rows)
        if self.conflict_rows:
            events.add_conflicts(connection, self.conflict_rows)
        house.save_attributes(connection, self.seen.by_name, self.seen.changed)
        self.seen.changed.clear()
        house.save_events(connection, self.events.by_name, self.events.changed)
        self.events.changed.clear()
        if refusals:
            house.add_refusals(connection, refusals)
        audiences.grow(connection, self.verdicts.sizes)
        return self.world.save_changes(connection, self.verdicts.changes)

    def _told(self, submissions: Sequence[Submission], duplicates: list[int], rows: list[ChangeRow]) -> Taken:
        outcomes = [
            Outcome(
                len(one.events) - duplicate,
                duplicate,
                self.visitor(one.visitor) if one.visitor else None,
                {
                    at: self.warnings[event.source, event.message_id]
                    for at, event in enumerate(one.events)
                    if (event.source, event.message_id) in self.warnings
                },
            )
            for one, duplicate in zip(submissions, duplicates, strict=True)
        ]
        changed = self.world.changed_subjects()
        sizes = dict(self.verdicts.sizes)
        ids = frozenset(one.id for one in changed)
        return Taken(outcomes, rows, ids, first_alarm(changed), sizes, self.world.more_profiles)

    def visitor(self, anonymous_id: str) -> Visitor:
        """Give the short answer for a browser from what is in memory."""
        fragment = self.world.named.get((DEVICE, anonymous_id), NOTHING).fragment
        if fragment is None:
            return Visitor()
        person = self.world.person_of_fragment(fragment)
        row = person.fragments[fragment]
        subject = person.subject_of(row)
        slugs = self.registry.personalizable
        members = sorted([slugs[one] for one in subject.memberships if one in slugs])
        state = person.state_of(subject)
        return Visitor(bool(identifiers_of(state, "email")), tuple(members))


def _sort_out(
    connection: sqlite3.Connection, submissions: Sequence[Submission], tombstones: Tombstones
) -> tuple[list[tuple[Event, str | None]], list[int]]:
    """Split what is new from what was stored, came twice or is of people erased since; gives the new events, each with
    the visitor who has proven himself, and the duplicates by submission."""
    names = [(event.source, event.message_id) for one in submissions for event in one.events]
    known = events.stored_already(connection, names) if names else set()
    fresh: list[tuple[Event, str | None]] = []
    duplicates: list[int] = []
    for one in submissions:
        before = len(fresh)
        for event in one.events:
            name = (event.source, event.message_id)
            if name not in known and not tombstones.cover(event):
                known.add(name)
                fresh.append((event, one.visitor))
        duplicates.append(len(one.events) - (len(fresh) - before))
    return fresh, duplicates


def _namespaces(identifiers: Sequence[Identifier]) -> tuple[str, ...]:
    return tuple(namespace for namespace, _ in identifiers)
