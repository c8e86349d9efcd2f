"""The story of one batch: what came is stored, people are told apart, profiles follow, audiences follow them.

Everything here runs on the writer's thread as one transaction; read `take` first."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.domain import identity
from engine.domain.audiences import Cause
from engine.domain.events import Event, Refusal, Trust
from engine.domain.identity import DEVICE, Follow, Identifier, Join, Known, Stay
from engine.domain.profiles import MOST_ATTRIBUTES, apply, identifiers_of
from engine.domain.traits import flatten
from engine.ports import Outcome, Submission, Visitor
from engine.runtime.registry import Live, did
from engine.runtime.touched import fields_touched
from engine.runtime.verdicts import Verdicts
from engine.runtime.world import Person, World
from engine.seen import SeenAttributes, SeenEvents
from engine.storage import audiences, events, house
from engine.storage.changes import ChangeRow
from engine.storage.events import EventRow
from engine.storage.fragments import Link
from engine.storage.identifiers import NOTHING
from engine.storage.rows import FragmentRow


@dataclass(slots=True)
class Touch:
    """What a batch did to one person."""

    fields: set[str] = field(default_factory=set)
    everything: bool = False
    """New, or joined with another: every audience is asked."""
    cause: Cause = Cause.EVENT
    event_id: int | None = None
    fragments: set[int] = field(default_factory=set)


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

    def __init__(self, world: World, verdicts: Verdicts, seen: SeenAttributes, events: SeenEvents, now: int) -> None:
        self.world = world
        self.events = events
        self.verdicts = verdicts
        self.registry = verdicts.registry
        self.seen = seen
        self.now = now
        self.touches: dict[int, Touch] = {}
        self.rows: list[EventRow] = []
        self.conflicts: dict[tuple[str, str], str] = {}
        self.conflict_rows: list[tuple[int, int, int, str]] = []
        self.new_people = 0

    def take(self, connection: sqlite3.Connection, submissions: Sequence[Submission]) -> Taken:
        """Store the events of all submissions and bring everything that follows from them up to date."""
        fresh, duplicates = _sort_out(connection, submissions)
        visitors = [(DEVICE, one.visitor) for one in submissions if one.visitor]
        named = {identifier for event in fresh for identifier in identity.identifiers_of(event)}
        self.world.load(connection, named.union(visitors))
        self._let_time_pass(named)
        for event in fresh:
            self._place(connection, event)
        self._follow(connection)
        rows = self._save(connection, [refusal for one in submissions for refusal in one.refusals])
        taken = self._told(submissions, duplicates, rows)
        self.world.save(connection)
        return taken

    def _let_time_pass(self, named: set[Identifier]) -> None:
        """Before anything new is known of those who are here, fire their due alarms, each at its own instant, and let
        them meet rules that a walk has still to bring to them."""
        people = {person.id: person for one in named for person in self._people_behind(one)}
        subjects = [(subject, person) for person in people.values() for subject in person.all_subjects()]
        waiting = [
            (subject, person.state_of(subject))
            for subject, person in subjects
            if subject.due_at is not None and subject.due_at <= self.now
        ]
        self.verdicts.let_pass(waiting, self.now)
        if self.verdicts.walks:
            for subject, person in subjects:
                self.verdicts.catch_up(subject, person.state_of(subject), self.now)
        if waiting or self.verdicts.walks:
            self.world.changed_people.update(people)

    def _people_behind(self, identifier: Identifier) -> list[Person]:
        profile, fragment, _ = self.world.named.get(identifier, NOTHING)
        found = [] if profile is None else [self.world.people[profile]]
        return found if fragment is None else [*found, self.world.person_of_fragment(fragment)]

    def _place(self, connection: sqlite3.Connection, event: Event) -> None:
        """Find the fragment that an event belongs to, and let the fragment follow it."""
        event_id = self.world.new_id(connection, "events")
        row = self._decide(connection, event, event_id)
        person = self.world.person_of_fragment(row.id)
        carried = [one for one in identity.identifiers_of(event) if one[0] == DEVICE or self._owns(person, one)]
        before = row.state
        row.state = self.world.leaves.count(apply(before, event, carried), event)
        self.world.touch(person, row)
        said = dict(flatten(event.traits)) if event.traits else {}
        self.seen.follow(before, row.state, said)
        self.events.notice(event)
        touch = self._touch(person)
        touch.fields |= fields_touched(event, carried, said)
        if event.name in self.world.leaves.by_event:
            touch.fields.add(did(event.name))
        touch.event_id = event_id
        touch.fragments.add(row.id)
        self.rows.append(EventRow(event_id, row.id, tuple(namespace for namespace, _ in carried), event))

    def _decide(self, connection: sqlite3.Connection, event: Event, event_id: int) -> FragmentRow:
        """Act on the decision who it is."""
        decision = identity.resolve(event, self._known(event))
        trust = event.trust if identity.people_of(event) else Trust.CLAIMED
        link = Link(0, 0, None, event.type, trust, event.received_at, event_id)
        match decision:
            case Stay():
                row = self._current(connection, event, link)
            case Join(profile=profile):
                row = self._current(connection, event, link)
                self.verdicts.no_longer_counts(self.world.people[row.profile_id].subject)
                self.world.move(row, self.world.people[profile], link)
                self._touch(self.world.people[profile], everything=True, cause=Cause.MERGE)
            case Follow(profile=profile_or_none):
                row = self._of_person(connection, event, profile_or_none, link)
        if decision.conflict is not None:
            self._note_conflict(event, event_id, row, decision.conflict)
        row.trust = max(row.trust, trust)
        self._attach(decision.attach, row.profile_id)
        return row

    def _known(self, event: Event) -> Known:
        named = self.world.named
        fragment = named.get((DEVICE, event.anonymous_id or ""), NOTHING).fragment
        people = identity.people_of(event)
        device = None if fragment is None else identity.Device(fragment, self.world.profile_of_fragment[fragment])
        if not people:
            return Known(device, {}, frozenset(), {})
        owners = {one: owner for one in people if one in named and (owner := named[one].home) is not None}
        profiles = {*owners.values(), *(() if device is None else (device.profile,))}
        held_by = {id: _held(self.world.people[id]) for id in profiles}
        mine = held_by[device.profile] if device else {}
        people_here = frozenset((ns, value) for ns, values in mine.items() if ns != DEVICE for value in values)
        return Known(device, owners, people_here, held_by)

    def _current(self, connection: sqlite3.Connection, event: Event, link: Link) -> FragmentRow:
        """Give the fragment that an event's device writes to; a device (or a record) never seen gets a new profile."""
        identifier = identity.identifiers_of(event)[0]
        profile, fragment, _ = self.world.named.get(identifier, NOTHING)
        if fragment is not None:
            return self.world.person_of_fragment(fragment).fragments[fragment]
        if profile is not None:
            return self._of_person(connection, event, profile, link)
        person = self._new_person(connection)
        row = self.world.add_fragment(connection, person, event.anonymous_id, link)
        self.world.name(identifier, None, row.id)
        return row

    def _of_person(self, connection: sqlite3.Connection, event: Event, profile: int | None, link: Link) -> FragmentRow:
        """Give the fragment of a person for this device, or for the person's record when there is no device."""
        person = self._new_person(connection) if profile is None else self.world.people[profile]
        row = next((one for one in person.fragments.values() if one.device == event.anonymous_id), None)
        if row is None:
            row = self.world.add_fragment(connection, person, event.anonymous_id, link)
            self._touch(person, everything=True)
        if event.anonymous_id:
            self.world.name((DEVICE, event.anonymous_id), None, row.id)
        return row

    def _new_person(self, connection: sqlite3.Connection) -> Person:
        person = self.world.add_person(connection, self.now)
        self._touch(person, everything=True)
        self.new_people += 1
        return person

    def _attach(self, identifiers: Sequence[Identifier], profile: int) -> None:
        for one in identifiers:
            self.world.name(one, profile, None)

    def _owns(self, person: Person, identifier: Identifier) -> bool:
        return self.world.named.get(identifier, NOTHING).home == person.id

    def _note_conflict(self, event: Event, event_id: int, row: FragmentRow, conflict: str) -> None:
        self.conflicts[event.source, event.message_id] = conflict
        self.conflict_rows.append((event_id, row.profile_id, event.received_at, conflict))

    def _touch(self, person: Person, everything: bool = False, cause: Cause | None = None) -> Touch:
        touch = self.touches.setdefault(person.id, Touch())
        touch.everything = touch.everything or everything
        touch.cause = cause or touch.cause
        return touch

    def _follow(self, connection: sqlite3.Connection) -> None:
        """Re-evaluate everyone who was touched, and only the audiences that this can touch."""
        last = self.world.last_id(connection, "membership_changes")
        for profile_id, touch in self.touches.items():
            person = self.world.people.get(profile_id)
            if person is None:
                continue  # joined another person later in this batch
            self.world.give_subjects(connection, person, self.now, last + len(self.verdicts.changes))
            state = person.state
            everything = touch.everything or len(state.cells) >= MOST_ATTRIBUTES  # one more drops any other
            lives = self.registry.order if everything else self.registry.touched(frozenset(touch.fields))
            self.verdicts.react(person.subject, state, lives, self.now, touch.cause, touch.event_id)
            self._describe(person)
            self._follow_devices(person, touch, lives)

    def _follow_devices(self, person: Person, touch: Touch, lives: Sequence[Live]) -> None:
        for row in person.fragments.values():
            if row.subject_id is None or row.id not in touch.fragments:
                continue
            own = person.devices[row.subject_id]
            own.first_at, own.last_at = row.state.first_at, row.state.last_at
            self.verdicts.react(own, row.state, lives, self.now, Cause.EVENT, touch.event_id)

    def _describe(self, person: Person) -> None:
        """Keep what lists show beside the profile."""
        subject, state = person.subject, person.state
        subject.first_at, subject.last_at = state.first_at, state.last_at
        subject.email = next(iter(identifiers_of(state, "email")), None)

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
                    at: self.conflicts[event.source, event.message_id]
                    for at, event in enumerate(one.events)
                    if (event.source, event.message_id) in self.conflicts
                },
            )
            for one, duplicate in zip(submissions, duplicates, strict=True)
        ]
        alarms = [
            subject.due_at
            for person in self.world.changed_people.values()
            for subject in person.all_subjects()
            if subject.due_at is not None
        ]
        changed = (one for person in self.world.changed_people.values() for one in person.all_subjects())
        subjects = frozenset(one.id for one in (*changed, *self.world.retired))
        profiles = self.new_people - len(self.world.former_profiles)
        return Taken(outcomes, rows, subjects, min(alarms, default=None), dict(self.verdicts.sizes), profiles)

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


def _sort_out(connection: sqlite3.Connection, submissions: Sequence[Submission]) -> tuple[list[Event], list[int]]:
    """Split what is new from what was stored or came twice; gives the new events and the duplicates by submission."""
    names = [(event.source, event.message_id) for one in submissions for event in one.events]
    known = events.stored_already(connection, names) if names else set()
    fresh: list[Event] = []
    duplicates: list[int] = []
    for one in submissions:
        before = len(fresh)
        for event in one.events:
            name = (event.source, event.message_id)
            if name not in known:
                known.add(name)
                fresh.append(event)
        duplicates.append(len(one.events) - (len(fresh) - before))
    return fresh, duplicates


def _held(person: Person) -> dict[str, frozenset[str]]:
    """List a person's identifiers by namespace."""
    found: dict[str, set[str]] = {}
    for row in person.fragments.values():
        for key in row.state.identities:
            namespace, _, value = key.partition(":")
            found.setdefault(namespace, set()).add(value)
    return {namespace: frozenset(values) for namespace, values in found.items()}
