"""What servers and people at the console do to links, in the model: merge, un-merge, unlink, erase; and giving way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from engine.domain.events import Trust
from engine.domain.identity import identifiers_of
from tests.identity.facts import DEVICE, Entry, Facts, Identifier, Part, pairs


class NotDone(Exception):
    """There is nobody, or nothing to take it from."""


def merge(facts: Facts, into: Identifier, source: Identifier) -> None:
    """Join two profiles by the server's word. Raises NotDone."""
    one, other = facts.profile_of(into), facts.profile_of(source)
    if one is None or other is None:
        raise NotDone
    if one == other:
        return
    if facts.is_known(other) and not facts.is_known(one):
        one, other = other, one
    facts.apart -= pairs(facts.identifiers_of(one), facts.identifiers_of(other))
    if facts.is_known(other):
        facts.edges.append((other, one))
        return
    for part in facts.parts_of(other):
        part.home, part.trust, part.by_server = one, Trust.SERVER, True


def unlink(facts: Facts, identity: Identifier) -> None:
    """Take a link back; what it joined is kept apart from now on. Raises NotDone."""
    profile = facts.profile_of(identity)
    if profile is None:
        raise NotDone
    before = facts.identifiers_of(profile)
    names = {one for one in before if one[0] != DEVICE}
    if identity[0] == DEVICE:
        if not names and all(part.device == identity[1] for part in facts.parts_of(profile)):
            raise NotDone
        unlink_device(facts, identity[1])
        facts.apart |= pairs({identity}, names)
        return
    if before == {identity}:
        raise NotDone
    unlink_name(facts, identity)
    after = facts.profile_of(identity)
    still = set() if after is None else facts.identifiers_of(after)
    facts.apart |= pairs({identity}, (names - {identity} or before) - still)


def first_to_go(facts: Facts, home: int) -> str | None:
    """Give the device that a home can best do without: of those that only claim, the one that was longest unused."""

    def is_claimed(device: str) -> bool:
        return all(part.trust is Trust.CLAIMED for part in facts.parts_in(home) if part.device == device)

    def last_used_at(device: str) -> int:
        mine = [part for part in facts.parts_in(home) if part.device == device]
        return max(entry.event.occurred_at for entry in facts.entries_of(mine))

    return min((one for _, one in sorted(facts.devices_in(home)) if is_claimed(one)), key=last_used_at, default=None)


def unmerge(facts: Facts, home: int) -> bool:
    """Cut the edge from a home upwards, or those right below one that has none; False where there is nothing to cut."""
    upwards = [edge for edge in facts.edges if edge[0] == home]
    cut = upwards or [edge for edge in facts.edges if edge[1] == home]
    facts.edges = [edge for edge in facts.edges if edge not in cut]
    return bool(cut)


def unlink_device(facts: Facts, device: str) -> None:
    """Take all that a device told out of the home that it is in; its view forgets the names of whom it left."""
    home = facts.current[device].home
    names = facts.names_in(home)
    parts = leave(facts, device, home, keep=False)
    for entry in facts.entries_of(one for part in parts for one in facts.parts_of_run(part.run)):
        entry.said -= names


def leave(facts: Facts, device: str, home: int, keep: bool) -> list[Part]:
    """Move all parts of a device out of a home, to one of their own without the names that they had there; where there
    is nothing else, the home stays theirs. Those names stay said where told to `keep` them."""
    parts = [part for part in facts.parts_in(home) if part.device == device]
    names = facts.names_in(home)
    if facts.parts_in(home) == parts:
        unmerge(facts, home)
    else:
        _split_off(facts, parts)
    _forget(facts, parts, names, keep)
    for part in parts:
        part.trust, part.by_server = Trust.CLAIMED, False
    _tidy(facts, home)
    return parts


def unlink_name(facts: Facts, name: Identifier) -> None:
    """Take a name that was merged with others from them, one that was not out of its home; the only name of a home
    stays with the records that there are."""
    home = facts.owner[name]
    if unmerge(facts, home):
        return
    if facts.names_in(home) == {name}:
        _let_devices_go(facts, home, keep=False)
    else:
        take_out(facts, name, keep=False)


