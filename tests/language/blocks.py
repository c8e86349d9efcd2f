"""One person as a block of columns: what a profile holds at an instant, asked the way that columns are asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import inf
from typing import cast

import numpy as np

from engine.language.columns import Answer, Numbers, Occurrences, Question, Words
from engine.language.definition import Definition
from engine.language.nodes import All, Dates, Did, Node, Not
from engine.language.operators.kinds import PYTHON_TYPES
from engine.language.types import EventfulFields, Field, MovingFields
from engine.values import Value

AT = 1
"""The person's position; nobody stands at the other."""


class PersonBlock:
    """A person, with the events that the leaves of a definition count: known where one leaf alone asks for a word."""

    size = 2

    def __init__(self, fields: MovingFields, leaves: tuple[Did, ...]) -> None:
        self.fields, self.leaves = fields, leaves

    def _value(self, field: Field) -> Value | None:
        value = self.fields[field.name]
        return value if type(value) is PYTHON_TYPES[field.type] else None

    def numbers(self, field: Field, key: str | None) -> Numbers:
        """Give a number, an instant, a truth or an entry of a map."""
        value = self._value(field)
        entry = value.get(key) if isinstance(value, Mapping) and key is not None else value
        return Numbers(np.array([np.nan, np.nan if entry is None else float(entry)]))  # type: ignore[arg-type]

    def words(self, field: Field) -> Words:
        """Give a text, the words of a set or the keys of a map."""
        value = cast("str | Collection[str] | None", self._value(field))
        held = [value] if isinstance(value, str) else list(value or ())
        codes = [*range(len(held))] or ([] if value is None else [-1])
        return Words(held, np.full(len(codes), AT), np.array(codes, np.int64))

    def occurrences(self, event: str) -> Occurrences:
        """Give what the one leaf that asks for a word counts; with several nothing is known."""
        asking = [leaf for leaf in self.leaves if leaf.event == event]
        if len(asking) > 1 or isinstance(asking[0].window, Dates):
            return Occurrences(np.empty(0, np.int64), np.empty(0), np.full(2, inf))
        instants = cast(EventfulFields, self.fields).occurrences(asking[0].leaf)
        return Occurrences(np.full(len(instants), AT), np.array(instants, float), np.full(2, -inf))

    @property
    def tells_all(self) -> bool:
        """Whether nothing can be left in doubt."""
        words = [leaf.event for leaf in self.leaves]
        return len(set(words)) == len(words) and not any(
            leaf.where is not None or isinstance(leaf.window, Dates) for leaf in self.leaves
        )


def answered(definition: Definition, block: PersonBlock, now: int, included: Mapping[str, bool]) -> Answer:
    """Ask a block, with the verdicts of included audiences."""
    rules: dict[str, Node] = {slug: All() if verdict else Not(All()) for slug, verdict in included.items()}
    return Question(rules).ask(block, now).of(definition.root)
