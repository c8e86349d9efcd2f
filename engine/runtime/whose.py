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
    device = _device(world, event.anonymous_id)
    homes = {*owners.values(), *(() if device is None else (device.home,))}
    held = {home: world.person_of_home(home).names_in(home) for home in homes}
    return Known(
        device,
        owners,
        held,
        {home: world.profile_of_home[home] for home in homes},
        *_been_in(world, event.anonymous_id, homes, people),
        {home: row.id for home in homes if (row := _first_to_go(world.person_of_home(home), home, held[home]))},
        world.apart,
        {home: world.person_of_home(home).all_names() for home in homes} if world.apart else {},
    )


def _device(world: World, anonymous_id: str | None) -> Device | None:
    if anonymous_id is None:
        return None
    named = world.named.get((DEVICE, anonymous_id), NOTHING)
    if named.fragment is None:
        return None
    person = world.person_of_fragment(named.fragment)
    row = person.fragments[named.fragment]
    is_sure = row.trust > Trust.CLAIMED
    is_guest = not is_sure and any(one.device != row.device for one in person.parts_of(row.home_id))
    return Device(row.id, row.home_id, person.id, row.run_number, _names_of(row), is_sure, named.proven, is_guest)


def _names_of(row: FragmentRow) -> frozenset[Identifier]:
    """Give the people that all of a fragment's run names."""
    states = [one.state for one in row.run_rows()]
    names = {parted(key) for state in states for some in (state.identities, state.said) for key in some}
    return frozenset(one for one in names if one[0] != DEVICE)


def _been_in(
    world: World, anonymous_id: str | None, homes: set[int], people: Sequence[Identifier]
) -> tuple[dict[int, int], dict[int, int]]:
    """Give the homes in which a device has a fragment → the run of the newest, and the same of those fragments only
    whose runs name one of some people."""
    been: dict[int, int] = {}
    returns: dict[int, int] = {}
    for home in homes if anonymous_id is not None else ():
        for row in world.person_of_home(home).parts_of(home):
            if row.device == anonymous_id:
                been[home] = row.run_number
                if not _names_of(row).isdisjoint(people):
                    returns[home] = max(row.run_number, returns.get(home, 0))
    return been, returns


def _first_to_go(person: Person, home: int, held: dict[Identifier, Trust]) -> FragmentRow | None:
    """Give a fragment of the claimed device that was longest unused, of a home that is full."""
    if sum(namespace == DEVICE for namespace, _ in held) < MOST[DEVICE]:
        return None
    parts = [row for row in person.parts_of(home) if row.device is not None]
    sure = {row.device for row in parts if row.trust > Trust.CLAIMED}
    latest = {row.device: row for row in sorted(parts, key=lambda row: (row.state.last_at, row.id))}
    claimed = (row for device, row in latest.items() if device not in sure)
    return min(claimed, key=lambda row: (row.state.last_at, row.id), default=None)
