"""The heart: what a subject's memberships become when it changed, or when time passed."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.catalog import Fields
from engine.domain.audiences import Cause, Transition
from engine.domain.profiles import Fragment
from engine.runtime.registry import Included, Live, Registry
from engine.storage.audiences import Backfill
from engine.storage.rows import Kind, SubjectRow


class Change(NamedTuple):
    """An entry or exit that has been decided."""

    subject: SubjectRow
    audience_id: int
    transition: Transition
    cause: Cause
    at: int
    kind: Kind
    event_id: int | None = None


@dataclass(slots=True)
class Verdicts:
    """Evaluates subjects against a registry and gathers what changed."""

    registry: Registry
    walks: Sequence[Backfill] = ()
    """Those under way: whom one has not reached yet has not met its audience's rules, unless an event came first."""
    changes: list[Change] = field(default_factory=list)
    sizes: Counter[int] = field(default_factory=Counter)
    """Audience id → by how many profiles it grew."""

    def judge(
        self,
        subject: SubjectRow,
        fields: Fields,
        lives: Sequence[Live],
        cause: Cause,
        event_id: int | None = None,
    ) -> None:
        """Bring the memberships in some audiences up to the instant of `fields`."""
        now = fields.now
        memberships = subject.memberships
        included = Included(self.registry.ids, memberships)
        for live in lives:
            audience_id = live.audience.id
            belongs = live.predicate(fields, now, included)
            if belongs != (audience_id in memberships):
                self._turn(subject, audience_id, belongs, cause, now, event_id)
        subject.evaluated_at = now

    def react(
        self,
        subject: SubjectRow,
        state: Fragment,
        lives: Sequence[Live],
        now: int,
        cause: Cause,
        event_id: int | None = None,
    ) -> None:
        """Re-evaluate what a change can touch, and see that the alarm is early enough; too early is harmless.

        Nobody is judged as of an instant before the last: a clock that was set back waits for itself."""
        now = max(now, subject.evaluated_at)
        fields = Fields(state, now, self.registry.leaves.numbers)
        self.judge(subject, fields, lives, cause, event_id)
        at = _first(self.registry.turns.earliest(fields, now), _end(self.registry.ends, subject, now))
        subject.due_at = _first(subject.due_at, at)

    def catch_up(self, subject: SubjectRow, state: Fragment, now: int) -> None:
        """Ask the rules that a subject has not met yet, so that what follows is not told as their doing."""
        if unmet := self._unmet(subject):
            self.react(subject, state, self.registry.with_dependents(unmet), now, Cause.DEFINITION)
            subject.met = max(one.number for one in self.walks)

    def let_pass(self, waiting: Iterable[tuple[SubjectRow, Fragment]], until: int) -> None:
        """Fire alarms up to an instant, each at its own, in order of time over all subjects given."""
        queue = [
            (subject.due_at, subject.id, subject, state)
            for subject, state in waiting
            if subject.due_at is not None and subject.due_at <= until
        ]
        heapq.heapify(queue)
        while queue:
            at, _, subject, state = queue[0]
            fields = Fields(state, at, self.registry.leaves.numbers)
            self.judge(subject, fields, self._moving(subject), Cause.TIME)
            subject.due_at = _first(self.registry.turns.next(fields, at), _end(self.registry.ends, subject, at))
            assert subject.due_at is None or subject.due_at > at, "an alarm that stands still would ring for ever"
            if subject.due_at is not None and subject.due_at <= until:
                heapq.heapreplace(queue, (subject.due_at, subject.id, subject, state))
            else:
                heapq.heappop(queue)

    def _moving(self, subject: SubjectRow) -> Sequence[Live]:
        unmet = self._unmet(subject)
        moving = self.registry.moving
        return [live for live in moving if live.audience.id not in unmet] if unmet else moving

    def _unmet(self, subject: SubjectRow) -> frozenset[int]:
        """List the audiences whose newest rules a subject has still to meet."""
        if not self.walks:
            return frozenset()
        return frozenset(
            one.audience_id
            for one in self.walks
            if one.next_id < subject.id <= one.last_id and one.number > subject.met
        )

    def _turn(
        self, subject: SubjectRow, audience_id: int, belongs: bool, cause: Cause, now: int, event_id: int | None
    ) -> None:
        if belongs:
            subject.memberships[audience_id] = now
        else:
            del subject.memberships[audience_id]
        transition = Transition.ENTERED if belongs else Transition.EXITED
        self.changes.append(Change(subject, audience_id, transition, cause, now, subject.kind, event_id))
        if subject.kind is Kind.PROFILE:
            self.sizes[audience_id] += 1 if belongs else -1

    def no_longer_counts(self, subject: SubjectRow) -> None:
        """Take a profile that becomes part of another out of the sizes."""
        self.sizes.subtract(subject.memberships.keys())

    def counts_again(self, subject: SubjectRow) -> None:
        """Take a subject that becomes a profile of its own into the sizes."""
        self.sizes.update(subject.memberships.keys())

    def leave_all(self, subject: SubjectRow, cause: Cause, now: int) -> None:
        """Let a subject leave every audience that it is in."""
        for audience_id in list(subject.memberships):
            self._turn(subject, audience_id, False, cause, max(now, subject.evaluated_at), None)


def next_turn(moving: Sequence[Live], subject: SubjectRow, fields: Fields) -> int | None:
    """Give the very instant at which time alone can next turn a verdict, by asking every rule: what alarms are checked
    against."""
    horizons = [live.horizon(fields, fields.now) for live in moving if live.definition.moves]
    ends = {live.audience.id: at for live in moving if (at := live.audience.expires_at) is not None}
    return min((at for at in (*horizons, _end(ends, subject, fields.now)) if at is not None), default=None)


def _first(one: int | None, other: int | None) -> int | None:
    """Give the earlier of two instants; None for never."""
    return one if other is None or (one is not None and one <= other) else other


def _end(ends: Mapping[int, int], subject: SubjectRow, now: int) -> int | None:
    """Give when the first of a subject's audiences expires."""
    return min((at for id, at in ends.items() if at > now and id in subject.memberships), default=None)
