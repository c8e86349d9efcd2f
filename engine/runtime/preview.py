"""What unsaved rules would give: checked, told in words, counted, and compared with the rules that are saved."""

from __future__ import annotations

import sqlite3

from engine.errors import InvalidDefinition, NotFound
from engine.language.english import summarise
from engine.language.nodes import And, Include, Node, Not
from engine.language.printer import to_text
from engine.language.tree import places
from engine.ports import Preview, Step
from engine.runtime.house import House
from engine.runtime.reading import Reader
from engine.runtime.registry import checked
from engine.runtime.survey import Survey
from engine.storage import subjects

LOOK_FOR = 800
"""Milliseconds; a person who edits rules waits for this."""
MOST_STEPS = 200


async def preview(house: House, text: str, sample: int, instead_of: str | None = None) -> Preview:
    """Check rules and count whom they match, until time is up."""
    if instead_of is not None and instead_of not in house.registry.ids:
        raise NotFound(f"There is no audience {instead_of}.", ("audience",))
    try:
        definition = checked(text, house.words(), house.registry, instead_of)
    except InvalidDefinition as error:
        return Preview(problems=error.problems, total=await house.read(subjects.count))
    steps = [*places(definition.root)][:MOST_STEPS]
    moves = [] if instead_of is None else _moves(definition.root, instead_of)
    survey = Survey(house, definition, [*(node for _, node in steps), *moves], frozenset(filter(None, [instead_of])))

    def read(connection: sqlite3.Connection) -> Preview:
        counted = survey.run(connection, house.clock.now() + LOOK_FOR, max(0, sample))
        entering, leaving = counted.sizes[len(steps) :] or (None, None)
        return Preview(
            size=counted.sizes[0],
            total=counted.total,
            estimated=counted.is_estimated,
            sample=[one for one in Reader(connection, house).profiles(counted.newest) if one],
            text=to_text(definition.root),
            summary=summarise(definition.root),
            steps=[Step(pointer, size) for (pointer, _), size in zip(steps, counted.sizes, strict=False)],
            entering=entering,
            leaving=leaving,
        )

    return await house.read(read)


def _moves(rules: Node, saved: str) -> list[Node]:
    """Give the rules of who would enter an audience, and of who would leave it."""
    return [And((rules, Not(Include(saved)))), And((Not(rules), Include(saved)))]
