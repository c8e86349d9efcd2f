"""Who is it? One pure decision for each event: which fragment takes it, and which home that belongs to.

A home is what naming makes: the fragments that share the identifiers of a person. Servers may merge homes into one
profile; whose an event is, is settled among homes as if they had not, so that a merge can be taken back exactly
(docs/decisions/0009)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from engine.domain.events import Event, Trust

Identifier: TypeAlias = tuple[str, str]
"""(namespace, value)."""

DEVICE = "anonymous_id"
MOST: Mapping[str, int] = {"user_id": 1, "email": 5, DEVICE: 50}
"""How many identifiers of a namespace a home holds."""
UNPROVEN = "unproven"
"""The mark of an event that names somebody for a device without the secret that this has shown before."""

TWO_PEOPLE = "its identifiers name two different people"
TOO_MANY_NAMES = "that person has too many such identifiers"
TOO_MANY_DEVICES = f"that person has {MOST[DEVICE]} devices already, all of them proven"
APART = "what it names was taken apart before, and only proof joins it again"
LENT = "somebody who is proven by another name has only claimed that one"
NOT_FOLLOWED = frozenset({TWO_PEOPLE, TOO_MANY_DEVICES, APART, LENT, UNPROVEN})
"""What leaves an event without a link; too many names are about some of its names only."""


@dataclass(frozen=True, slots=True)
class Device:
    """A device as it stands: its current fragment, and the home and the profile that this belongs to."""

    fragment: int
    home: int
    profile: int
    run: int = 0
    """What it says in one go, as one person: the fragments of a run make up its own view (docs/decisions/0013)."""
    names: frozenset[Identifier] = frozenset()
    """People's identifiers that the run carries or said."""
    brought: frozenset[Identifier] = frozenset()
    """Those that its home has from it alone; of guests, where proof asks."""
    is_sure: bool = False
    """Whether more than a claim links the fragment to its home."""
    proven: bool = False
    """Whether it has ever shown its secret."""
    is_guest: bool = False
    """Whether only a claim ties it to a home that others are in, too."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an event's identifiers when it arrives."""

    device: Device | None = None
    """As it is where a claim goes on: back in an earlier run, if that has named one of those that this one has not."""
    owners: Mapping[Identifier, int] = field(default_factory=dict)
    """Person identifier → the home that it names."""
    held: Mapping[int, Mapping[Identifier, Trust]] = field(default_factory=dict)
    """Home → what it holds, devices too, and by what trust; of the homes above."""
    profiles: Mapping[int, int] = field(default_factory=dict)
    """Home → profile, where another than itself."""
    been_in: Mapping[int, int] = field(default_factory=dict)
    """Those of the homes above in which the device has a fragment → the run of the newest."""
    giving_way: Mapping[int, int] = field(default_factory=dict)
    """Home with all its devices → the fragment that gives way to one more, if any does."""
    apart: Collection[frozenset[Identifier]] = ()
    """Pairs that no claim joins again."""
    around: Mapping[int, Collection[Identifier]] = field(default_factory=dict)
    """Home → what its whole profile holds; only where anything is apart."""


@dataclass(frozen=True, slots=True)
class Stay:
    """The event belongs where its device (or record) already is; `attach` names it further."""

    attach: tuple[Identifier, ...] = ()
    conflict: str | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """The device's so far anonymous home becomes part of a known one, with all its history."""

    home: int
    attach: tuple[Identifier, ...] = ()
    conflict: str | None = None
    gives_way: int | None = None
    """The fragment that leaves for this one."""


@dataclass(frozen=True, slots=True)
class Follow:
    """Another person on the same device (or a record without one): a fragment of that home takes the event.

    `home` None means a new one; so does `run` None, where there is a device."""

    home: int | None
    attach: tuple[Identifier, ...] = ()
    conflict: str | None = None
    gives_way: int | None = None
    run: int | None = None


@dataclass(frozen=True, slots=True)
class Unproven:
    """The event stays where its device is, and names nobody."""


@dataclass(frozen=True, slots=True)
class Yield:
    """A home that holds a name by claim only must let it go to who proves it; then the decision is asked again."""

    name: Identifier
    home: int


@dataclass(frozen=True, slots=True)
class Leave:
    """A device must leave the home of others, where it is by claim only, or its proof would count for them; then the
    decision is asked again."""

    fragment: int


Decided: TypeAlias = Stay | Join | Follow | Unproven
Decision: TypeAlias = Decided | Yield | Leave


def parted(key: str) -> Identifier:
    """Read `namespace:value`, as fragments keep it."""
    namespace, _, value = key.partition(":")
    return namespace, value


def people_of(event: Event) -> tuple[Identifier, ...]:
    """List the identifiers of an event that name a person, the highest rank first."""
    named = (("user_id", event.user_id), ("email", event.email))
    return tuple((namespace, value) for namespace, value in named if value)


