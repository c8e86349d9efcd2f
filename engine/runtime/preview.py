"""What unsaved rules would give: exact for up to 2,000 profiles, an estimate from as many beyond that."""

from __future__ import annotations

import sqlite3

from engine.catalog import Fields
from engine.domain.profiles import Fragment, join
from engine.errors import InvalidDefinition
from engine.language.english import summarise
from engine.language.predicate import compile_predicate
from engine.language.printer import to_text
from engine.ports import Preview
from engine.runtime.house import House
from engine.runtime.leaves import Leaves, anew, gather
from engine.runtime.reading import Reader
from engine.runtime.registry import Included, checked
from engine.storage import events, fragments, listing, subjects
from engine.storage.rows import FragmentRow

MOST_ASKED = 2_000


async def preview(house: House, text: str, sample: int) -> Preview:
    """Check rules and ask up to 2,000 profiles, spread over all, by the same predicate as live evaluation."""
    total = await house.read(subjects.count)
    try:
        definition = checked(text, house.words(), house.registry)
    except InvalidDefinition as error:
        return Preview(problems=error.problems, total=total)
    predicate = compile_predicate(definition)
    leaves = gather(definition.leaves, lambda asked: {leaf: number for number, leaf in enumerate(asked, 1)}, house.zone)
    registry = house.registry
    now = house.clock.now()

    def read(connection: sqlite3.Connection) -> Preview:
        ids = listing.sample(connection, MOST_ASKED)
        rows = subjects.load(connection, ids)
        parts: dict[int, list[Fragment]] = {}
        for row in fragments.of_profiles(connection, ids):
            parts.setdefault(row.profile_id, []).append(_counted(connection, row, leaves))
        matching = [
            id
            for id in ids
            if predicate(
                Fields(join(parts.get(id, [])), now, leaves.numbers),
                now,
                Included(registry.ids, rows[id].memberships),
            )
        ]
        shown = Reader(connection, registry, now).profiles(matching[: max(0, sample)])
        estimated = total > len(ids)
        return Preview(
            size=round(len(matching) * total / len(ids)) if estimated else len(matching),
            total=total,
            estimated=estimated,
            sample=[one for one in shown if one],
            text=to_text(definition.root),
            summary=summarise(definition.root),
        )

    return await house.read(read)


def _counted(connection: sqlite3.Connection, row: FragmentRow, leaves: Leaves) -> Fragment:
    """Count on a fragment what unsaved rules ask about."""
    if not leaves.newest:
        return row.state
    log = events.of_names(connection, [row.id], leaves.by_event)
    return leaves.catch_up(anew(row.state), (event for _, event in log))
