"""Rows that several tables share: what is stored of subjects and fragments, as the writer holds them in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from engine.domain.profiles import Fragment, join, own_view


class Kind(IntEnum):
    """A subject is a profile, or a device that is joined to one by claim only."""

    PROFILE = 0
    DEVICE = 1


@dataclass(slots=True)
class SubjectRow:
    """A subject with its memberships (audience id → since)."""

    id: int
    kind: Kind
    profile_id: int
    email: str | None
    first_at: int
    last_at: int
    evaluated_at: int
    due_at: int | None = None
    forked_from: int | None = None
    forked_at: int | None = None
    met: int = 0
    """The number of the newest walk that it did not wait for: it has met what that and earlier ones bring."""
    memberships: dict[int, int] = field(default_factory=dict)
    stored: tuple[object, ...] | None = None
    """What seldom changes, as it was last written: indexes follow it, and an event leaves them alone."""

    def seldom(self) -> tuple[object, ...]:
        """Give what seldom changes, in the order of its columns."""
        return (
            *(int(self.kind), self.profile_id, self.email, self.first_at, self.due_at),
            *(self.forked_from, self.forked_at, self.met),
        )


@dataclass(slots=True)
class FragmentRow:
    """A fragment with its link: to which profile, by what trust; and the subject of its own, if it has one."""

    id: int
    home_id: int
    """What naming has linked it to; the profile is where servers have merged that."""
    profile_id: int
    device: str | None
    trust: int
    subject_id: int | None
    run_id: int | None
    """The first fragment of its run, of what its device said in one go (docs/decisions/0013); None while that is all
    there is of it."""
    leads: bool
    """Whether it takes what comes in its run; its subject is judged by the whole of it."""
    state: Fragment
    run: Run | None = None
    """Its run, where that has had further fragments."""
    stored: tuple[object, ...] | None = None
    """What seldom changes, as it was last written."""

    def seldom(self) -> tuple[object, ...]:
        """Give what seldom changes, in the order of its columns."""
        mine = (self.home_id, self.profile_id, self.device, int(self.trust), self.subject_id)
        return (*mine, self.run_id, int(self.leads), int(bool(self.state.said)))

    @property
    def run_number(self) -> int:
        """The number of its run: the id of the run's first fragment."""
        return self.run_id or self.id

    def run_rows(self) -> Iterable[FragmentRow]:
        """Give the fragments of its run."""
        return (self,) if self.run is None else self.run.rows.values()

    def seen_rows(self) -> Iterable[FragmentRow]:
        """Give the fragments that its own view shows."""
        return self.run_rows() if self.leads else (self,)

    def own_view(self) -> Fragment:
        """Give what its device sees of itself, as long as no more than a claim links it."""
        return join([own_view(one.state) for one in self.seen_rows()])


@dataclass(eq=False)
class Run:
    """The fragments of one run, by id; each is the one object that the writer holds of it."""

    rows: dict[int, FragmentRow] = field(default_factory=dict)


def listed(ids: Iterable[object]) -> str:
    """Write ids for `json_each(?)`, so that one statement serves any number of them."""
    return json.dumps(list(ids))
