"""Whose is an event? DESIGN §6 and decisions 9 and 13 once more, as plainly as can be, over `facts` and `runs`."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.domain.events import Event, Trust
from tests.identity import links, runs
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
        part = self._part_for(event, names)
        self._believe(event, part)
        carried = {name for name in names if self.facts.owner.get(name) == part.home}
        return Entry(event, part, carried, set(names) - carried)

    def _part_for(self, event: Event, names: list[Identifier]) -> Part:
        """Find, or make, the part that an event which names somebody belongs to, and give its home their names."""
        if event.anonymous_id is None:
            return self._record(event, names)
        if event.trust is Trust.CLAIMED:
            return self._claim(event, event.anonymous_id, names)
        return self._prove(event, event.anonymous_id, names)

    def _is_unproven(self, event: Event, shown: bool) -> bool:
        lacks_secret = event.trust < Trust.SERVER and event.anonymous_id in self.facts.proven and not shown
        return lacks_secret or (event.trust is Trust.CLAIMED and not self.claims_link)

    def _make_way(self, event: Event, names: list[Identifier]) -> bool:
        """Take one thing that was only claimed out of the way of proof; False where nothing is in its way."""
        facts = self.facts
        for name in names:
            if name in facts.owner and (self._is_lent([name], names) or self._is_claimed_elsewhere(name, names)):
                links.take_out(facts, name, keep=True)
                return True
        owners = self._owners(names)
        current = facts.current.get(event.anonymous_id or "")
        if current is not None and self._is_guest(current) and self._proves_what_it_alone_said(current, names):
            links.leave(facts, current.device or "", current.home, keep=True)
            return True
        goal = self._goal_of_proof(event, names)
        return goal is not None and self._may_follow(event, owners, goal) and self._make_room_for_names(goal, names)

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

    def _is_guest(self, part: Part) -> bool:
        """Tell whether a device only claims to be of a home that others are in."""
        return part.trust is Trust.CLAIMED and any(one.device != part.device for one in self.facts.parts_in(part.home))

    def _proves_what_it_alone_said(self, part: Part, names: list[Identifier]) -> bool:
        """Tell whether names go on with a run, and none is anybody's but by what this device said in that home."""
        facts = self.facts
        others = [one for one in facts.parts_in(part.home) if one.device != part.device]
        of_others = {name for one in others for name in facts.carried(one)}
        held = [name for name in names if name in facts.owner]
        is_alone = all(facts.owner[name] == part.home and name not in of_others for name in held)
        return is_alone and runs.goes_on(facts, part, names)

    def _make_room_for_names(self, goal: int, names: list[Identifier]) -> bool:
        """Where names have no room, let a claimed one of their kind go: any, so the first in order."""
        facts = self.facts
        wanting = {name[0] for name in names if name not in facts.owner and not self._has_room(goal, name)}
        claimed = [
            one for one in facts.names_in(goal) if one[0] in wanting and facts.trust_in(goal, one) is Trust.CLAIMED
        ]
        if claimed:
            links.take_out(facts, min(claimed), keep=True)
        return bool(claimed)

    def _owners(self, names: list[Identifier]) -> list[int]:
        return list(dict.fromkeys(self.facts.owner[name] for name in names if name in self.facts.owner))

    def _one_of(self, owners: list[int], device: str | None) -> int | None:
        """Choose among homes of one profile: the one that the device is in, else the first by rank."""
        here = self.facts.current[device].home if device in self.facts.current else None
        return here if here in owners else next(iter(owners), None)

    def _may_follow(self, event: Event, owners: list[int], goal: int | None) -> bool:
        """Tell whether an event is about one person, and its device may come to them."""
        if len({self.facts.root(home) for home in owners}) > 1:
            return False
        return goal is None or self._has_place(goal, event.anonymous_id)

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

    def _is_taken_apart(self, event: Event, owner: int | None, start: Part | None) -> bool:
        """Tell whether a claim would link what was taken apart: what comes along, and what is there."""
        facts = self.facts
        coming = set(identifiers_of(event))
        if start is not None and not facts.names_in(start.home):
            coming |= facts.devices_in(start.home)
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

    def _record(self, event: Event, names: list[Identifier]) -> Part:
        """Place what came without a device: with its person, and where that is not one person, with the first of them.

        Of a new person who is not followed, the name of the highest rank counts alone."""
        owners = self._owners(names)
        is_followed = self._may_follow(event, owners, None) and not self._is_refused(
            event, next(iter(owners), None), None
        )
        part = self._record_in(owners[0] if owners else None)
        if is_followed or not owners:
            self._attach(part.home, names if is_followed else names[:1])
        return part

    def _record_in(self, home: int | None) -> Part:
        facts = self.facts
        had = [part for part in facts.parts if part.home == home and part.device is None]
        return had[0] if had else facts.new_part(None, home)

    def _is_refused(self, event: Event, owner: int | None, start: Part | None) -> bool:
        """Tell whether a claim must not lead there. Proof may lead everywhere."""
        is_claim = event.trust is Trust.CLAIMED
        return is_claim and (self._is_taken_apart(event, owner, start) or self._leads_to_lent(event, owner))

    def _claim(self, event: Event, device: str, names: list[Identifier]) -> Part:
        """Follow a claim within the run that it belongs to, or keep it there as said."""
        facts = self.facts
        start, owners = runs.start_of(facts, device, names), self._owners(names)
        is_there = start is not None and start.home in owners
        owner = start.home if start is not None and is_there else next(iter(owners), None)
        is_followed = self._may_follow(event, owners, owner) and not self._is_refused(event, owner, start)
        if not is_followed or self._is_held_by_proof(start, owner, names):
            return self._lead(start or facts.new_part(device))
        if owner is not None:
            self._give_place(owner, device)
        part = self._go_on(start, device, owner, names) if start else facts.new_part(device, owner)
        self._attach(part.home, names)
        return self._lead(part)

    def _is_held_by_proof(self, start: Part | None, owner: int | None, names: list[Identifier]) -> bool:
        """Tell whether a claim would draw a device away from where it is proven to belong."""
        if start is None or start.trust is Trust.CLAIMED or not self.facts.names_in(start.home):
            return False
        return self._is_apart_from(start, names) if owner is None else owner != start.home

    def _go_on(self, start: Part, device: str, owner: int | None, names: list[Identifier]) -> Part:
        """Go on with a run: where the device is, with the owner, or in a home of its own."""
        facts = self.facts
        if owner == start.home:
            return start
        if not facts.names_in(start.home):
            self._join(start.home, owner, Trust.CLAIMED)
            return start
        if owner is None:
            return facts.new_part(device, None, start.run) if self._is_apart_from(start, names) else start
        had = [part for part in facts.parts_of_run(start.run) if part.home == owner]
        return had[-1] if had else facts.new_part(device, owner, start.run)

    def _is_apart_from(self, part: Part, names: list[Identifier]) -> bool:
        """Tell whether names were taken apart from the profile that a part is of."""
        facts = self.facts
        return bool(pairs(names, facts.identifiers_of(facts.root(part.home))) & facts.apart)

    def _join(self, home: int, owner: int | None, trust: Trust) -> None:
        """Bring all parts of a home without names to the owner's."""
        for part in self.facts.parts_in(home) if owner is not None else ():
            part.home, part.trust, part.by_server = owner or home, trust, False

    def _prove(self, event: Event, device: str, names: list[Identifier]) -> Part:
        """Bring a device to whom it is proven to belong to; what is about two people stays aside."""
        current = self.facts.current.get(device)
        owners, goal = self._owners(names), self._goal_of_proof(event, names)
        if not self._may_follow(event, owners, goal):
            return self._lead(self._aside(device, names, owners))
        if goal is not None:
            self._give_place(goal, device)
        if current is not None and goal != current.home and self._is_free(current, names):
            self._join(current.home, goal, event.trust)
        part = self._newest_in(goal, device)
        self._attach(part.home, names)
        return self._lead(part)

    def _goal_of_proof(self, event: Event, names: list[Identifier]) -> int | None:
        """Tell the home that proof leads to; None for a new one."""
        facts, current = self.facts, self.facts.current.get(event.anonymous_id or "")
        owner = self._one_of(self._owners(names), event.anonymous_id)
        if owner is not None or current is None:
            return owner
        is_theirs = runs.goes_on(facts, current, names)
        if current.trust > Trust.CLAIMED:
            is_theirs &= not {kind for kind, _ in facts.names_in(current.home)} & {kind for kind, _ in names}
        return current.home if is_theirs else None

    def _is_free(self, current: Part, names: list[Identifier]) -> bool:
        """Tell whether a device has been nobody so far, or only said to be whom names mean."""
        return not self.facts.names_in(current.home) and runs.goes_on(self.facts, current, names)

    def _aside(self, device: str, names: list[Identifier], owners: list[int]) -> Part:
        """Keep proof that is not followed: where its device has been with one of those named, else by itself."""
        facts, current = self.facts, self.facts.current.get(device)
        if current is not None and current.home in owners:
            return current
        for home in owners:
            if (DEVICE, device) in facts.devices_in(home):
                return self._newest_in(home, device)
        return current if current is not None and self._is_free(current, names) else facts.new_part(device)

    def _newest_in(self, home: int | None, device: str) -> Part:
        """Give the part of a device that leads where it is in a home, else the newest there, or a new one."""
        facts, current = self.facts, self.facts.current.get(device)
        if current is not None and current.home == home:
            return current
        had = [part for part in facts.parts_by(device) if part.home == home]
        return had[-1] if had else facts.new_part(device, home)

    def _give_place(self, home: int, device: str) -> None:
        held, leaving = self.facts.devices_in(home), links.first_to_go(self.facts, home)
        if (DEVICE, device) not in held and len(held) >= MOST[DEVICE] and leaving is not None:
            links.leave(self.facts, leaving, home, keep=True)

    def _where_it_is(self, event: Event) -> Part:
        device = event.anonymous_id
        if device is None:
            return self.facts.new_part(None)
        return self.facts.current.get(device) or self._lead(self.facts.new_part(device))

    def _lead(self, part: Part) -> Part:
        """Let a part take what comes from its device."""
        if part.device is not None:
            self.facts.current[part.device] = part
        return part


def names_of(event: Event) -> list[Identifier]:
    """List who a person is that an event names, the highest rank first."""
    named = (("user_id", event.user_id), ("email", event.email))
    return [(namespace, value) for namespace, value in named if value is not None]


def identifiers_of(event: Event) -> list[Identifier]:
    """List everything that an event names."""
    device = [(DEVICE, event.anonymous_id)] if event.anonymous_id is not None else []
    return [*device, *names_of(event)]
