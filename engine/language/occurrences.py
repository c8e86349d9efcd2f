"""Which events a DID counts: the right word, within the dates, passing WHERE. Counting them is the operator's work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from engine.language.definition import Definition
from engine.language.events import BUILT_IN, WEEKDAYS, tests_in
from engine.language.json_values import read_json
from engine.language.leaves import field_of
from engine.language.nodes import Dates, Did, Exists
from engine.language.predicate import compile_predicate
from engine.values import FieldType, Value

Matches = Callable[[str, int, Mapping[str, Any]], bool]
"""From an event's word, its instant and its properties as JSON to whether it counts."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def compile_matches(leaf: Did, zone: tzinfo = UTC) -> Matches:
    """Compile what an event must be to count for a checked DID; `zone` is the account's, for local hours and days."""
    start, end = _dates(leaf)
    passes = None if leaf.where is None else compile_predicate(Definition(leaf.where))
    read = _reader(leaf, zone)

    def matches(word: str, occurred_at: int, properties: Mapping[str, Any]) -> bool:
        if word != leaf.event or (start is not None and occurred_at < start) or (end is not None and occurred_at > end):
            return False
        return passes is None or passes(read(occurred_at, properties), occurred_at, {})

    return matches


def _dates(leaf: Did) -> tuple[int | None, int | None]:
    if not isinstance(leaf.window, Dates):
        return None, None
    start, end = leaf.window.start.value, leaf.window.end.value
    assert isinstance(start, int)
    assert isinstance(end, int)
    return start, end


def _reader(leaf: Did, zone: tzinfo) -> Callable[[int, Mapping[str, Any]], dict[str, Value | None]]:
    """Read just the properties that WHERE asks about, in its types; where only EXISTS asks for text, any will do."""
    tests = [] if leaf.where is None else list(tests_in(leaf.where))
    fields = [(field_of(test.name), isinstance(test, Exists)) for test in tests]
    typed = {field.name: field.type for field, exists in fields if not exists or field.type is not FieldType.STRING}
    only_present = {field.name for field, _ in fields} - set(typed)

    def read(occurred_at: int, properties: Mapping[str, Any]) -> dict[str, Value | None]:
        given = _Local(properties, occurred_at, zone)
        present = {name: None if given.get(name) is None else "" for name in only_present}
        return {**present, **{name: read_json(given.get(name), type_) for name, type_ in typed.items()}}

    return read


def local(name: str, occurred_at: int, zone: tzinfo) -> int | str | None:
    """Give the local hour or weekday of an event; None for any other name."""
    if name not in BUILT_IN:
        return None
    moment = (_EPOCH + timedelta(milliseconds=occurred_at)).astimezone(zone)
    return moment.hour if name == "local_hour" else WEEKDAYS[moment.weekday()]


class _Local:
    """An event's properties, dotted names reaching inside, and its local hour and weekday."""

    def __init__(self, properties: Mapping[str, Any], occurred_at: int, zone: tzinfo) -> None:
        self._properties = properties
        self._occurred_at = occurred_at
        self._zone = zone

    def get(self, name: str) -> Any:
        moment = local(name, self._occurred_at, self._zone)
        return _inside(self._properties, name) if moment is None else moment


def _inside(properties: Mapping[str, Any], name: str) -> Any:
    """Find a value by its dotted name; a key may hold dots itself."""
    if name in properties:
        return properties[name]
    for dot in (place for place, letter in enumerate(name) if letter == "."):
        inner = properties.get(name[:dot])
        if isinstance(inner, Mapping) and (found := _inside(inner, name[dot + 1 :])) is not None:
            return found
    return None
