"""Reads of profiles, as `ports.Profiles` promises them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.catalog import Fields
from engine.domain.audiences import MembershipChange
from engine.domain.contact import normalise_email
from engine.domain.events import Trust
from engine.domain.profiles import join
from engine.errors import NotFound
from engine.language.explain import Explanation, explain
from engine.ports import Page, Profile, ProfileBy, ProfileQuery, StoredEvent, Visitor, Window
from engine.runtime.house import House
from engine.runtime.paging import Slice, fetch
from engine.runtime.reading import Reader, view_of
from engine.runtime.registry import Included, Registry
from engine.storage import changes, events, fragments, identifiers, listing, subjects
from engine.storage.identifiers import NOTHING
from engine.storage.rows import FragmentRow, Kind
from engine.values import format_time

ALL_HISTORY = 2**62


@dataclass(frozen=True, slots=True)
class Profiles:
    """Everything here reads one snapshot on a reader's thread."""

    house: House

    async def find(self, by: ProfileBy) -> Profile | None:
        """Find one profile; e-mail is compared after normalising."""

        def read(connection: sqlite3.Connection) -> Profile | None:
            id = found_by(connection, by)
            return None if id is None else self._reader(connection).profiles([id])[0]

        return await self.house.read(read)

    async def of_visitor(self, anonymous_id: str) -> Profile | None:
        """Give what this device may see of itself."""

        def read(connection: sqlite3.Connection) -> Profile | None:
            row = device_of(connection, anonymous_id)
            return None if row is None else self._reader(connection).device(row)

        return await self.house.read(read)

    async def visitor(self, anonymous_id: str) -> Visitor:
        """Give the short answer for a browser."""
        profile = await self.of_visitor(anonymous_id)
        if profile is None:
            return Visitor()
        return Visitor(profile.known, tuple(sorted(one.audience.slug for one in profile.audiences)))

    async def many(self, ids: Sequence[int]) -> Sequence[Profile | None]:
        """Give profiles by id, in the order asked."""
        return await self.house.read(lambda connection: self._reader(connection).profiles(ids))

    async def search(self, query: ProfileQuery, window: Window) -> Page[Profile]:
        """List profiles."""

        def read(connection: sqlite3.Connection) -> Page[Profile]:
            text = query.text.strip() if query.text else None
            chosen = listing.Choice(query.known, text or None, query.order.value, query.descending)

            def part(slice: Slice) -> list[tuple[int, int]]:
                return listing.profiles(connection, chosen, slice.beyond, slice.limit, slice.backwards)

            rows = fetch(window, (int, int), part)
            made = self._reader(connection).profiles([id for _, id in rows.items])
            page = rows.page(lambda row: row, listing.count(connection, chosen))
            return Page([one for one in made if one], page.cursors, page.has_next, page.has_previous, page.total)

        return await self.house.read(read)

    async def events(self, profile_id: int, window: Window, types: Sequence[str] | None = None) -> Page[StoredEvent]:
        """List a profile's (or device's own) events, newest first."""

        def read(connection: sqlite3.Connection) -> Page[StoredEvent]:
            ids = [row.id for row in fragments_of(connection, profile_id)]

            def newest(part: Slice) -> list[events.EventRow]:
                beyond = None if part.beyond is None else (int(part.beyond[0]), int(part.beyond[1]))
                return events.newest(connection, ids, types, beyond, part.limit, part.backwards)

            rows = fetch(window, (int, int), newest)
            page = rows.page(lambda row: (row.event.occurred_at, row.id))
            shown = [StoredEvent(row.id, row.event) for row in rows.items]
            return Page(shown, page.cursors, page.has_next, page.has_previous)

        return await self.house.read(read)

    async def event(self, event_id: int) -> StoredEvent | None:
        """Give one event by id."""
        row = await self.house.read(lambda connection: events.one(connection, event_id))
        return None if row is None else StoredEvent(row.id, row.event)

    async def history(self, profile_id: int, window: Window) -> Page[MembershipChange]:
        """List entries and exits, newest first; a device that became a subject of its own keeps its past."""

        def read(connection: sqlite3.Connection) -> Page[MembershipChange]:
            subject = subjects.load(connection, [profile_id]).get(profile_id)
            sources = [(profile_id, ALL_HISTORY)]
            if subject is not None and subject.forked_from is not None and subject.forked_at is not None:
                sources.append((subject.forked_from, subject.forked_at))

            def newest(part: Slice) -> list[MembershipChange]:
                beyond = None if part.beyond is None else int(part.beyond[0])
                return changes.of_subject(connection, sources, beyond, part.limit, part.backwards)

            return fetch(window, (int,), newest).page(lambda change: (change.cursor,))

        return await self.house.read(read)

    async def explain(self, profile_id: int, slug: str) -> Explanation:
        """Tell why a profile is, or is not, a member now. Raises NotFound."""
        return (await self.explanations(profile_id, [slug]))[0]

    async def explanations(self, profile_id: int, slugs: Sequence[str]) -> Sequence[Explanation]:
        """Tell the same of several audiences from one look at the profile. Raises NotFound."""
        registry, now = self.house.registry, self.house.clock.now()
        for slug in slugs:
            if slug not in registry.ids:
                raise NotFound(f"There is no audience {slug}.", ("audience",))

        def read(connection: sqlite3.Connection) -> Sequence[Explanation]:
            subject = subjects.load(connection, [profile_id]).get(profile_id)
            if subject is None:
                raise NotFound("There is no such profile.", ("profile",))
            rows = fragments_of(connection, profile_id)
            own = next((row for row in rows if row.subject_id == profile_id), None)
            state = join([row.state for row in rows]) if own is None else view_of(connection, own)
            fields = Fields(state, now, registry.leaves.numbers)
            included = Included(registry.ids, subject.memberships)
            return [_explained(registry, registry.ids[slug], fields, included) for slug in slugs]

        return await self.house.read(read)

    async def count(self) -> int:
        """Count all profiles."""
        return await self.house.read(subjects.count)

    def _reader(self, connection: sqlite3.Connection) -> Reader:
        return Reader(connection, self.house)


