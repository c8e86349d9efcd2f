"""What a block of profiles holds, as the language asks for it, and as columns keep it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from math import inf

import numpy as np
import numpy.typing as npt

from engine.catalog import BUILT_IN, Fields
from engine.domain import columns as laid
from engine.domain import many
from engine.domain.behaviour import Basis
from engine.domain.columns import SIZE, Column, Row
from engine.domain.profiles import Fragment
from engine.language.columns import Numbers, Occurrences, Words
from engine.language.types import Field
from engine.storage import columns
from engine.values import FieldType, Motion, Value, type_of

HERE = "here"
"""The column of those who are profiles."""
INTERESTS = "interests"
SINCE = "known after"
"""The column of those with so many events that only the newest are in columns."""


class StoredBlock:
    """One block on one snapshot, as of an instant; each column is read when it is first asked for."""

    size = SIZE

    def __init__(self, connection: sqlite3.Connection, number: int, now: int) -> None:
        self.number = number
        self._connection = connection
        self._now = now
        self._read: dict[str, Column] = {}

    @property
    def here(self) -> npt.NDArray[np.bool_]:
        """Tell at which positions there are profiles."""
        found = np.zeros(SIZE, np.bool_)
        found[self._column(HERE).positions] = True
        return found

    def numbers(self, field: Field, key: str | None) -> Numbers:
        """Give a field of numbers, instants or truths, or an entry of the map of interests."""
        if key is not None:
            return self._interest(key)
        if field.motion is Motion.DECAYING:
            return Numbers(*many.score(self._basis, field.name.removeprefix("score_"), self._now))
        return Numbers(self._column(_named(field.type, field.name)).spread())

    def words(self, field: Field) -> Words:
        """Give a field of text, the words of a set or the topics of interests."""
        name = INTERESTS if field.type is FieldType.MAP else _named(field.type, field.name)
        column = self._column(name)
        return Words(column.words, column.positions, column.codes)

    def occurrences(self, event: str) -> Occurrences:
        """Give the instants of events that have this word."""
        column, cut = self._column(_did(event)), self._column(SINCE).spread()
        instants = column.numbers[0] if column.numbers else np.empty(0)
        return Occurrences(column.positions, instants, np.where(np.isnan(cut), -inf, cut))

    def _interest(self, topic: str) -> Numbers:
        column = self._column(INTERESTS)
        if topic not in column.words:
            return Numbers(np.full(SIZE, np.nan))
        rows, (since, share, weight) = column.codes == column.words.index(topic), column.numbers
        strengths, doubts = many.strength(since[rows], share[rows], weight[rows], self._now)
        values, doubt = np.full(SIZE, np.nan), np.zeros(SIZE, np.bool_)
        values[column.positions[rows]], doubt[column.positions[rows]] = strengths, doubts
        return Numbers(values, doubt)

    def _basis(self, name: str) -> laid.Floats:
        return self._column(_BASIS[name]).spread()

    def _column(self, name: str) -> Column:
        found = self._read.get(name)
        if found is None:
            data = columns.one(self._connection, self.number, name)
            found = self._read[name] = laid.EMPTY if data is None else laid.unpack(data)
        return found


def rows_of(
    position: int, state: Fragment, log: Iterable[tuple[str, int]], after: int | None
) -> Iterator[tuple[str, Row]]:
    """Give what a profile puts into columns, as (column, row): its state, and the words and instants of its events, of
    which those up to `after` may be left out."""
    yield HERE, (position, None, ())
    fields = Fields(state, 0)
    yield from _attributes(position, fields)
    if (basis := fields.basis) is not None:
        for name, column in _BASIS.items():
            yield column, (position, None, (float(getattr(basis, name)),))
    for topic, interest in fields.interests.items():
        yield INTERESTS, (position, topic, interest)
    for word, at in log:
        yield _did(word), (position, None, (float(at),))
    if after is not None:
        yield SINCE, (position, None, (float(after),))


def _attributes(position: int, fields: Fields) -> Iterator[tuple[str, Row]]:
    """Give what does not move by itself, and instants."""
    for name in (*_STEADY, *fields.state.cells):
        value = fields[name]
        if value is not None:
            column = _STEADY.get(name) or _named(type_of(value), name)
            yield from ((column, row) for row in _of_value(position, value))


def _of_value(position: int, value: Value) -> Iterable[Row]:
    match value:
        case str():
            return ((position, value, ()),)
        case float() | int():
            return ((position, None, (float(value),)),)
        case frozenset():
            return [(position, word, ()) for word in value] or [(position, None, ())]
        case _:
            raise AssertionError("maps are laid out as interests")


def _named(type: FieldType, name: str) -> str:
    return f"{type.value} {name}"


def _did(event: str) -> str:
    return f"did {event}"


_STEADY: Mapping[str, str] = {
    one.field.name: _named(one.field.type, one.field.name)
    for one in BUILT_IN
    if one.field.motion is not Motion.DECAYING
}
_BASIS: Mapping[str, str] = {name: f"basis {name}" for name in Basis.__struct_fields__ if name != "model"}
