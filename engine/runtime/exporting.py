"""Everything held of a profile, as JSON: first what fits in memory, from one snapshot; then history and events, page by
page, as they are stored. docs/privacy.md tells the shape."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from engine.catalog import Fields, as_json, attributes
from engine.domain.consent import PREFIX as CONSENT
from engine.domain.events import Trust
from engine.domain.identity import Identifier, parted
from engine.domain.profiles import Cell, Fragment, Seen, join
from engine.domain.redaction import Redaction
from engine.domain.shown import Link, Profile
from engine.domain.traits import held
from engine.domain.visits import Visit
from engine.ports import ProfileBy
from engine.runtime.erasing import Who, who
from engine.runtime.erasures import profile_named
from engine.runtime.house import House
from engine.runtime.identities import links_of
from engine.runtime.reading import Reader
from engine.storage import erasures, exports, fragments
from engine.storage.aside import rows_with
from engine.storage.exports import Beyond
from engine.values import format_time

VERSION = 1
AT_ONCE = 500
HELD: Mapping[str, str] = MappingProxyType(
    {
        "subjects": "profile",
        "identifiers": "identities",
        "links": "links",
        "merges": "merges",
        "apart": "kept_apart",
        "fragments": "attributes",
        "memberships": "audiences",
        "membership_changes": "history",
        "events": "events",
        "conflicts": "conflicts",
        "refusals": "refusals",
        "columns": "attributes",
    }
)
"""Every table that holds something of a person → the key under which the export tells it."""


async def export(house: House, by: ProfileBy) -> AsyncIterator[bytes]:
    """Give the export piece by piece. Raises NotFound before the first."""
    person, first = await house.read(partial(_first, house, by=by))
    yield json.dumps(first, ensure_ascii=False, indent=1).encode().rstrip(b"\n}")
    for key, page in (("history", exports.history), ("events", exports.events)):
        yield f',\n "{key}": ['.encode()
        ids = sorted(person.subjects if key == "history" else person.fragments)
        beyond: Beyond | None = None
        begun = False
        while rows := await house.read(partial(page, ids=ids, beyond=beyond, limit=AT_ONCE)):
            told = [json.dumps(_told(row.told), ensure_ascii=False) for row in rows]
            yield ((",\n  " if begun else "\n  ") + ",\n  ".join(told)).encode()
            begun, beyond = True, rows[-1].at
        yield b"\n ]" if begun else b"]"
    yield b"\n}\n"


def _first(house: House, connection: sqlite3.Connection, by: ProfileBy) -> tuple[Who, dict[str, Any]]:
    """Gather all but history and events."""
    id = profile_named(connection, by)
    (profile,) = Reader(connection, house).profiles([id])
    person = who(connection, id)
    assert person is not None, "what is found on a snapshot is there"
    assert profile is not None, "what is found on a snapshot is there"
    names = Redaction(person.identifiers)
    state = join([part.state for part in fragments.load(connection, person.fragments)])
    return person, {
        "rollcall_export": VERSION,
        "exported_at": format_time(house.clock.now()),
        "profile": _profile(profile),
        "identities": [_identity(key, seen) for key, seen in sorted(state.identities.items())],
        "links": [_link(one) for one in links_of(connection, id)],
        "merges": [_told(one) for one in exports.merges(connection, person.homes)],
        "kept_apart": [_apart(pair) for pair in sorted(exports.apart(connection, person.identifiers))],
        **_state(state, house.clock.now()),
        "scores": dict(profile.scores),
        "affinities": dict(profile.affinities),
        "audiences": [{"slug": one.audience.slug, "since": format_time(one.since)} for one in profile.audiences],
        "conflicts": [_told(one) for one in exports.conflicts(connection, person.homes)],
        "refusals": list(_refusals(connection, names)),
    }


def _profile(profile: Profile) -> dict[str, Any]:
    return {
        "id": profile.id,
        "known": profile.known,
        "email": profile.email,
        "first_seen_at": format_time(profile.first_seen_at),
        "last_seen_at": format_time(profile.last_seen_at),
        "merged_from": list(profile.merged_from),
    }


def _state(state: Fragment, now: int) -> dict[str, Any]:
    """Tell the mergeable parts: what was said, with who said it; what pages told; visits."""
    said = {name: _cell(cell) for name, cell in sorted(state.cells.items())}
    observed = attributes(Fields(state, now))
    return {
        "attributes": {name: cell for name, cell in said.items() if not name.startswith(CONSENT)},
        "consents": {name.removeprefix(CONSENT): cell for name, cell in said.items() if name.startswith(CONSENT)},
        "observed": {name: value for name, value in observed.items() if name not in said},
        "visits": [
            {
                "start": format_time(one.start),
                "end": format_time(one.end),
                "events": one.events,
                "pages": one.page_views,
            }
            for one in state.visits
        ],
    }


def _visit(visit: Visit) -> dict[str, Any]:
    start, end = format_time(visit.start), format_time(visit.end)
    return {"start": start, "end": end, "events": visit.events, "pages": visit.page_views}


def _cell(cell: Cell) -> dict[str, Any]:
    value = None if cell.value is None else held(cell.value)
    return {
        "value": None if value is None else as_json(value),
        "trust": Trust(cell.trust).name.lower(),
        "at": format_time(cell.at),
        "source": cell.source,
        "message_id": cell.message_id,
    }


def _identity(key: str, seen: Seen) -> dict[str, Any]:
    namespace, value = parted(key)
    return {
        "namespace": namespace,
        "value": value,
        "trust": Trust(seen.trust).name.lower(),
        "first_seen_at": format_time(seen.first_at),
        "last_seen_at": format_time(seen.last_at),
    }


def _apart(pair: Sequence[Identifier]) -> list[dict[str, str]]:
    return [{"namespace": namespace, "value": value} for namespace, value in pair]


def _refusals(connection: sqlite3.Connection, names: Redaction) -> Iterator[dict[str, Any]]:
    last = erasures.last_id(connection, "refusals")
    likely = list(rows_with(connection, "refusals", names.needles, 0, last))
    wanted = [id for id, text in erasures.refused(connection, likely) if names.is_in(text)]
    yield from (_told(one) for one in exports.refusals(connection, wanted))


def _link(link: Link) -> dict[str, Any]:
    return {
        "device": link.device,
        "names": [{"namespace": namespace, "value": value} for namespace, value in link.names],
        "trust": link.trust.name.lower(),
        "cause": link.cause,
        "at": format_time(link.at),
        "event_id": link.event_id,
        "merged_from": link.merged_from,
    }


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """Write instants as text."""
    return {key: format_time(value) if key in _INSTANTS and value is not None else value for key, value in row.items()}


_INSTANTS = frozenset({"at", "undone_at", "occurred_at", "received_at"})