def _explained(registry: Registry, audience_id: int, fields: Fields, included: Included) -> Explanation:
    found = explain(registry.definitions[audience_id], fields, fields.now, included)
    ends_at = registry.ends.get(audience_id)
    return found if ends_at is None else _ending(found, ends_at, fields.now)


def _ending(found: Explanation, ends_at: int, now: int) -> Explanation:
    """Tell of an audience's end too."""
    if ends_at <= now:
        summary = f"{found.summary} The audience expired at {format_time(ends_at)}."
        return replace(found, matched=False, summary=summary, next_change_at=None)
    next_change_at = ends_at if found.next_change_at is None else min(ends_at, found.next_change_at)
    return replace(found, next_change_at=next_change_at)


def found_by(connection: sqlite3.Connection, by: ProfileBy) -> int | None:
    """Find a profile's id; that of a former profile leads to the one it is part of now."""
    if by.identity is not None:
        return _named(connection, by.identity)
    return None if by.id is None else subjects.profiles_of(connection, [by.id]).get(by.id)


def _named(connection: sqlite3.Connection, identity: tuple[str, str]) -> int | None:
    namespace, value = identity
    if namespace == "email":
        value = normalise_email(value) or value
    named = identifiers.look_up(connection, [(namespace, value)]).get((namespace, value), NOTHING)
    if named.home is not None:
        return subjects.profiles_of(connection, [named.home]).get(named.home)
    return None if named.fragment is None else fragments.profiles_of(connection, [named.fragment]).get(named.fragment)


def device_of(connection: sqlite3.Connection, anonymous_id: str) -> FragmentRow | None:
    """Find the fragment that takes what a device tells."""
    named = ("anonymous_id", anonymous_id)
    fragment = identifiers.look_up(connection, [named]).get(named, NOTHING).fragment
    return None if fragment is None else fragments.load(connection, [fragment])[0]


def fragments_of(connection: sqlite3.Connection, subject_id: int) -> list[FragmentRow]:
    """Give the fragments that a subject is judged by."""
    subject = subjects.load(connection, [subject_id]).get(subject_id)
    if subject is None:
        return []
    rows = fragments.of_profiles(connection, [subject.profile_id])
    if subject.kind is Kind.PROFILE:
        return rows
    own = [row for row in rows if row.subject_id == subject_id]
    fragments.gather(connection, own)
    seen = {one.id: one for row in own for one in row.seen_rows()}
    if any(row.trust > Trust.CLAIMED for row in own):
        seen |= {row.id: row for row in rows}
    return list(seen.values())