def take_out(facts: Facts, name: Identifier, keep: bool) -> None:
    """Take a name out of its home, with the parts that it alone holds there; an only name goes alone. Devices that
    have named it still say so where told to `keep` that."""
    home = facts.owner[name]
    if facts.names_in(home) == {name}:
        _let_devices_go(facts, home, keep)
        leaving = []
    else:
        leaving = [part for part in facts.parts_in(home) if facts.carried(part) == {name}]
    if leaving:
        facts.owner[name] = _split_off(facts, leaving)
    _forget(facts, facts.parts_in(home), {name}, keep)
    _tidy(facts, home)


def _let_devices_go(facts: Facts, home: int, keep: bool) -> None:
    for device in dict.fromkeys(part.device for part in facts.parts_in(home) if part.device is not None):
        leave(facts, device, home, keep)


def erase(facts: Facts, identity: Identifier, at: int) -> None:
    """Take away all that is known of a profile, and remember whom. Raises NotDone."""
    profile = facts.profile_of(identity)
    if profile is None:
        raise NotDone
    gone = facts.parts_of(profile)
    names = facts.identifiers_of(profile)
    kept = {(DEVICE, part.device) for part in facts.parts if part.device is not None and part not in gone}
    facts.erased.update({one: at for one in names - kept})
    facts.entries = [entry for entry in facts.entries if entry.part not in gone]
    facts.parts = [part for part in facts.parts if part not in gone]
    homes = {part.home for part in gone}
    facts.owner = {name: home for name, home in facts.owner.items() if home not in homes}
    facts.current = {device: here for device in facts.current if (here := _still(facts, device, gone)) is not None}
    facts.edges = [edge for edge in facts.edges if not homes.intersection(edge)]
    facts.apart = {pair for pair in facts.apart if not pair & (names - kept)}
    facts.proven -= {value for namespace, value in names - kept if namespace == DEVICE}
    for entry in facts.entries:
        _name_no_more(entry, names - kept)


def _still(facts: Facts, device: str, gone: Sequence[Part]) -> Part | None:
    """Give the part that leads when some are gone: the newest that is left of the run, else of the device."""
    current = facts.current[device]
    left = facts.parts_by(device)
    newest = max(left, key=lambda part: (part.run == current.run, part.number), default=None)
    return current if current not in gone else newest


def _name_no_more(entry: Entry, names: set[Identifier]) -> None:
    """Let an event of somebody else not say any more what an erased person was known by."""
    gone: dict[str, None] = {
        namespace: None for namespace, value in identifiers_of(entry.event) if (namespace, value) in names
    }
    entry.event = replace(entry.event, **gone)
    entry.said -= names


def _split_off(facts: Facts, parts: Iterable[Part]) -> int:
    facts.homes += 1
    for part in parts:
        part.home, part.by_server, part.trust = facts.homes, False, _proof(facts, part)
    return facts.homes


def _proof(facts: Facts, part: Part) -> Trust:
    """Tell by what trust at best the events of a part name its person."""
    return max((entry.event.trust for entry in facts.entries_of([part]) if entry.carried), default=Trust.CLAIMED)


def _forget(facts: Facts, parts: Iterable[Part], names: set[Identifier], keep: bool) -> None:
    """Let names count no more in what parts have told, nor the proof that was about them; to `keep` is to let them
    stay said."""
    for part in parts:
        mine = facts.entries_of([part])
        has_told = any(names & (entry.carried | entry.said) for entry in mine)
        for entry in mine:
            told = entry.carried | entry.said
            entry.carried -= names
            entry.said = told - entry.carried if keep else entry.said - names
        if has_told:
            part.trust = Trust.SERVER if part.by_server else _proof(facts, part)


def _tidy(facts: Facts, home: int) -> None:
    """Release names that nothing in a home carries any more; parts that are left without any name go their own ways."""
    parts = facts.parts_in(home)
    carried = {name for part in parts for name in facts.carried(part)}
    for name in facts.names_in(home) - carried:
        del facts.owner[name]
    if not carried:
        unmerge(facts, home)
        first, *others = _by_device(parts)
        for part in first:
            part.trust, part.by_server = Trust.CLAIMED, False
        for some in others:
            _split_off(facts, some)


def _by_device(parts: Iterable[Part]) -> list[list[Part]]:
    """Gather parts by their devices, in order; what has none stays by itself."""
    gathered: dict[object, list[Part]] = {}
    for part in parts:
        gathered.setdefault(part.device or part, []).append(part)
    return list(gathered.values())
