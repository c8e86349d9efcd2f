"""What unsaved rules would give: exact where all can be asked in good time, else an estimate from those who were."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from math import ceil, gcd

from engine.catalog import Fields
from engine.domain.profiles import Fragment, join
from engine.errors import InvalidDefinition
from engine.language.definition import Definition
from engine.language.english import summarise
from engine.language.predicate import compile_predicate
from engine.language.printer import to_text
from engine.ports import Preview
from engine.runtime.house import House
from engine.runtime.leaves import anew, gather
from engine.runtime.reading import Reader
from engine.runtime.registry import Included, checked
from engine.storage import events, fragments, subjects

LOOK_FOR = 800
"""Milliseconds; a person who edits rules waits for this."""
AT_ONCE = 250


async def preview(house: House, text: str, sample: int) -> Preview:
    """Check rules and ask profiles, by the same predicate as live evaluation, until all are asked or time is up."""
    try:
        definition = checked(text, house.words(), house.registry)
    except InvalidDefinition as error:
        return Preview(problems=error.problems, total=await house.read(subjects.count))
    question = Question(house, definition)

    def read(connection: sqlite3.Connection) -> Preview:
        total = subjects.count(connection)
        asked, members = question.ask_until(connection, house.clock.now() + LOOK_FOR)
        shown = Reader(connection, house).profiles(members[: max(0, sample)])
        return Preview(
            size=round(len(members) * total / max(1, asked)),
            total=total,
            estimated=asked < total,
            sample=[one for one in shown if one],
            text=to_text(definition.root),
            summary=summarise(definition.root),
        )

    return await house.read(read)


class Question:
    """Unsaved rules, asked of stored profiles as of one instant."""

    def __init__(self, house: House, definition: Definition) -> None:
        self.now = house.clock.now()
        self._clock = house.clock
        self._ids = house.registry.ids
        self._predicate = compile_predicate(definition)
        self._leaves = gather(
            definition.leaves, lambda asked: {leaf: number for number, leaf in enumerate(asked, 1)}, house.zone
        )
        self._included = [self._ids[slug] for slug in definition.includes]

    def ask_until(self, connection: sqlite3.Connection, deadline: int) -> tuple[int, list[int]]:
        """Ask parts of all profiles until time is up; give how many were asked, and the ids of those that match."""
        asked, members = 0, list[int]()
        for ids in spread(subjects.last_id(connection), AT_ONCE):
            profiles = subjects.profiles_among(connection, ids)
            members += self._matching(connection, profiles)
            asked += len(profiles)
            if self._clock.now() >= deadline:
                break
        return asked, members

    def _matching(self, connection: sqlite3.Connection, ids: Sequence[int]) -> Iterator[int]:
        states = self._states(connection, ids)
        entered = subjects.memberships_among(connection, ids, self._included) if self._included else {}
        for id in ids:
            fields = Fields(join(states.get(id, [])), self.now, self._leaves.numbers)
            if self._predicate(fields, self.now, Included(self._ids, entered.get(id, {}))):
                yield id

    def _states(self, connection: sqlite3.Connection, ids: Sequence[int]) -> Mapping[int, list[Fragment]]:
        rows = fragments.of_profiles(connection, ids)
        asked = self._leaves.by_event
        logs = events.logs(connection, [row.id for row in rows], asked) if asked else {}
        states: dict[int, list[Fragment]] = {}
        for row in rows:
            state = self._leaves.catch_up(anew(row.state), logs[row.id]) if asked else row.state
            states.setdefault(row.profile_id, []).append(state)
        return states


def spread(last: int, at_once: int) -> Iterator[range]:
    """Give the ids from 1 to `last` in parts, each spread over all, far parts before near ones."""
    step = max(1, ceil(last / at_once))
    stride = next(one for one in range(max(1, step * 5 // 8), step + 2) if gcd(one, step) == 1)
    return (range(1 + number * stride % step, last + 1, step) for number in range(step))
