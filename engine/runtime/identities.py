"""Links between identities and profiles: seen, made by servers, and taken back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from engine.domain.contact import identifier, normalise_email
from engine.domain.events import Trust
from engine.domain.identity import DEVICE, Identifier, parted
from engine.domain.shown import Link
from engine.errors import InvalidValue, NotFound
from engine.ports import ProfileBy
from engine.runtime.commits import Commits, write_verdicts
from engine.runtime.following import Following
from engine.runtime.linking import Linking
from engine.runtime.person import Person
from engine.runtime.profiles import found_by, fragments_of
from engine.runtime.verdicts import Verdicts
from engine.runtime.world import first_alarm
from engine.storage import fragments, identifiers
from engine.storage.changes import ChangeRow
from engine.storage.identifiers import NOTHING
from engine.storage.rows import FragmentRow

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Identities:
    """Writes go through the writer, one at a time."""

    commits: Commits

    async def links(self, profile_id: int) -> Sequence[Link]:
        """List how each part of a profile came to it, oldest first."""
        return await self.commits.house.read(partial(links_of, profile_id=profile_id))

    async def apart(self, profile_id: int) -> Sequence[tuple[Identifier, Identifier]]:
        """List what no claim joins to a profile again: an identifier of its own, and the other one."""

        def read(connection: sqlite3.Connection) -> Sequence[tuple[Identifier, Identifier]]:
            keys = {key for part in fragments_of(connection, profile_id) for key in part.state.identities}
            return identifiers.apart_from(connection, [parted(key) for key in keys])

        return await self.commits.house.read(read)

    async def merge(self, into: ProfileBy, source: ProfileBy, author: str | None = None) -> int:
        """Join two profiles by the server's word; give the id that goes on."""

        def work(connection: sqlite3.Connection, linking: Linking) -> int:
            target, other = (_person(connection, linking, by) for by in (into, source))
            if target is other:
                return target.id
            linking.following.let_time_pass([target, other])
            if _names(target) and _names(other):
                linking.merge(target, other, author)
                return target.id
            lasting, joining = (target, other) if _names(target) or not _names(other) else (other, target)
            linking.let_join(lasting.all_names(), joining.all_names())
            at = linking.now
            linking.join(joining, lasting.id, fragments.Link(0, 0, None, "merge", Trust.SERVER, at, None))
            return lasting.id

        return await self._change(work)

    async def unlink(self, identity: tuple[str, str], author: str | None = None) -> Sequence[int]:
        """Take a link back; give the profiles that come of it, the one that kept its id first."""
        name = _normal(identity)

        def work(connection: sqlite3.Connection, linking: Linking) -> Sequence[int]:
            world = linking.world
            world.load(connection, [name])
            people = world.people_behind(name)
            if not people:
                raise NotFound(f"Nobody is named by {name[0]} {name[1]}.", ("identity",))
            person = people[0]
            linking.following.let_time_pass([person])
            named = world.named.get(name, NOTHING)
            if named.fragment is not None:
                freed = _unlink_device(linking, person, person.fragments[named.fragment], name)
            else:
                freed = _unlink_name(linking, person, named.home or 0, name)
            return list(dict.fromkeys([person.id, *(one.id for one in freed)]))

        return await self._change(work)

    async def _change(self, work: Callable[[sqlite3.Connection, Linking], T]) -> T:
        """Do it in one transaction with all that follows, and tell those who listen."""
        commits = self.commits

        def run(connection: sqlite3.Connection) -> tuple[T, list[ChangeRow], frozenset[int], int | None]:
            house = commits.house
            verdicts = Verdicts(house.registry, house.backfills)
            following = Following(house.world, verdicts, house.clock.now())
            done = work(connection, Linking(connection, following))
            following.follow(connection)
            changed = house.world.changed_subjects()
            house.profiles += house.world.more_profiles
            rows = write_verdicts(house, connection, verdicts)
            house.world.forget()  # what identifiers lead to has changed all over
            return done, rows, frozenset(one.id for one in changed), first_alarm(changed)

        done, rows, subjects, alarm = await commits.house.write(run)
        commits.bell.set_for(alarm)
        commits.tell(subjects, rows)
        return done


def links_of(connection: sqlite3.Connection, profile_id: int) -> Sequence[Link]:
    """List how each device or record of a profile came to it, oldest first."""
    parts = fragments_of(connection, profile_id)
    facts = fragments.last_links(connection, [part.id for part in parts])
    together: dict[tuple[int, str | int], list[FragmentRow]] = {}
    for part in parts:
        together.setdefault((part.home_id, part.device or part.id), []).append(part)
    shown = [_shown(some, facts[some[0].id]) for some in together.values()]
    return sorted(shown, key=lambda one: one.at)


def _unlink_device(linking: Linking, person: Person, row: FragmentRow, name: Identifier) -> list[Person]:
    names = _names(person)
    if not names and len(person.fragments) == 1:
        raise InvalidValue("This device is linked to nobody.", ("identity",))
    freed = linking.unlink_device(row)
    linking.keep_apart([name], names)
    return freed


def _unlink_name(linking: Linking, person: Person, home: int, name: Identifier) -> list[Person]:
    before = {one for one in person.all_names() if one != name}
    others = {one for one in before if one[0] != DEVICE}
    if not before:
        raise InvalidValue("It is all that this profile is known by: there is nothing to take it from.", ("identity",))
    freed = linking.unlink_name(person, home, name)
    holder = linking.world.people_behind(name)
    still = holder[0].all_names() if holder else set()
    linking.keep_apart([name], (others or before) - still)
    return freed


def _names(person: Person) -> set[Identifier]:
    return {one for one in person.all_names() if one[0] != DEVICE}


def _person(connection: sqlite3.Connection, linking: Linking, by: ProfileBy) -> Person:
    id = found_by(connection, by)
    people = [] if id is None else linking.world.load_people(connection, [id])
    if not people:
        raise NotFound("There is no such profile.", ("profile",))
    return people[0]


def _normal(identity: tuple[str, str]) -> Identifier:
    namespace, value = identity
    found = normalise_email(value) if namespace == "email" else identifier(value)
    return namespace, found or value


def _shown(parts: Sequence[FragmentRow], fact: fragments.Link) -> Link:
    """Show what a device told in a home, as its first fragment came there."""
    part = parts[0]
    return Link(
        device=part.device,
        names=sorted({name for one in parts for name in _people(one.state.identities)}),
        trust=Trust(max(one.trust for one in parts)),
        cause=fact.kind,
        at=fact.at,
        event_id=fact.event_id,
        last_at=max(one.state.last_at for one in parts),
        merged_from=part.home_id if part.home_id != part.profile_id else None,
    )


def _people(keys: Iterable[str]) -> Iterable[Identifier]:
    for key in keys:
        if (name := parted(key))[0] != DEVICE:
            yield name
