"""All live audiences compiled, in dependency order, with an index from fields to those that ask about them.

A registry is a value: a change of any audience makes a new one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from zoneinfo import ZoneInfo

from engine.domain.audiences import Audience, State
from engine.domain.events import Trust
from engine.language.checker import check, find_cycle, include_cycle
from engine.language.definition import Definition
from engine.language.events import property_key
from engine.language.horizon import Horizon, compile_horizon
from engine.language.nodes import All, Not
from engine.language.parser import parse
from engine.language.predicate import Predicate, compile_predicate
from engine.language.turns import Moving, Turns, gather, moving_in
from engine.language.types import Field
from engine.runtime.leaves import Leaves, Numbering
from engine.runtime.leaves import gather as leaves_of
from engine.seen import SeenEvents, fixed_property
from engine.values import FieldType, Motion

EVALUATED = frozenset({State.ACTIVE, State.BUILDING})


@dataclass(frozen=True, slots=True)
class Live:
    """An audience that is evaluated."""

    audience: Audience
    definition: Definition
    predicate: Predicate
    horizon: Horizon
    turning: Moving
    moves: bool
    """Whether time alone can change it, through included audiences or by its end too."""


@dataclass(frozen=True, slots=True)
class Words:
    """A vocabulary: fields from one place, audiences from another; types that were fixed when saved come first."""

    find: Callable[[str], Field | None]
    names: Callable[[], Iterable[str]]
    slugs: frozenset[str]
    events: SeenEvents = field(default_factory=SeenEvents)
    fixed: Mapping[str, FieldType] = field(default_factory=dict)

    def field(self, name: str) -> Field | None:
        """Find a field by its name or an alias of it."""
        found, type = self.find(name), self.fixed.get(name)
        if type is None or (found is not None and (found.name, found.type) == (name, type)):
            return found
        motion = Motion.AGEING if type is FieldType.TIME else Motion.STILL
        if found is None or found.name != name:  # it stood for an attribute that is no longer known, not for an alias
            return Field(name, type, motion, name)
        return replace(found, type=type, motion=motion)

    def field_names(self) -> Iterable[str]:
        """List the names to suggest from."""
        return self.names()

    def audience_slugs(self) -> Iterable[str]:
        """List the audiences that may be included."""
        return self.slugs

    def event_names(self) -> Iterable[str]:
        """List the words that DID knows."""
        return self.events.event_names()

    def property(self, event: str, name: str) -> Field | None:
        """Find a property of an event."""
        return fixed_property(self.fixed, property_key(event, name), name) or self.events.property(event, name)


class Included(Mapping[str, bool]):
    """The verdicts of audiences by slug, read from a profile's current memberships."""

    __slots__ = ("_ids", "memberships")

    def __init__(self, ids: Mapping[str, int], memberships: Mapping[int, int]) -> None:
        self._ids = ids
        self.memberships = memberships

    def __getitem__(self, slug: str) -> bool:
        return self._ids[slug] in self.memberships

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


@dataclass(slots=True)
class Registry:
    """Every audience, and how to evaluate those that are live."""

    audiences: Mapping[int, Audience] = field(default_factory=dict)
    definitions: Mapping[int, Definition] = field(default_factory=dict)
    order: Sequence[Live] = ()
    """Included audiences before those that include them."""
    ids: Mapping[str, int] = field(default_factory=dict)
    moving: Sequence[Live] = ()
    turns: Turns = field(default_factory=Turns)
    """When time alone can next turn any of them."""
    ends: Mapping[int, int] = field(default_factory=dict)
    """Audience id → the instant from which on nobody is in it, for those that expire."""
    leaves: Leaves = field(default_factory=Leaves)
    """What DID asks about."""
    needs: Mapping[str, Trust] = field(default_factory=dict)
    """Attribute → the least trust with which it may be said, where that is more than a claim."""
    personalizable: Mapping[int, str] = field(default_factory=dict)
    """Audience id → slug of those that a browser may know of."""
    _by_field: dict[str, list[int]] = field(default_factory=dict)
    _dependents: dict[int, frozenset[int]] = field(default_factory=dict)
    _touched: dict[frozenset[str], Sequence[Live]] = field(default_factory=dict)

    def touched(self, fields: frozenset[str]) -> Sequence[Live]:
        """Give the audiences that a change of these fields can touch, in order, with those that include them."""
        found = self._touched.get(fields)
        if found is None:
            if len(self._touched) > 1_000:
                self._touched.clear()
            reading = {position for name in fields for position in self._by_field.get(name, ())}
            found = self._touched[fields] = self._with_dependents(reading)
        return found

    def with_dependents(self, audience_ids: Collection[int]) -> Sequence[Live]:
        """Give audiences and all that include them, directly or not, in order."""
        return self._with_dependents({at for at, live in enumerate(self.order) if live.audience.id in audience_ids})

    def users(self, slug: str) -> list[Audience]:
        """Give the audiences whose rules include this one."""
        return [self.audiences[id] for id, one in self.definitions.items() if slug in one.includes]

    def _with_dependents(self, positions: Iterable[int]) -> Sequence[Live]:
        wanted = {position for one in positions for position in (one, *self._dependents.get(one, ()))}
        return tuple(self.order[position] for position in sorted(wanted))


