"""Rows become the profiles that others see."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Sequence
from functools import partial

from engine.catalog import Fields, attributes
from engine.domain import affinities, scores
from engine.domain.audiences import Audience, Membership
from engine.domain.events import Trust
from engine.domain.identity import parted
from engine.domain.profiles import EMPTY, Fragment, Seen, identifiers_of, join
from engine.domain.shown import Details, Identity, Profile
from engine.runtime.house import House
from engine.runtime.person import seen_when_proven
from engine.storage import fragments, merges, subjects
from engine.storage.rows import FragmentRow, SubjectRow

Told = Callable[[Audience], Audience | None]
"""What is told of an audience; None leaves it out."""


class Reader:
    """Reads profiles from one snapshot, as of one instant."""

    def __init__(self, connection: sqlite3.Connection, house: House) -> None:
        self.connection = connection
        self.house = house
        self.registry = house.registry
        self.now = house.clock.now()
        self.standing: dict[int, Audience] = {}

    def profiles(self, ids: Sequence[int]) -> list[Profile | None]:
        """Give profiles by subject id, in five statements; a former profile's id gives the one it is part of now."""
        whole = subjects.profiles_of(self.connection, ids)
        wanted = set(whole.values())
        rows = subjects.load(self.connection, wanted)
        parts: dict[int, list[FragmentRow]] = {}
        for row in fragments.of_profiles(self.connection, wanted):
            parts.setdefault(row.profile_id, []).append(row)
        merged: dict[int, list[int]] = {}
        former = (*fragments.merged_into(self.connection, wanted), *merges.into(self.connection, wanted))
        for profile, home in former:
            merged.setdefault(profile, []).append(home)
        made = {
            id: self.profile(row, join([one.state for one in parts.get(id, ())]), merged.get(id, ()))
            for id, row in rows.items()
        }
        return [made.get(whole[id]) if id in whole else None for id in ids]

    def device(self, row: FragmentRow) -> Profile:
        """Give what a device may see of itself."""
        subject_id = row.profile_id if row.subject_id is None else row.subject_id
        subject = subjects.load(self.connection, [subject_id])[subject_id]
        return self.profile(subject, view_of(self.connection, row), (), row.device, _as_browsers_see_it)

    def profile(
        self,
        subject: SubjectRow,
        state: Fragment,
        merged_from: Collection[int] = (),
        device: str | None = None,
        told: Told | None = None,
    ) -> Profile:
        """Make a profile of its rows."""
        email = next(iter(identifiers_of(state, "email")), None)
        return Profile(
            id=subject.id,
            known=email is not None,
            email=email,
            first_seen_at=state.first_at,
            last_seen_at=state.last_at,
            audiences=self._memberships(subject, told or self._standing),
            look=partial(_details, state, self.now),
            merged_from=tuple(merged_from),
            device=device,
        )

    def _memberships(self, subject: SubjectRow, told: Told) -> list[Membership]:
        audiences = self.registry.audiences
        found = [
            Membership(audience, since)
            for id, since in subject.memberships.items()
            if id in audiences and (audience := told(audiences[id]))
        ]
        return sorted(found, key=lambda one: (-one.since, one.audience.slug))

    def _standing(self, audience: Audience) -> Audience:
        found = self.standing.get(audience.id)
        if found is None:
            found = self.standing[audience.id] = self.house.standing(audience)
        return found


def view_of(connection: sqlite3.Connection, row: FragmentRow) -> Fragment:
    """Give what a device sees of itself: that of its run while only a claim links it, else all there is."""
    fragments.gather(connection, [row])
    if row.subject_id is not None and row.trust == Trust.CLAIMED:
        return row.own_view()
    whole = join([one.state for one in fragments.of_profiles(connection, [row.profile_id])])
    return whole if row.subject_id is None else seen_when_proven(row, whole)


def _as_browsers_see_it(audience: Audience) -> Audience | None:
    """Leave out what is not for front ends; size and progress are none of theirs, so they are not worked out."""
    return audience if audience.personalizable else None


def _details(state: Fragment, now: int) -> Details:
    fields = Fields(state, now)
    strengths = affinities.strengths(state.topics, now)
    return Details(
        identities=[_identity(key, seen) for key, seen in sorted(state.identities.items())],
        attributes=attributes(fields) if state is not EMPTY else {},
        scores=_scores(fields),
        affinities=dict(sorted(strengths.items(), key=lambda item: (-item[1], item[0]))),
    )


def _identity(key: str, seen: Seen) -> Identity:
    return Identity(*parted(key), Trust(seen.trust), seen.first_at, seen.last_at)


def _scores(fields: Fields) -> dict[str, int]:
    basis = fields.basis
    if basis is None:
        return {}
    found = ((name, scores.score(basis, name, fields.now)) for name in scores.SCORE_NAMES)
    return {name: value for name, value in found if value is not None}
