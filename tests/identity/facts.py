"""What the model knows: events with the decision taken about each, parts, homes, merges, and what is kept apart.

A part is what one device (or a record that a server wrote without one) told under one person. Nothing is worked out
ahead: whatever is asked is found by walking over all there is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product

from engine.domain.events import Event, Trust

Identifier = tuple[str, str]
DEVICE = "anonymous_id"
MOST = {"user_id": 1, "email": 5, DEVICE: 50}


@dataclass(eq=False)
class Part:
    """A device's (or a record's) events under one person; it belongs to a home by a link of some trust."""

    number: int
    device: str | None
    home: int
    run: int
    """What the device said in one go, of which this is a part; the newest run has the highest number."""
    trust: Trust = Trust.CLAIMED
    by_server: bool = False
    """Whether a server has linked it with its own word, not by an event."""


@dataclass(eq=False)
class Entry:
    """An event that was taken, with what was decided: where it is, and which of its names count there or were said."""

    event: Event
    part: Part
    carried: set[Identifier]
    said: set[Identifier]


@dataclass
class Facts:
    """All that was ever decided and has not been taken back."""

    entries: list[Entry] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    owner: dict[Identifier, int] = field(default_factory=dict)
    """Name of a person → the home that it names."""
    current: dict[str, Part] = field(default_factory=dict)
    """Device → the part that leads: it takes what comes under its id alone, and its run is the device's own view."""
    edges: list[tuple[int, int]] = field(default_factory=list)
    """(home, home that it was merged into)."""
    apart: set[frozenset[Identifier]] = field(default_factory=set)
    proven: set[str] = field(default_factory=set)
    """Devices that have shown their secret."""
    erased: dict[Identifier, int] = field(default_factory=dict)
    """Identifier → when a person who had it was erased."""
    homes: int = 0
    numbers: int = 0
    """How many parts and runs there have been."""

    def new_part(self, device: str | None, home: int | None = None, run: int | None = None) -> Part:
        """Begin a part, in a home and a run of its own unless told."""
        if home is None:
            self.homes += 1
            home = self.homes
        self.numbers += 1
        part = Part(self.numbers, device, home, self.numbers if run is None else run)
        self.parts.append(part)
        return part

    def root(self, home: int) -> int:
        """Follow merges to the home that gives the profile its id."""
        into = dict(self.edges)
        while home in into:
            home = into[home]
        return home

    def parts_in(self, home: int) -> list[Part]:
        """List a home's parts, the oldest first."""
        return [part for part in self.parts if part.home == home]

    def parts_by(self, device: str) -> list[Part]:
        """List what a device told, in all its runs."""
        return [part for part in self.parts if part.device == device]

    def parts_of_run(self, run: int) -> list[Part]:
        """List a run's parts, in whatever homes they are."""
        return [part for part in self.parts if part.run == run]

    def parts_of(self, profile: int) -> list[Part]:
        """List the parts of all homes of a profile."""
        return [part for part in self.parts if self.root(part.home) == profile]

    def homes_of(self, profile: int) -> set[int]:
        """List a profile's homes."""
        return {part.home for part in self.parts_of(profile)} | {profile}

    def names_in(self, home: int) -> set[Identifier]:
        """List the names of people that lead to a home."""
        return {name for name, owner in self.owner.items() if owner == home}

    def devices_in(self, home: int) -> set[Identifier]:
        """List a home's devices."""
        return {(DEVICE, part.device) for part in self.parts_in(home) if part.device is not None}

    def is_known(self, profile: int) -> bool:
        """Tell whether a name leads to any of a profile's homes."""
        return any(self.names_in(home) for home in self.homes_of(profile))

    def entries_of(self, parts: Iterable[Part]) -> list[Entry]:
        """List the events of some parts, in the order in which they came."""
        wanted = set(parts)
        return [entry for entry in self.entries if entry.part in wanted]

    def carried(self, part: Part) -> set[Identifier]:
        """List the names of people that count in a part."""
        return {name for entry in self.entries_of([part]) for name in entry.carried}

    def identifiers_of(self, profile: int) -> set[Identifier]:
        """List a profile's names and devices."""
        names = {name for home in self.homes_of(profile) for name in self.names_in(home)}
        return names.union(*(self.devices_in(home) for home in self.homes_of(profile)))

    def trust_in(self, home: int, name: Identifier) -> Trust:
        """Tell by what trust, at best, a home has a name."""
        said = [entry.event.trust for entry in self.entries_of(self.parts_in(home)) if name in entry.carried]
        return max(said, default=Trust.CLAIMED)

    def profile_of(self, identifier: Identifier) -> int | None:
        """Find the profile that an identifier leads to."""
        namespace, value = identifier
        if namespace == DEVICE:
            return self.root(self.current[value].home) if value in self.current else None
        return self.root(self.owner[identifier]) if identifier in self.owner else None


def pairs(some: Iterable[Identifier], others: Iterable[Identifier]) -> set[frozenset[Identifier]]:
    """Pair each of some with each of others."""
    return {frozenset(pair) for pair in product(some, others) if pair[0] != pair[1]}