def build(
    stored: Collection[tuple[Audience, Mapping[str, str]]],
    words: Words,
    before: Registry,
    number: Numbering,
    zone: ZoneInfo,
) -> Registry:
    """Compile what is stored; what has not changed since `before` is taken over.

    `number` numbers what DID asks about; `zone` is the account's."""
    audiences = {audience.id: audience for audience, _ in stored}
    definitions = {audience.id: _definition(audience, types, words, before) for audience, types in stored}
    registry = _arranged(audiences, definitions, {live.audience.id: live for live in before.order})
    asked = (leaf for live in registry.order for leaf in live.definition.leaves)
    registry.leaves = leaves_of(asked, number, zone, before.leaves)
    return registry


def _definition(audience: Audience, types: Mapping[str, str], words: Words, before: Registry) -> Definition:
    earlier = before.audiences.get(audience.id)
    if earlier is not None and earlier.rules_version == audience.rules_version:
        return before.definitions[audience.id]
    kept = replace(words, fixed={name: FieldType(type) for name, type in types.items()})
    return check(parse(audience.definition), kept, kept)


def _arranged(
    audiences: Mapping[int, Audience], definitions: Mapping[int, Definition], before: Mapping[int, Live]
) -> Registry:
    ids = {audience.slug: id for id, audience in audiences.items()}
    order: dict[int, Live] = {}
    for id in _in_order(audiences, definitions, ids, before):
        included = [order[ids[slug]] for slug in definitions[id].includes if ids[slug] in order]
        order[id] = _live(audiences[id], definitions[id], included, before.get(id))
    lives = tuple(order.values())
    moving = tuple(one for one in lives if one.moves)
    ends = {id: one.expires_at for id, one in audiences.items() if one.expires_at is not None}
    registry = Registry(audiences, definitions, lives, ids, moving, gather(one.turning for one in moving), ends)
    for position, live in enumerate(lives):
        for name in (*live.definition.reads, *(did(leaf.event) for leaf in live.definition.leaves)):
            registry._by_field.setdefault(name, []).append(position)
    registry._dependents = _dependents(lives)
    registry.personalizable = {id: audience.slug for id, audience in audiences.items() if audience.personalizable}
    return registry


def did(event: str) -> str:
    """Name what DID reads as a field is named, for the index; no field has a space in its name."""
    return f"did {event}"


def _in_order(
    audiences: Mapping[int, Audience],
    definitions: Mapping[int, Definition],
    ids: Mapping[str, int],
    before: Collection[int],
) -> Iterator[int]:
    """Give the ids of live audiences, included ones before those that include them: as they stood before, if that
    still holds with the new ones last."""
    order: Iterable[int] = [*(id for id in before if id in audiences), *(id for id in audiences if id not in before)]
    place = {id: at for at, id in enumerate(order)}
    if any(place[ids[slug]] > place[id] for id in order for slug in definitions[id].includes):
        included = {id: [ids[slug] for slug in sorted(one.includes)] for id, one in definitions.items()}
        order = TopologicalSorter(included).static_order()
    return (id for id in order if audiences[id].state in EVALUATED)


def _live(audience: Audience, definition: Definition, included: Sequence[Live], before: Live | None) -> Live:
    ends_at = audience.expires_at
    moves = definition.moves or ends_at is not None or any(one.moves for one in included)
    if before is not None and (before.audience, before.definition, before.moves) == (audience, definition, moves):
        return before
    if before is not None and before.definition is definition and before.audience.expires_at == ends_at:
        return replace(before, audience=audience, moves=moves)
    predicate = _until(ends_at, compile_predicate(definition))
    return Live(audience, definition, predicate, compile_horizon(definition), moving_in(definition), moves)


def _until(ends_at: int | None, predicate: Predicate) -> Predicate:
    """Let nobody be in an audience from its end on."""
    if ends_at is None:
        return predicate
    return lambda fields, now, included: now < ends_at and predicate(fields, now, included)


def _dependents(order: Sequence[Live]) -> dict[int, frozenset[int]]:
    """For each position, the later ones that include it, directly or not."""
    found: dict[int, set[int]] = {}
    at = {live.audience.slug: position for position, live in enumerate(order)}
    for position, live in reversed(list(enumerate(order))):
        for slug in live.definition.includes:
            if slug in at:
                found.setdefault(at[slug], set()).update({position, *found.get(position, ())})
    return {position: frozenset(later) for position, later in found.items()}


def rules_of(registry: Registry, slugs: frozenset[str], now: int) -> dict[str, Definition]:
    """Give the rules of audiences and of all that these include; nobody is in one that has expired."""
    found: dict[str, Definition] = {}
    waiting = list(slugs)
    while waiting:
        slug = waiting.pop()
        if slug in found:
            continue
        id = registry.ids[slug]
        expired = registry.ends.get(id, now + 1) <= now
        found[slug] = Definition(Not(All())) if expired else registry.definitions[id]
        waiting += found[slug].includes
    return found


def checked(text: str, vocabulary: Words, registry: Registry, slug: str | None = None) -> Definition:
    """Read and check rules that someone wants to save or see. Raises InvalidDefinition."""
    definition = check(parse(text, slug), vocabulary, vocabulary)
    if slug is not None:
        includes = {one.slug: registry.definitions[one.id].includes for one in registry.audiences.values()}
        if cycle := find_cycle(slug, {**includes, slug: definition.includes}):
            raise include_cycle(cycle)
    return definition
