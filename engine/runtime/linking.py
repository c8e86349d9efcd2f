"""How fragments come to homes and homes to profiles, and how that is taken back (docs/decisions/0009).

Everything here changes rows within a transaction and notes whom it touched; `Following` works out what follows."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from itertools import product

from engine.domain.audiences import Cause
from engine.domain.events import Trust
from engine.domain.identity import DEVICE, Identifier, parted
from engine.domain.profiles import Fragment
from engine.runtime.following import Following, Touch
from engine.runtime.person import Person
from engine.runtime.replay import replay
from engine.storage import columns, events, fragments, identifiers, merges, subjects
from engine.storage.fragments import Link
from engine.storage.rows import FragmentRow, Kind, SubjectRow


class Linking:
    """Links and unlinks in one transaction."""

    def __init__(self, connection: sqlite3.Connection, following: Following) -> None:
        self.connection = connection
        self.following = following
        self.world = following.world
        self.verdicts = following.verdicts
        self.now = following.now

    def join(self, former: Person, home: int, link: Link) -> None:
        """Let an anonymous profile become part of a home. Its one device goes on as a subject of its own."""
        person = self.world.person_of_home(home)
        self.verdicts.no_longer_counts(former.subject)
        self.world.drop(former)
        parts = list(former.fragments.values())
        person.devices.update(former.devices)
        for own in former.devices.values():
            own.profile_id = person.id
        for row in parts:
            row.trust = link.trust
            self.world.links.append(link.of(row.id, home, former.id))
            self.world.put(row, home, person)
        if len(parts) == 1 and parts[0].subject_id is None and parts[0].device is not None:
            former.subject.kind, former.subject.profile_id = Kind.DEVICE, person.id
            person.devices[former.id] = former.subject
            parts[0].subject_id = former.id
            self.world.former_profiles.append(former.id)
        else:
            self.world.retire(former.subject, person)
        self.following.touch(person, everything=True, cause=Cause.MERGE)

    def merge(self, into: Person, source: Person, author: str | None) -> None:
        """Make one known profile part of another, until that is taken back. What had set them apart is forgotten."""
        cursor = self.world.last_id(self.connection, "membership_changes")
        self.world.fork_devices(self.connection, source, self.now, cursor)
        self.let_join(into.all_names(), source.all_names())
        merges.add(self.connection, source.id, into.id, self.now, author)
        self.verdicts.leave_all(source.subject, Cause.MERGE, self.now)
        self.world.drop(source)
        self._take_over(into, source.fragments.values(), source.devices.values())
        subjects.lead_to(self.connection, subjects.part_of(self.connection, source.id), into.id)
        self.world.retire(source.subject, into)
        columns.stale(self.connection, [source.id])
        self._settle(into, Cause.MERGE)

    def unmerge(self, person: Person, home: int) -> list[Person]:
        """Cut the edges that tie a home to the rest of its profile; give the profiles that are their own again."""
        apart: list[Person] = []
        for source in merges.edges_at(self.connection, home):
            homes = merges.below(self.connection, source)
            merges.undo(self.connection, source, self.now)
            parts = [row for row in person.fragments.values() if row.home_id in homes]
            freed = self._revived(subjects.load(self.connection, [source])[source])
            own = {row.subject_id for row in parts}
            devices = [person.devices.pop(id) for id in list(person.devices) if id in own]
            self._take_over(freed, parts, devices)
            self._settle(freed, Cause.UNLINK)
            former = fragments.befores(self.connection, [row.id for row in parts])
            subjects.lead_to(self.connection, (homes | former) - {source}, freed.id)
            apart.append(freed)
        if apart:
            self._settle(person, Cause.UNLINK)
        return apart

    def unlink_device(
        self, row: FragmentRow, are_said: bool = False, cause: Cause | None = Cause.UNLINK
    ) -> list[Person]:
        """Take a device's fragments out of a home; a device that is all there is of it keeps the profile instead,
        without its names. With `are_said` its own view keeps them. Gives the profiles that are new."""
        person, home = self.world.person_of_fragment(row.id), row.home_id
        theirs = [one for one in person.parts_of(home) if one.device == row.device]
        is_all = len(theirs) == len(person.parts_of(home))
        freed = self.unmerge(person, home) if is_all else []
        person = self.world.person_of_fragment(row.id)
        names = [one for one in person.names_in(home) if one[0] != DEVICE]
        if not is_all:
            freed.append(self._split_off(theirs, cause))
        self._forget(theirs, names, are_said=are_said, cause=cause)
        return [*freed, *self._let_go(person, home)]

    def unlink_name(self, person: Person, home: int, name: Identifier) -> list[Person]:
        """Take a name out of its profile: a merged home by cutting the merge, else the name out of its home; records
        stay with their only name. Gives the new profiles."""
        if freed := self.unmerge(person, home):
            return freed
        if _others(person, home, name):
            return self.let_name_go(person, home, name)
        return self._let_devices_go(person, home)

    def let_name_go(self, person: Person, home: int, name: Identifier, is_said: bool = False) -> list[Person]:
        """Take a name out of its home, with the fragments that it alone holds there; an only name goes alone. With
        `is_said` devices' own views keep it. Gives the new profiles."""
        others, freed = _others(person, home, name), []
        if others:
            leaving = [row for row in person.parts_of(home) if _carries(row, {name}) and not _carries(row, others)]
            if leaving:
                freed.append(self._split_off(leaving))
                self.world.name(name, freed[0].id)
        else:
            freed += self._let_devices_go(person, home, is_said)
            person = self.world.person_of_home(home)
        staying = [row for row in person.parts_of(home) if _mentions(row, name)]
        self._forget(staying, [name], self._linked_by_servers(staying), is_said)
        return [*freed, *self._let_go(person, home)]

    def _let_devices_go(self, person: Person, home: int, are_said: bool = False) -> list[Person]:
        rows = [row for row in person.parts_of(home) if row.device is not None]
        return [freed for row in rows for freed in self.unlink_device(row, are_said)]

    def _linked_by_servers(self, rows: Sequence[FragmentRow]) -> set[int]:
        """Give those of some fragments that a server has linked by its own word, not by an event."""
        facts = fragments.last_links(self.connection, [row.id for row in rows])
        facts |= {link.fragment_id: link for link in self.world.links}
        return {row.id for row in rows if facts[row.id].kind == "merge"}

    def keep_apart(self, some: Iterable[Identifier], others: Iterable[Identifier]) -> None:
        """Let no claim join any of some with any of others."""
        pairs = {frozenset(pair) for pair in product(some, others) if pair[0] != pair[1]}
        identifiers.keep_apart(self.connection, pairs, self.now)
        self.world.apart |= pairs

    def let_join(self, some: Iterable[Identifier], others: Iterable[Identifier]) -> None:
        """Proof has joined them: claims may again."""
        if not self.world.apart:
            return
        pairs = {frozenset(pair) for pair in product(some, others)} & self.world.apart
        identifiers.let_join(self.connection, pairs)
        self.world.apart -= pairs

    def _split_off(self, rows: Sequence[FragmentRow], cause: Cause | None = Cause.UNLINK) -> Person:
        """Move fragments to a home of their own, where only their events prove whose they are: a server's word was
        about the home that they leave. A device's subject becomes its profile."""
        person = self.world.person_of_fragment(rows[0].id)
        for row in rows:
            self._weaken(row)
        devices = [person.devices.pop(row.subject_id) for row in rows if row.subject_id is not None]
        if len(rows) == 1 and devices:
            freed = self._revived(devices.pop())
            rows[0].subject_id = None
        else:
            freed = self.world.add_person(self.connection, self.now)
        for row in rows:
            row.trust = proof_in(row.state)
            self.world.links.append(Link(row.id, freed.id, row.home_id, "unlink", row.trust, self.now, None))
            row.home_id = freed.id
        self._take_over(freed, rows, devices)
        self._settle(freed, cause)
        self._settle(person, Cause.UNLINK)
        return freed

    def _revived(self, subject: SubjectRow) -> Person:
        """Let a subject that was part of a profile be one of its own."""
        subject.kind, subject.profile_id = Kind.PROFILE, subject.id
        subject.met = max((one.number for one in self.verdicts.walks), default=subject.met)
        self.verdicts.counts_again(subject)
        self.world.revived.append(subject.id)
        return self.world.keep(Person(subject))

    def _take_over(self, person: Person, rows: Iterable[FragmentRow], devices: Iterable[SubjectRow]) -> None:
        for own in devices:
            own.profile_id = person.id
            person.devices[own.id] = own
        for row in list(rows):
            self.world.put(row, row.home_id, person)
            self.world.profile_of_home[row.home_id] = person.id

    def _weaken(self, row: FragmentRow) -> None:
        """Before a link may lose its proof: what its device saw of the whole profile is no more its own."""
        if row.trust > Trust.CLAIMED:
            self.world.retire_own(self.world.person_of_fragment(row.id), row)

    def _forget(
        self,
        rows: Sequence[FragmentRow],
        names: Collection[Identifier],
        by_server: Collection[int] = (),
        are_said: bool = False,
        cause: Cause | None = Cause.UNLINK,
    ) -> None:
        """Take names out of what fragments hold, and with them the proof that was about them; those that a server has
        linked stay linked by its word. With `are_said` they still count as what the devices said."""
        mentioning = [row for row in rows if any(_mentions(row, name) for name in names)]
        if not mentioning:
            return
        events.forget_names(self.connection, [row.id for row in mentioning], names, are_said)
        states = replay(self.connection, mentioning, self.verdicts.registry)
        for row in mentioning:
            self._weaken(row)
            row.state = states[row.id]
            person = self.world.person_of_fragment(row.id)
            row.trust = Trust.SERVER if row.id in by_server else proof_in(row.state)
            self.world.links.append(Link(row.id, row.home_id, None, "unlink", row.trust, self.now, None))
            self.world.touch(person, row)
            touch = self._settle(person, cause)
            touch.fragments.add(row.id)
            if not are_said:
                touch.parted.add(row.id)

    def _let_go(self, person: Person, home: int) -> list[Person]:
        """Release what a home holds and none of its fragments carries any more; one without a name is merged with
        nobody, and its devices have nothing in common."""
        carried = person.names_in(home)
        self.world.save_names(self.connection)
        held = identifiers.of_homes(self.connection, [home])
        self.world.release(self.connection, held.keys() - carried.keys())
        if any(namespace != DEVICE for namespace, _ in carried):
            return []
        freed = self.unmerge(person, home)
        first, *others = _by_device(self.world.person_of_home(home).parts_of(home))
        for row in first:
            self._end_link(row)
        return [*freed, *(self._split_off(rows) for rows in others)]

    def _end_link(self, row: FragmentRow) -> None:
        """Let a fragment that stays be linked by no more than its own events."""
        if row.trust > proof_in(row.state):
            self._weaken(row)
            row.trust = proof_in(row.state)
            self.world.links.append(Link(row.id, row.home_id, None, "unlink", row.trust, self.now, None))
            person = self.world.person_of_fragment(row.id)
            self.world.touch(person, row)
            self._settle(person, Cause.UNLINK)

    def _settle(self, person: Person, cause: Cause | None) -> Touch:
        self.world.touch(person)
        columns.stale(self.connection, [person.id])
        return self.following.touch(person, everything=True, cause=cause)


def proof_in(state: Fragment) -> Trust:
    """Tell by what trust at best a fragment's events name its person."""
    people = (seen.trust for key, seen in state.identities.items() if parted(key)[0] != DEVICE)
    return Trust(max(people, default=Trust.CLAIMED))


def _by_device(rows: Iterable[FragmentRow]) -> list[list[FragmentRow]]:
    """Put the fragments of each device together, and each record by itself."""
    groups: dict[str | int, list[FragmentRow]] = {}
    for row in rows:
        groups.setdefault(row.device or row.id, []).append(row)
    return list(groups.values())


def _others(person: Person, home: int, name: Identifier) -> set[Identifier]:
    """List the other names of people that a home has."""
    return {one for one in person.names_in(home) if one[0] != DEVICE and one != name}


def _carries(row: FragmentRow, names: Collection[Identifier]) -> bool:
    return any(f"{namespace}:{value}" in row.state.identities for namespace, value in names)


def _mentions(row: FragmentRow, name: Identifier) -> bool:
    key = ":".join(name)
    return key in row.state.identities or key in row.state.said
