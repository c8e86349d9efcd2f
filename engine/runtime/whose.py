"""What is known of an event's identifiers when it arrives: asked of memory, for the decision whose it is."""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain import identity
from engine.domain.events import Event, Trust
from engine.domain.identity import DEVICE, MOST, Device, Identifier, Known, parted
from engine.runtime.person import Person
from engine.runtime.world import World
from engine.storage.identifiers import NOTHING
from engine.storage.rows import FragmentRow


def known(world: World, event: Event) -> Known:
    """Gather it; an event that names nobody asks nothing."""
    people = identity.people_of(event)
    if not people:
        return Known()
    named = world.named
    owners = {one: home for one in people if (home := named.get(one, NOTHING).home) is not None}
    device = _device(world, event, people)
    homes = {*owners.values(), *(() if device is None else (device.home,))}
    held = {home: world.person_of_home(home).names_in(home) for home in homes}
    return Known(
        device,
        owners,
        held,
        {home: world.profile_of_home[home] for home in homes},
        _been_in(world, event.anonymous_id, homes),
        {home: row.id for home in homes if (row := _first_to_go(world.person_of_home(home), home, held[home]))},
        world.apart,
        {home: world.person_of_home(home).all_names() for home in homes} if world.apart else {},
    )


def _device(world: World, event: Event, people: Sequence[Identifier]) -> Device | None:
    named = world.named.get((DEVICE, event.anonymous_id or ""), NOTHING)
    if named.fragment is None:
        return None
    row = world.person_of_fragment(named.fragment).fragments[named.fragment]
    by_claim, names = event.trust is Trust.CLAIMED, _names_of(row)
    if by_claim and not identity.goes_on(names, people) and (back := _back(world, row, people)):
        row, names = back, _names_of(back)
    person = world.person_of_fragment(row.id)
    others = [one for one in person.parts_of(row.home_id) if one.device != row.device]
    is_sure = row.trust > Trust.CLAIMED
    is_guest = not is_sure and bool(others)
    brought: frozenset[Identifier] = frozenset()
    if is_guest and not by_claim:  # nothing else asks, and a home may have many devices
        brought = names - {parted(key) for one in others for key in one.state.identities}
    return Device(row.id, row.home_id, person.id, row.run_number, names, brought, is_sure, named.proven, is_guest)


def _back(world: World, current: FragmentRow, people: Sequence[Identifier]) -> FragmentRow | None:
    """Give the leading fragment of the newest earlier run of a device that has named one of some people."""
    holders = (named.home for one in people if (named := world.named.get(one)) is not None and named.home is not None)
    persons = {id: world.people[id] for id in (world.profile_of_home[home] for home in holders)}
    persons |= {one.id: one for one in world.saying.get(current.device or "", ())}
    rows = [row for person in persons.values() for row in person.fragments.values() if row.device == current.device]
    runs = {row.run_number: row for row in rows if not _names_of(row).isdisjoint(people)}
    return next(one for one in runs[max(runs)].run_rows() if one.leads) if runs else None


def _names_of(row: FragmentRow) -> frozenset[Identifier]:
    """Give the people that all of a fragment's run names."""
    states = [one.state for one in row.run_rows()]
    names = {parted(key) for state in states for some in (state.identities, state.said) for key in some}
    return frozenset(one for one in names if one[0] != DEVICE)


def _been_in(world: World, anonymous_id: str | None, homes: set[int]) -> dict[int, int]:
    """Give the homes in which a device has a fragment → the run of the newest."""
    if anonymous_id is None:
        return {}
    parts = [row for home in homes for row in world.person_of_home(home).parts_of(home)]
    return {row.home_id: row.run_number for row in parts if row.device == anonymous_id}


def _first_to_go(person: Person, home: int, held: dict[Identifier, Trust]) -> FragmentRow | None:
    """Give a fragment of the claimed device that was longest unused, of a home that is full."""
    if sum(namespace == DEVICE for namespace, _ in held) < MOST[DEVICE]:
        return None
    parts = [row for row in person.parts_of(home) if row.device is not None]
    sure = {row.device for row in parts if row.trust > Trust.CLAIMED}
    latest = {row.device: row for row in sorted(parts, key=lambda row: (row.state.last_at, row.id))}
    claimed = (row for device, row in latest.items() if device not in sure)
    return min(claimed, key=lambda row: (row.state.last_at, row.id), default=None)