def identifiers_of(event: Event) -> tuple[Identifier, ...]:
    """List all identifiers of an event."""
    device = ((DEVICE, event.anonymous_id),) if event.anonymous_id else ()
    return (*device, *people_of(event))


def resolve(event: Event, known: Known, shown: bool = False, claims_link: bool = True) -> Decision:
    """Decide whom an event is about; two known people are never merged here.

    `shown` tells whether the device's secret came with it, `claims_link` whether more than proof may link at all."""
    people = people_of(event)
    if not people:
        return Stay()
    by_claim = event.trust is Trust.CLAIMED
    if (by_claim and not claims_link) or _lacks_the_secret(event, known, shown):
        return Unproven()
    if not by_claim and (first := _makes_way(known, people)):
        return first
    owners = tuple(dict.fromkeys(known.owners[one] for one in people if one in known.owners))
    if len({known.profiles.get(home, home) for home in owners}) > 1:
        return _aside(event, known, owners, TWO_PEOPLE)
    owner = _one_of(owners, known.device)
    if by_claim and owner is not None and _is_held(known, owner, people):
        return _aside(event, known, owners, TWO_PEOPLE) if _is_another(known, owner) else Stay()
    if by_claim and (why := _why_not(event, known, owner)):
        return _aside(event, known, owners, why)
    gives_way = _who_gives_way(known, owner, event)
    if gives_way is None:
        return _aside(event, known, owners, TOO_MANY_DEVICES)
    decision = _followed(known, owner, people, by_claim, gives_way or None)
    return decision if by_claim else _with_room(known, people, decision)


def _lacks_the_secret(event: Event, known: Known, shown: bool) -> bool:
    """Tell whether a browser names somebody for a device that has shown its secret, without it. A token proves who one
    is, not which device: with an id from a log it would draw a stranger's device into one's own profile."""
    return event.trust is not Trust.SERVER and known.device is not None and known.device.proven and not shown


def _makes_way(known: Known, people: Sequence[Identifier]) -> Yield | Leave | None:
    """Look for what was only claimed and stands in the way of proof."""
    home_of = {one: known.owners[one] for one in people if one in known.owners}
    for one, home in home_of.items():
        if _is_lent(known, home, (one,), people) or _is_claimed_elsewhere(known, home_of, one):
            return Yield(one, home)
    device = known.device
    if device is not None and device.is_guest and _goes_on(device, people):
        brought = all(_is_its_own(known, device, one) for one in home_of)
        return Leave(device.fragment) if brought else None
    return None


def _is_its_own(known: Known, device: Device, name: Identifier) -> bool:
    """Tell whether a home has a name by the claims of the device alone: proof of it is not about those in there."""
    return name in device.brought and known.owners[name] == device.home


def _is_lent(known: Known, home: int, names: Sequence[Identifier], people: Sequence[Identifier]) -> bool:
    """Tell whether a home holds names by claim only, beside names that are proven and not this event's."""
    held = known.held.get(home, {})
    others = (trust for name, trust in held.items() if name[0] != DEVICE and name not in people)
    return all(held.get(one) is Trust.CLAIMED for one in names) and any(trust > Trust.CLAIMED for trust in others)


def _is_claimed_elsewhere(known: Known, home_of: Mapping[Identifier, int], name: Identifier) -> bool:
    """Tell whether a name is held by claim only, and not by the one whom the event's other names prove."""
    trust = {one: known.held[home].get(one, Trust.CLAIMED) for one, home in home_of.items()}
    proven = {known.profiles.get(home, home) for one, home in home_of.items() if trust[one] > Trust.CLAIMED}
    held_by = known.profiles.get(home_of[name], home_of[name])
    return trust[name] is Trust.CLAIMED and bool(proven) and held_by not in proven


def _why_not(event: Event, known: Known, owner: int | None) -> str | None:
    """Tell why a claim is not followed, if it is not."""
    if known.apart and _are_apart(event, known, owner):
        return APART
    people = people_of(event)
    if owner is None or owner in known.been_in:
        return None
    names = [one for one in people if known.owners.get(one) == owner]
    return LENT if _is_lent(known, owner, names, people) else None


def _with_room(known: Known, people: Sequence[Identifier], decision: Stay | Join | Follow) -> Decision:
    """Let a claimed name give way where claims have taken every place; any of them, there is no better reason."""
    match decision:
        case Stay():
            home = known.device.home if known.device else None
        case Join() | Follow():
            home = decision.home
    if decision.conflict != TOO_MANY_NAMES or home is None:
        return decision
    wanting = {one[0] for one in people if one not in known.owners and one not in decision.attach}
    claimed = [one for one, trust in known.held[home].items() if one[0] in wanting and trust is Trust.CLAIMED]
    return Yield(min(claimed), home) if claimed else decision


