"""Profiles as joins of fragments. A fragment is what one device (or one server's record) told; all its parts are
mergeable, so that any order and any repetition of the same events gives the same profile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from engine.domain import affinities, occurrences, visits
from engine.domain.consent import PREFIX as CONSENT
from engine.domain.consent import consents
from engine.domain.events import Event, Trust
from engine.domain.occurrences import Done
from engine.domain.traits import flatten, is_reserved, plain
from engine.domain.visits import Visits
from engine.values import Value

__all__ = ["Cell", "Fragment", "Seen", "apply", "is_reserved", "join"]

MOST_ATTRIBUTES = 500
MOST_IN_SET = 200
NO_NEEDS: Mapping[str, Trust] = MappingProxyType({})


class Cell(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The last value of an attribute by (trust, at, source, message_id); `value` None means deleted."""

    trust: int
    at: int
    source: str
    message_id: str
    value: Any

    def order(self) -> tuple[int, int, str, str]:
        """What decides between two statements: more trust, then later, then names."""
        return (self.trust, self.at, self.source, self.message_id)


class Seen(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An identifier on a fragment: first and last time it was said, and by what trust at best."""

    first_at: int
    last_at: int
    trust: int


class Fragment(msgspec.Struct, frozen=True, array_like=True):
    """Everything mergeable that events gave; a profile is the join of its fragments, of the same shape."""

    first_at: int
    last_at: int
    cells: dict[str, Cell] = {}
    sets: dict[str, dict[str, int]] = {}
    """Set attribute → value → last time seen; the most recent 200 are kept."""
    identities: dict[str, Seen] = {}
    """`namespace:value` → when."""
    visits: Visits = ()
    topics: Mapping[str, Mapping[int, int]] = {}
    done: Done = {}
    counted_to: int = 0
    """The highest number of a leaf of DID that `done` speaks of; later ones must be counted from the log first."""
    said: dict[str, Seen] = {}
    """Like `identities`, what was said but names nobody here: for the device's own view, never for a profile."""


EMPTY = Fragment(2**62, 0)


def apply(
    fragment: Fragment,
    event: Event,
    carried: Iterable[tuple[str, str]],
    said: Sequence[tuple[str, str]] = (),
    needs: Mapping[str, Trust] = NO_NEEDS,
) -> Fragment:
    """Give the fragment after one event; of its identifiers those that count, and those that are only said.

    `needs` are the attributes that want more trust than a claim's."""
    at = event.occurred_at
    behaviour = event.is_behaviour
    return Fragment(
        min(fragment.first_at, at),
        max(fragment.last_at, at),
        _with_said(fragment.cells, event, needs),
        _with_context(fragment.sets, event) if behaviour else fragment.sets,
        _with_identifiers(fragment.identities, event, carried),
        visits.add(fragment.visits, at, event.type != "track") if behaviour else fragment.visits,
        affinities.add(fragment.topics, at, event.context.topics)
        if behaviour and event.context.topics
        else fragment.topics,
        fragment.done,
        fragment.counted_to,
        _with_identifiers(fragment.said, event, said) if said else fragment.said,
    )


def own_view(fragment: Fragment) -> Fragment:
    """Give a fragment as its device sees it: what it said of itself counts, whoever holds that here."""
    if not fragment.said:
        return fragment
    return msgspec.structs.replace(fragment, identities=_join_identities([fragment.identities, fragment.said]))


def said_alone(fragment: Fragment) -> Fragment:
    """Give nothing of a fragment but what it only said."""
    return msgspec.structs.replace(EMPTY, identities=fragment.said, counted_to=fragment.counted_to)


def join(fragments: Sequence[Fragment]) -> Fragment:
    """Join fragments; in any order and grouping the same."""
    if len(fragments) == 1:
        return fragments[0]
    if not fragments:
        return EMPTY
    return Fragment(
        min(one.first_at for one in fragments),
        max(one.last_at for one in fragments),
        _join_cells([one.cells for one in fragments]),
        _join_sets([one.sets for one in fragments]),
        _join_identities([one.identities for one in fragments]),
        visits.join([one.visits for one in fragments]),
        affinities.join([one.topics for one in fragments]),
        occurrences.join([one.done for one in fragments]),
        min(one.counted_to for one in fragments),
    )


def identifiers_of(fragment: Fragment, namespace: str) -> list[str]:
    """List a fragment's identifiers of a namespace, the most trusted and latest first."""
    prefix = namespace + ":"
    found = [key for key in fragment.identities if key.startswith(prefix)]
    if len(found) > 1:
        seen = fragment.identities
        found.sort(key=lambda key: (-seen[key].trust, -seen[key].last_at, key))
    return [key[len(prefix) :] for key in found]


def said_by(event: Event) -> Mapping[str, Value | None]:
    """Give what an event says of attributes: its traits, and what was agreed to; None deletes."""
    agreed = consents(event)
    return {**dict(flatten(event.traits)), **agreed} if event.traits else agreed


def _with_said(cells: dict[str, Cell], event: Event, needs: Mapping[str, Trust]) -> dict[str, Cell]:
    said = said_by(event)
    if not said:
        return cells
    believed = {name: one for name, one in said.items() if event.trust >= needs.get(name, Trust.CLAIMED)}
    return _join_cells([cells, {name: _cell(event, value) for name, value in believed.items()}])


def _cell(event: Event, value: Value | None) -> Cell:
    stored = None if value is None else plain(value)
    return Cell(event.trust, event.occurred_at, event.source, event.message_id, stored)


def _join_cells(several: list[dict[str, Cell]]) -> dict[str, Cell]:
    joined = dict(several[0])
    for cells in several[1:]:
        for name, cell in cells.items():
            mine = joined.get(name)
            if mine is None or cell.order() > mine.order():
                joined[name] = cell
    if len(joined) <= MOST_ATTRIBUTES:
        return joined
    kept = sorted(joined, key=lambda name: _worth(name, joined[name]), reverse=True)[:MOST_ATTRIBUTES]
    return {name: joined[name] for name in kept}


def _worth(name: str, cell: Cell) -> tuple[object, ...]:
    """Tell what stays when there are too many: more trust, then what was agreed to, then later, then names."""
    return (cell.trust, name.startswith(CONSENT), cell.order(), name)


def _with_context(sets: dict[str, dict[str, int]], event: Event) -> dict[str, dict[str, int]]:
    joined = sets
    at = event.occurred_at
    for name, value in _context_values(event):
        seen = joined.get(name, {})
        if seen.get(value, -1) < at:
            if joined is sets:
                joined = dict(sets)
            joined[name] = _latest({**seen, value: at})
    return joined


_CAMPAIGN = (
    ("source", "utm_sources"),
    ("medium", "utm_mediums"),
    ("name", "utm_campaigns"),
    ("term", "utm_terms"),
    ("content", "utm_contents"),
)


def _context_values(event: Event) -> Iterable[tuple[str, str]]:
    context = event.context
    single = (
        ("channels", context.channel),
        ("devices", context.device),
        ("browsers", context.browser),
        ("systems", context.system),
        ("referrer_domains", context.referrer_domain),
        ("languages", context.language),
    )
    yield from ((name, value) for name, value in single if value)
    if context.campaign:
        yield from ((name, context.campaign[key]) for key, name in _CAMPAIGN if context.campaign.get(key))


def _join_sets(several: list[dict[str, dict[str, int]]]) -> dict[str, dict[str, int]]:
    joined: dict[str, dict[str, int]] = {}
    for sets in several:
        for name, seen in sets.items():
            mine = joined.setdefault(name, {})
            for value, at in seen.items():
                mine[value] = max(at, mine.get(value, at))
    return {name: _latest(seen) for name, seen in joined.items()}


def _latest(seen: dict[str, int]) -> dict[str, int]:
    """Keep the most recent values; dropping is safe in any order, since only a later event could bring one back."""
    if len(seen) <= MOST_IN_SET:
        return seen
    kept = sorted(seen, key=lambda value: (seen[value], value), reverse=True)[:MOST_IN_SET]
    return {value: seen[value] for value in kept}


def _with_identifiers(
    identities: dict[str, Seen], event: Event, identifiers: Iterable[tuple[str, str]]
) -> dict[str, Seen]:
    at = event.occurred_at
    said = {f"{namespace}:{value}": Seen(at, at, event.trust) for namespace, value in identifiers}
    if all(key in identities and identities[key].first_at <= at <= identities[key].last_at for key in said) and all(
        identities[key].trust >= event.trust for key in said
    ):
        return identities
    return _join_identities([identities, said])


def _join_identities(several: list[dict[str, Seen]]) -> dict[str, Seen]:
    joined = dict(several[0])
    for identities in several[1:]:
        for key, seen in identities.items():
            mine = joined.get(key, seen)
            joined[key] = Seen(
                min(mine.first_at, seen.first_at), max(mine.last_at, seen.last_at), max(mine.trust, seen.trust)
            )
    return joined
