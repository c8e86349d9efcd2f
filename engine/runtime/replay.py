"""What the log makes of fragments, by the same code that follows events as they come."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from engine.domain.identity import identifiers_of
from engine.domain.profiles import Fragment, apply
from engine.runtime.leaves import Leaves
from engine.storage import events
from engine.storage.rows import FragmentRow


def replay(connection: sqlite3.Connection, parts: Sequence[FragmentRow], leaves: Leaves) -> dict[int, Fragment]:
    """Give what the log makes of each fragment."""
    states = {part.id: leaves.first() for part in parts}
    for row in events.replay(connection, list(states)):
        names = identifiers_of(row.event)
        carried = [one for one in names if one[0] in row.carried]
        said = [one for one in names if one[0] in row.said]
        states[row.fragment_id] = leaves.count(apply(states[row.fragment_id], row.event, carried, said), row.event)
    return states
