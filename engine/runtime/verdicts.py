"""The heart: what a subject's memberships become when it changed, or when time passed."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from engine.catalog import Fields
from engine.domain.audiences import Cause, Transition
from engine.domain.profiles import Fragment
from engine.runtime.registry import Included, Live, Registry
from engine.storage.rows import Kind, SubjectRow


@dataclass(frozen=True, slots=True)
class Change:
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
        subject.evaluated_at = max(subject.evaluated_at, now)

    def react(
        self,
        subject: SubjectRow,
        state: Fragment,
        lives: Sequence[Live],
        now: int,
        cause: Cause,
        event_id: int | None = None,
    ) -> None:
        """Re-evaluate what a change can touch, and see that the alarm is early enough; too early is harmless."""
        fields = Fields(state, now)
        self.judge(subject, fields, lives, cause, event_id)
        earliest = self.registry.turns.earliest(fields, now)
        if earliest is not None and (subject.due_at is None or earliest < subject.due_at):
            subject.due_at = earliest

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
            fields = Fields(state, at)
            self.judge(subject, fields, self.registry.moving, Cause.TIME)
            subject.due_at = self._horizon(fields)
            if subject.due_at is not None and subject.due_at <= until:
                heapq.heapreplace(queue, (subject.due_at, subject.id, subject, state))
            else:
                heapq.heappop(queue)

    def _horizon(self, fields: Fields) -> int | None:
        """Give the very instant of the next turn; it costs more to find than the one that events set."""
        horizons = (live.horizon(fields, fields.now) for live in self.registry.moving if live.definition.moves)
        return min((horizon for horizon in horizons if horizon is not None), default=None)

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
