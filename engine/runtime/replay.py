"""What events make of fragments: one as it comes, and all of a log again, by the same code."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from engine.domain.events import Event
from engine.domain.identity import Identifier, identifiers_of
from engine.domain.profiles import Fragment, apply
from engine.runtime.registry import Registry
from engine.storage import events
from engine.storage.rows import FragmentRow


def followed(
    state: Fragment, event: Event, carried: Sequence[Identifier], said: Sequence[Identifier], registry: Registry
) -> Fragment:
    """Give a fragment after one more event."""
    return registry.leaves.count(apply(state, event, carried, said, registry.needs), event)


def replay(connection: sqlite3.Connection, parts: Sequence[FragmentRow], registry: Registry) -> dict[int, Fragment]:
    """Give what the log makes of each fragment."""
    states = {part.id: registry.leaves.first() for part in parts}
    for row in events.replay(connection, list(states)):
        names = identifiers_of(row.event)
        carried = [one for one in names if one[0] in row.carried]
        said = [one for one in names if one[0] in row.said]
        states[row.fragment_id] = followed(states[row.fragment_id], row.event, carried, said, registry)
    return states
