"""A profile in memory: its fragments, and the devices that are subjects of their own."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.domain.events import Trust
from engine.domain.identity import Identifier, parted
from engine.domain.profiles import EMPTY, Fragment, join, own_view, said_alone
from engine.storage.rows import FragmentRow, Kind, SubjectRow

_TRUST = tuple(Trust)


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
        row = next((row for row in self.fragments.values() if row.subject_id == subject.id), None)
        if row is None:
            return EMPTY
        return row.own_view() if row.trust == Trust.CLAIMED else seen_when_proven(row, self.state)

    def subject_of(self, row: FragmentRow) -> SubjectRow:
        """Who a device is when it asks: itself while it shares a profile by claim only."""
        return self.subject if row.subject_id is None else self.devices[row.subject_id]

    def all_subjects(self) -> list[SubjectRow]:
        """The profile and its devices."""
        return [self.subject, *self.devices.values()]

    def parts_of(self, home: int) -> list[FragmentRow]:
        """The fragments of a home, in order of id."""
        return sorted((row for row in self.fragments.values() if row.home_id == home), key=lambda row: row.id)

    def all_names(self) -> set[Identifier]:
        """What all fragments carry, devices too."""
        return {name for home in {row.home_id for row in self.fragments.values()} for name in self.names_in(home)}

    def names_in(self, home: int) -> dict[Identifier, Trust]:
        """What the fragments of a home carry, devices too, each by its best trust."""
        best: dict[str, int] = {}
        for row in self.fragments.values():
            if row.home_id == home:
                for key, seen in row.state.identities.items():
                    if best.get(key, -1) < seen.trust:
                        best[key] = seen.trust
        return {parted(key): _TRUST[trust] for key, trust in best.items()}


def seen_when_proven(row: FragmentRow, whole: Fragment) -> Fragment:
    """Give what a device sees that is proven to be a profile's: all of it, and what its own run said and did."""
    parts = list(row.seen_rows())
    elsewhere = [own_view(one.state) for one in parts if one.profile_id != row.profile_id]
    return join([whole, *elsewhere, *(said_alone(one.state) for one in parts if one.state.said)])


def sees_something_else(row: FragmentRow, beside: int) -> bool:
    """Tell whether a device sees something else than the profile that it is in with some other fragments; nobody asks
    for those parts of its run that do not lead."""
    if row.device is None or not row.leads:
        return False
    said = any(one.state.said for one in row.seen_rows())
    if row.trust > Trust.CLAIMED:
        return said or any(one.profile_id != row.profile_id for one in row.seen_rows())
    return said or beside > 0 or any(one is not row for one in row.seen_rows())
