"""What servers and people at the console do to links, in the model: merge, un-merge, unlink, erase; and giving way."""

from __future__ import annotations

from collections.abc import Iterable

from engine.domain.events import Trust
from tests.identity.facts import DEVICE, Facts, Identifier, Part, pairs


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
        if not names and len(facts.parts_of(profile)) == 1:
            raise NotDone
        unlink_device(facts, facts.current[identity[1]])
        facts.apart |= pairs({identity}, names)
        return
    if before == {identity}:
        raise NotDone
    unlink_name(facts, identity)
    after = facts.profile_of(identity)
    still = set() if after is None else facts.identifiers_of(after)
    facts.apart |= pairs({identity}, (names - {identity} or before) - still)


def give_way(facts: Facts, home: int) -> bool:
    """Let the claimed link that was longest unused leave a home; False where there is none."""
    claimed = [part for part in facts.parts_in(home) if part.device is not None and part.trust is Trust.CLAIMED]
    if not claimed:
        return False
    unlink_device(facts, min(claimed, key=lambda part: max(e.event.occurred_at for e in facts.entries_of([part]))))
    return True


def unmerge(facts: Facts, home: int) -> bool:
    """Cut the edge from a home upwards, or those right below one that has none; False where there is nothing to cut."""
    upwards = [edge for edge in facts.edges if edge[0] == home]
    cut = upwards or [edge for edge in facts.edges if edge[1] == home]
    facts.edges = [edge for edge in facts.edges if edge not in cut]
    return bool(cut)


def unlink_device(facts: Facts, part: Part) -> None:
    """Move a device's part out of its home, without the names that it said there."""
    home = part.home
    if len(facts.parts_in(home)) == 1:
        unmerge(facts, home)
    else:
        _split_off(facts, [part])
    part.by_server = False
    _forget(facts, [part])
    part.trust = Trust.CLAIMED
    _tidy(facts, home)


def unlink_name(facts: Facts, name: Identifier) -> None:
    """Take a name that was merged with others from them, one that was not out of its home."""
    home = facts.owner[name]
    if unmerge(facts, home):
        return
    if facts.names_in(home) != {name}:
        take_out(facts, name)
        return
    for part in facts.parts_in(home):
        if part.device is not None:
            unlink_device(facts, part)


def take_out(facts: Facts, name: Identifier) -> None:
    """Take a name out of its home, which has others, with the parts that it alone holds there."""
    home = facts.owner[name]
    parts = facts.parts_in(home)
    leaving = [part for part in parts if facts.carried(part) == {name}]
    if leaving:
        facts.owner[name] = _split_off(facts, leaving)
    _forget(facts, [part for part in parts if part not in leaving], name)
    _tidy(facts, home)


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
    facts.current = {device: part for device, part in facts.current.items() if part not in gone}
    facts.edges = [edge for edge in facts.edges if not homes.intersection(edge)]
    facts.apart = {pair for pair in facts.apart if not pair & names}


def _split_off(facts: Facts, parts: Iterable[Part]) -> int:
    facts.homes += 1
    for part in parts:
        part.home = facts.homes
    return facts.homes


def _forget(facts: Facts, parts: Iterable[Part], name: Identifier | None = None) -> None:
    """Let a name (any name) count no more in what parts have told, nor the proof that was about it."""
    for part in parts:
        mine = facts.entries_of([part])
        if any(name in entry.carried | entry.said for entry in mine):
            proof = [entry.event.trust for entry in mine if entry.carried - {name}]
            part.trust = Trust.SERVER if part.by_server else max(proof, default=Trust.CLAIMED)
        for entry in mine:
            gone = {name} if name is not None else entry.carried | entry.said
            entry.carried, entry.said = entry.carried - gone, entry.said - gone


def _tidy(facts: Facts, home: int) -> None:
    """Release names that nothing in a home carries any more; parts that are left without any name go their own ways."""
    parts = facts.parts_in(home)
    carried = {name for part in parts for name in facts.carried(part)}
    for name in facts.names_in(home) - carried:
        del facts.owner[name]
    if not carried:
        unmerge(facts, home)
        for part in parts[1:]:
            _split_off(facts, [part])
