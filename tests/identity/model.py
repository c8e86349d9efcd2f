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
        if not names or (event.trust is Trust.CLAIMED and not self._may_claim(event, shown)):
            return Entry(event, self._where_it_is(event), set(), set())
        if event.trust > Trust.CLAIMED:
            self._free(names)
        owners = list(dict.fromkeys(self.facts.owner[name] for name in names if name in self.facts.owner))
        owner = self._one_of(owners, event.anonymous_id)
        if self._may_follow(event, owners, owner):
            part = self._follow(event, names, owner)
            self._attach(part.home, names)
        else:
            part = self._aside(event, owners)
        self._believe(event, part)
        carried = {name for name in names if self.facts.owner.get(name) == part.home}
        return Entry(event, part, carried, set(names) - carried)

    def _may_claim(self, event: Event, shown: bool) -> bool:
        return self.claims_link and (shown or event.anonymous_id not in self.facts.proven)

    def _free(self, names: list[Identifier]) -> None:
        """Take proven names out of homes that have them by claim only, beside proven names that are not these."""
        facts = self.facts
        for name in names:
            home = facts.owner.get(name)
            if home is None or facts.trust_in(home, name) > Trust.CLAIMED:
                continue
            others = facts.names_in(home) - set(names)
            if any(facts.trust_in(home, other) > Trust.CLAIMED for other in others):
                links.take_out(facts, name)

    def _one_of(self, owners: list[int], device: str | None) -> int | None:
        """Choose among homes of one profile: the one that the device is in, else the first by rank."""
        here = self.facts.current[device].home if device in self.facts.current else None
        return here if here in owners else next(iter(owners), None)

    def _may_follow(self, event: Event, owners: list[int], owner: int | None) -> bool:
        """Tell whether an event is about one person who may have it."""
        if len({self.facts.root(home) for home in owners}) > 1 or self._is_taken_apart(event, owner):
            return False
        return owner is None or self._make_room(owner, event.anonymous_id)

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
        if event.trust > Trust.CLAIMED:
            return False
        facts, current = self.facts, self.facts.current.get(event.anonymous_id or "")
        coming = set(identifiers_of(event))
        if current is not None and not facts.names_in(current.home):
            coming |= facts.devices_in(current.home)
        there = set(identifiers_of(event))
        if owner is not None:
            there |= facts.identifiers_of(facts.root(owner))
        return bool(pairs(coming, there) & facts.apart)

    def _make_room(self, home: int, device: str | None) -> bool:
        """See that one more device fits into a home; False where none of those there can give way."""
        held = self.facts.devices_in(home)
        if device is None or (DEVICE, device) in held or len(held) < MOST[DEVICE]:
            return True
        return links.give_way(self.facts, home)

    def _has_room(self, home: int, name: Identifier) -> bool:
        held = [other for other in self.facts.names_in(home) if other[0] == name[0]]
        return len(held) < MOST[name[0]]

    def _aside(self, event: Event, owners: list[int]) -> Part:
        """Keep an event that is not followed: where its device has been with one of those named, else by itself. Without a
        device, the name of the highest rank counts alone."""
        facts, device = self.facts, event.anonymous_id
        current = facts.current.get(device or "")
        if device is None:
            part = self._part_in(owners[0] if owners else None, None)
            self._attach(part.home, names_of(event)[:1])
            return part
        if current is not None and current.home in owners:
            return current
        for home in owners:
            if (DEVICE, device) in facts.devices_in(home):
                return self._part_in(home, device)
        if current is None or facts.names_in(current.home):
            return self._part_in(None, device)
        return current

    def _follow(self, event: Event, names: list[Identifier], owner: int | None) -> Part:
        facts, device = self.facts, event.anonymous_id
        current = facts.current.get(device or "")
        if device is None or current is None:
            return self._part_in(owner, device)
        here = current.home
        if not facts.names_in(here):
            if owner is not None:
                for part in facts.parts_in(here):
                    part.home, part.trust, part.by_server = owner, event.trust, False
            return current
        if owner == here or (owner is None and not self._names_another(event, names, current)):
            return current
        return self._part_in(owner, device)

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
