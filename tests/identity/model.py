"""Whose is an event? DESIGN §6 and decision 9 once more, as plainly as they can be put, over `facts`."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.domain.events import Event, Trust
from tests.identity import links
from tests.identity.facts import DEVICE, MOST, Entry, Facts, Identifier, Part, pairs


@dataclass
class Model:
    """Takes events in and answers what became of each."""

    facts: Facts = field(default_factory=Facts)
    claims_link: bool = True
    """The setting `identity_link`: whether a claim may link at all."""
    stored: set[tuple[str, str]] = field(default_factory=set)

    def take(self, event: Event, shown: bool = False) -> bool:
        """Take an event in; `shown` tells whether its device's secret came with it. False for one that changes
        nothing: it is there already, or its person was erased after it happened."""
        if (event.source, event.message_id) in self.stored or self._is_of_the_erased(event):
            return False
        self.stored.add((event.source, event.message_id))
        self.facts.entries.append(self._place(event, shown))
        return True

    def show(self, device: str) -> None:
        """Note that a device has shown its secret."""
        self.facts.proven.add(device)

    def _is_of_the_erased(self, event: Event) -> bool:
        erased = self.facts.erased
        return any(one in erased and event.occurred_at <= erased[one] for one in identifiers_of(event))

    def _place(self, event: Event, shown: bool) -> Entry:
        names = names_of(event)
        if not names or self._is_unproven(event, shown):
            return Entry(event, self._where_it_is(event), set(), set())
        while event.trust > Trust.CLAIMED and self._make_way(event, names):
            pass
        owners = self._owners(names)
        if self._may_follow(event, owners):
            part = self._follow(event, names)
            self._attach(part.home, names)
        else:
            part = self._aside(event, owners)
        self._believe(event, part)
        carried = {name for name in names if self.facts.owner.get(name) == part.home}
        return Entry(event, part, carried, set(names) - carried)

    def _is_unproven(self, event: Event, shown: bool) -> bool:
        lacks_secret = event.trust < Trust.SERVER and event.anonymous_id in self.facts.proven and not shown
        return lacks_secret or (event.trust is Trust.CLAIMED and not self.claims_link)

    def _make_way(self, event: Event, names: list[Identifier]) -> bool:
        """Take one thing that was only claimed out of the way of proof; False where nothing is in its way."""
        facts = self.facts
        for name in names:
            if name in facts.owner and (self._is_lent([name], names) or self._is_claimed_elsewhere(name, names)):
                links.take_out(facts, name)
                return True
        owners = self._owners(names)
        current = facts.current.get(event.anonymous_id or "")
        if not owners and current is not None and self._is_guest(current) and self._would_be_theirs(current, names):
            links.unlink_device(facts, current)
            return True
        return self._may_follow(event, owners) and self._make_room_for_names(event, names)

    def _is_lent(self, some: list[Identifier], names: list[Identifier]) -> bool:
        """Tell whether names are held by claim only where other names, which an event does not say, are proven."""
        facts, home = self.facts, self.facts.owner[some[0]]
        others = facts.names_in(home) - set(names)
        is_claimed = all(facts.trust_in(home, name) is Trust.CLAIMED for name in some)
        return is_claimed and any(facts.trust_in(home, other) > Trust.CLAIMED for other in others)

    def _is_claimed_elsewhere(self, name: Identifier, names: list[Identifier]) -> bool:
        """Tell whether a name is held by claim only, by another profile than the one that the other names prove."""
        facts = self.facts
        held = {one: facts.owner[one] for one in names if one in facts.owner}
        proven = {facts.root(home) for one, home in held.items() if facts.trust_in(home, one) > Trust.CLAIMED}
        is_claimed = facts.trust_in(held[name], name) is Trust.CLAIMED
        return is_claimed and bool(proven) and facts.root(held[name]) not in proven

    def _would_be_theirs(self, part: Part, names: list[Identifier]) -> bool:
        """Tell whether names that nobody has would become those of a home: it has none of their kinds yet."""
        return not {namespace for namespace, _ in self.facts.names_in(part.home)} & {name[0] for name in names}

    def _is_guest(self, part: Part) -> bool:
        return part.trust is Trust.CLAIMED and len(self.facts.parts_in(part.home)) > 1

    def _make_room_for_names(self, event: Event, names: list[Identifier]) -> bool:
        """Where names have no room, let a claimed one of their kind go: any, so the first in order."""
        facts, goal = self.facts, self._goal(event, names)
        if goal is None:
            return False
        wanting = {name[0] for name in names if name not in facts.owner and not self._has_room(goal, name)}
        claimed = [
            one for one in facts.names_in(goal) if one[0] in wanting and facts.trust_in(goal, one) is Trust.CLAIMED
        ]
        if claimed:
            links.take_out(facts, min(claimed))
        return bool(claimed)

    def _owners(self, names: list[Identifier]) -> list[int]:
        return list(dict.fromkeys(self.facts.owner[name] for name in names if name in self.facts.owner))

    def _one_of(self, owners: list[int], device: str | None) -> int | None:
        """Choose among homes of one profile: the one that the device is in, else the first by rank."""
        here = self.facts.current[device].home if device in self.facts.current else None
        return here if here in owners else next(iter(owners), None)

    def _may_follow(self, event: Event, owners: list[int]) -> bool:
        """Tell whether an event is about one person who may have it."""
        owner = self._one_of(owners, event.anonymous_id)
        if len({self.facts.root(home) for home in owners}) > 1:
            return False
        if event.trust is Trust.CLAIMED and (self._is_taken_apart(event, owner) or self._leads_to_lent(event, owner)):
            return False
        return owner is None or self._has_place(owner, event.anonymous_id)

    def _leads_to_lent(self, event: Event, owner: int | None) -> bool:
        """Tell whether a claim would bring a device to a proven person by names that are only claimed there."""
        names, facts = names_of(event), self.facts
        if owner is None or (DEVICE, event.anonymous_id) in facts.devices_in(owner):
            return False
        return self._is_lent([name for name in names if facts.owner.get(name) == owner], names)

    def _attach(self, home: int, names: list[Identifier]) -> None:
        """Let a home have the names that nobody has, as far as there is room."""
        for name in names:
            if name not in self.facts.owner and self._has_room(home, name):
                self.facts.owner[name] = home

    def _believe(self, event: Event, part: Part) -> None:
        """Raise a link by the trust of an event that names its person; what proof joins is apart no more."""
        facts, mine = self.facts, identifiers_of(event)
        if not any(facts.owner.get(name) == part.home for name in names_of(event)):
            return
        part.trust = max(part.trust, event.trust)
        if event.trust > Trust.CLAIMED:
            facts.apart -= pairs(mine, {*mine, *facts.names_in(part.home), *facts.devices_in(part.home)})

    def _is_taken_apart(self, event: Event, owner: int | None) -> bool:
        """Tell whether a claim would link what was taken apart: what comes along, and what is there."""
        facts, current = self.facts, self.facts.current.get(event.anonymous_id or "")
        coming = set(identifiers_of(event))
        if current is not None and not facts.names_in(current.home):
            coming |= facts.devices_in(current.home)
        there = set(identifiers_of(event))
        if owner is not None:
            there |= facts.identifiers_of(facts.root(owner))
        return bool(pairs(coming, there) & facts.apart)

    def _has_place(self, home: int, device: str | None) -> bool:
        """Tell whether a home has a place for one more device, or one that can give way."""
        held = self.facts.devices_in(home)
        if device is None or (DEVICE, device) in held or len(held) < MOST[DEVICE]:
            return True
        return links.first_to_go(self.facts, home) is not None

    def _has_room(self, home: int, name: Identifier) -> bool:
        held = [other for other in self.facts.names_in(home) if other[0] == name[0]]
        return len(held) < MOST[name[0]]

    def _aside(self, event: Event, owners: list[int]) -> Part:
        """Keep an event that is not followed: where its device has been with one of those named, else by itself.

        Without a device, the name of the highest rank counts alone."""
        facts, device = self.facts, event.anonymous_id
        current = facts.current.get(device or "")
        if device is None:
            part = self._part_in(owners[0] if owners else None, None)
            self._attach(part.home, [] if owners else names_of(event)[:1])
            return part
        if current is not None and current.home in owners:
            return current
        for home in owners:
            if (DEVICE, device) in facts.devices_in(home):
                return self._part_in(home, device)
        if current is None or facts.names_in(current.home):
            return self._part_in(None, device)
        return current

    def _goal(self, event: Event, names: list[Identifier]) -> int | None:
        """Tell the home that an event is followed to; None for a new one."""
        facts, current = self.facts, self.facts.current.get(event.anonymous_id or "")
        owner = self._one_of(self._owners(names), event.anonymous_id)
        if owner is not None or current is None:
            return owner
        is_free = not facts.names_in(current.home)
        return current.home if is_free or not self._names_another(event, names, current) else None

    def _follow(self, event: Event, names: list[Identifier]) -> Part:
        facts, device = self.facts, event.anonymous_id
        current, goal = facts.current.get(device or ""), self._goal(event, names)
        if goal is not None:
            self._give_place(goal, device)
        if current is None or (facts.names_in(current.home) and current.home != goal):
            return self._part_in(goal, device)
        if goal is not None and goal != current.home:
            for part in facts.parts_in(current.home):
                part.home, part.trust, part.by_server = goal, event.trust, False
        return current

    def _give_place(self, home: int, device: str | None) -> None:
        held = self.facts.devices_in(home)
        leaving = links.first_to_go(self.facts, home)
        if device is not None and (DEVICE, device) not in held and len(held) >= MOST[DEVICE] and leaving is not None:
            links.unlink_device(self.facts, leaving)

    def _names_another(self, event: Event, names: list[Identifier], current: Part) -> bool:
        """Tell whether names that nobody holds are another person's than the device's. A claim is held against what
        this device said itself: it must not tell what others brought."""
        facts = self.facts
        if event.trust is Trust.CLAIMED:
            if pairs(names, facts.identifiers_of(facts.root(current.home))) & facts.apart:
                return True
            known = {name for entry in facts.entries_of([current]) for name in entry.carried | entry.said}
        else:
            known = facts.names_in(current.home)
        return bool({namespace for namespace, _ in known} & {namespace for namespace, _ in names})

    def _where_it_is(self, event: Event) -> Part:
        if event.anonymous_id is None:
            return self._part_in(None, None)
        return self.facts.current.get(event.anonymous_id) or self._part_in(None, event.anonymous_id)

    def _part_in(self, home: int | None, device: str | None) -> Part:
        """Give the part of a device (or the record without one) in a home, and let the device go on there."""
        facts = self.facts
        had = [part for part in facts.parts if part.home == home and part.device == device]
        part = had[0] if had else facts.new_part(device, home)
        if device is not None:
            facts.current[device] = part
        return part


def names_of(event: Event) -> list[Identifier]:
    """List who a person is that an event names, the highest rank first."""
    named = (("user_id", event.user_id), ("email", event.email))
    return [(namespace, value) for namespace, value in named if value is not None]


def identifiers_of(event: Event) -> list[Identifier]:
    """List everything that an event names."""
    device = [(DEVICE, event.anonymous_id)] if event.anonymous_id is not None else []
    return [*device, *names_of(event)]
