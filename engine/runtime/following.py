"""What follows for the people that a transaction touches: their memberships, their devices' own, what lists show."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from engine.domain.audiences import Cause
from engine.domain.events import Trust
from engine.domain.profiles import MOST_ATTRIBUTES, identifiers_of
from engine.runtime.person import Person
from engine.runtime.registry import Live
from engine.runtime.verdicts import Verdicts
from engine.runtime.world import World


@dataclass(slots=True)
class Touch:
    """What a transaction did to one person."""

    fields: set[str] = field(default_factory=set)
    everything: bool = False
    """New, or joined with another: every audience is asked."""
    cause: Cause = Cause.EVENT
    event_id: int | None = None
    fragments: set[int] = field(default_factory=set)
    parted: set[int] = field(default_factory=set)
    """Those of the fragments that an unlink has changed; the others follow an event as ever."""


class Following:
    """Gathers touches, then re-evaluates everyone who was touched."""

    def __init__(self, world: World, verdicts: Verdicts, now: int) -> None:
        self.world = world
        self.verdicts = verdicts
        self.now = now
        self.touches: dict[int, Touch] = {}

    def touch(self, person: Person, everything: bool = False, cause: Cause | None = None) -> Touch:
        """Note that a person is touched, and why."""
        touch = self.touches.setdefault(person.id, Touch())
        touch.everything = touch.everything or everything
        touch.cause = cause or touch.cause
        return touch

    def let_time_pass(self, people: Iterable[Person]) -> None:
        """Before anything new is known of people, fire their due alarms, each at its own instant, and let them meet
        rules that a walk has still to bring to them."""
        here = {person.id: person for person in people}
        subjects = [(subject, person) for person in here.values() for subject in person.all_subjects()]
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
            self.world.changed_people.update(here)

    def follow(self, connection: sqlite3.Connection) -> None:
        """Re-evaluate only the audiences that the touches can change."""
        self._let_leaders_know(connection)
        last = self.world.last_id(connection, "membership_changes")
        for profile_id, touch in self.touches.items():
            person = self.world.people.get(profile_id)
            if person is None:
                continue  # became part of another person later in this transaction
            unknowing = self.world.give_subjects(connection, person, self.now, last + len(self.verdicts.changes))
            state = person.state
            everything = touch.everything or len(state.cells) >= MOST_ATTRIBUTES  # one more drops any other
            registry = self.verdicts.registry
            lives = registry.order if everything else registry.touched(frozenset(touch.fields))
            self.verdicts.react(person.subject, state, lives, self.now, touch.cause, touch.event_id)
            _describe(person)
            self._follow_devices(person, touch, lives, unknowing)

    def _let_leaders_know(self, connection: sqlite3.Connection) -> None:
        """Where an older part of a run has changed, so has what its leader's device sees."""
        for profile_id, touch in list(self.touches.items()):
            person = self.world.people.get(profile_id)
            changed = [row for row in person.fragments.values() if row.id in touch.fragments] if person else []
            leaders = [one for row in changed if not row.leads for one in row.run_rows() if one.leads]
            people = self.world.load_people(connection, {one.profile_id for one in leaders})
            for one in people:
                led = {row.id for row in leaders if row.profile_id == one.id}
                theirs = self.touch(one, everything=True)
                theirs.fragments |= led
                if touch.parted:
                    theirs.parted |= led

    def _follow_devices(self, person: Person, touch: Touch, lives: Sequence[Live], unknowing: set[int]) -> None:
        for row in person.fragments.values():
            if row.subject_id is None:
                continue
            if row.trust == Trust.CLAIMED and row.id not in touch.fragments | unknowing:
                continue
            own = person.devices[row.subject_id]
            state = person.state_of(own)
            own.first_at, own.last_at = state.first_at, state.last_at
            cause = Cause.UNLINK if row.id in touch.parted else Cause.EVENT
            asked = self.verdicts.registry.order if row.id in unknowing else lives
            self.verdicts.react(own, state, asked, self.now, cause, touch.event_id)


def _describe(person: Person) -> None:
    """Keep what lists show beside the profile."""
    subject, state = person.subject, person.state
    subject.first_at, subject.last_at = state.first_at, state.last_at
    subject.email = next(iter(identifiers_of(state, "email")), None)