def _one_of(owners: Sequence[int], device: Device | None) -> int | None:
    """Choose among homes of one profile: the one that the device is in, else the first by rank."""
    if device is not None and device.home in owners:
        return device.home
    return owners[0] if owners else None


def _aside(event: Event, known: Known, owners: Sequence[int], why: str) -> Decision:
    """Do not follow what an event names. What its device then sees is what it would if nobody held those names; without
    a device the name of the highest rank alone counts."""
    people = people_of(event)
    if event.anonymous_id is None:
        return Follow(owners[0], conflict=why) if owners else Follow(None, people[:1], why)
    if known.device is None or _goes_on(known.device, people):
        return Stay(conflict=why)
    return Follow(None, conflict=why)


def _goes_on(device: Device, people: Sequence[Identifier]) -> bool:
    return goes_on(device.names, people)


def goes_on(names: frozenset[Identifier], people: Sequence[Identifier]) -> bool:
    """Tell whether a device that has said names and says others still speaks of the same person, as far as it can tell
    itself: what others here hold must not show in its view."""
    if not names or not names.isdisjoint(people):
        return True
    return {namespace for namespace, _ in names}.isdisjoint(namespace for namespace, _ in people)


def _is_held(known: Known, owner: int, people: Sequence[Identifier]) -> bool:
    """Tell whether a device is known for sure to be another's, whom a claim in the same run does not take it from."""
    device = known.device
    return device is not None and device.is_sure and device.home != owner and _goes_on(device, people)


def _is_another(known: Known, owner: int) -> bool:
    return known.device is not None and known.profiles.get(owner, owner) != known.device.profile


def _are_apart(event: Event, known: Known, owner: int | None) -> bool:
    """Tell whether what comes along with a claim was taken apart from what is there already."""
    here = identifiers_of(event)
    coming, there = set(here), {*here, *(known.around.get(owner, ()) if owner is not None else ())}
    if known.device is not None and not _people_in(known, known.device.home):
        coming.update(known.held[known.device.home])
    return _cross(known, coming, there)


def _cross(known: Known, some: Collection[Identifier], others: Collection[Identifier]) -> bool:
    return any(frozenset((one, other)) in known.apart for one in some for other in others)


def _who_gives_way(known: Known, owner: int | None, event: Event) -> int | None:
    """Tell which fragment leaves the owner's home for this device: 0 when there is room, None when all are proven."""
    held = known.held.get(owner, {}) if owner is not None else {}
    device = (DEVICE, event.anonymous_id or "")
    if owner is None or event.anonymous_id is None or device in held:
        return 0
    if sum(namespace == DEVICE for namespace, _ in held) < MOST[DEVICE]:
        return 0
    return known.giving_way.get(owner)


def _followed(
    known: Known, owner: int | None, people: tuple[Identifier, ...], by_claim: bool, gives_way: int | None
) -> Stay | Join | Follow:
    device = known.device
    if device is None:
        return _attached(known, Follow(owner, gives_way=gives_way), owner, people)
    is_same = _goes_on(device, people)
    if is_same and not _people_in(known, device.home):
        where = Stay() if owner is None else Join(owner, gives_way=gives_way)
        return _attached(known, where, device.home if owner is None else owner, people)
    if owner == device.home:
        stays = is_same or not by_claim
    else:
        stays = owner is None and is_same and _is_theirs(known, device, people, by_claim)
    if stays:
        return _attached(known, Stay(), device.home, people)
    going_on = device.run if is_same else None
    run = going_on if by_claim else known.been_in.get(owner or 0)
    return _attached(known, Follow(owner, gives_way=gives_way, run=run), owner, people)


def _is_theirs(known: Known, device: Device, people: Sequence[Identifier], by_claim: bool) -> bool:
    """Tell whether names that nobody holds and that go on with the device's run are the people's of its home: no claim
    is that was taken apart from it, no proof of a kind that a home has which is sure to be the device's."""
    if by_claim:
        return not (known.apart and _cross(known, people, known.around.get(device.home, ())))
    if not device.is_sure:
        return True
    there = _people_in(known, device.home)
    return not {namespace for namespace, _ in there} & {namespace for namespace, _ in people}


def _people_in(known: Known, home: int) -> frozenset[Identifier]:
    return frozenset(one for one in known.held.get(home, ()) if one[0] != DEVICE)


def _attached(
    known: Known, decision: Stay | Join | Follow, home: int | None, people: tuple[Identifier, ...]
) -> Stay | Join | Follow:
    """Add to a decision the identifiers that nobody holds yet, within the home's limits."""
    held = Counter(namespace for namespace, _ in known.held.get(home, ())) if home is not None else Counter()
    fresh = tuple(one for one in people if one not in known.owners)
    fits = tuple(one for one in fresh if held[one[0]] < MOST[one[0]])
    conflict = TOO_MANY_NAMES if len(fits) < len(fresh) else None
    return replace(decision, attach=fits, conflict=conflict)
