"""What the language knows of fields: their types, how they move, and which tests each type allows. Not their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from engine.values import FieldType, Motion, Value


@dataclass(frozen=True, slots=True)
class Field:
    """A field that rules can ask about; `name` is its canonical name."""

    name: str
    type: FieldType
    motion: Motion
    label: str
    description: str = ""


class Vocabulary(Protocol):
    """The words a definition may use."""

    def field(self, name: str) -> Field | None:
        """Find a field by its name or an alias of it."""

    def field_names(self) -> Iterable[str]:
        """List the names to suggest from."""

    def audience_slugs(self) -> Iterable[str]:
        """List the audiences that may be included."""


@dataclass(frozen=True, slots=True)
class FixedTypes:
    """A vocabulary whose types are those that a definition fixed when it was saved."""

    vocabulary: Vocabulary
    types: Mapping[str, FieldType]

    def field(self, name: str) -> Field | None:
        """Find a field, as it was; one that is no longer in the data is still known."""
        found = self.vocabulary.field(name)
        if found is None:
            return Field(name, self.types[name], Motion.STILL, name) if name in self.types else None
        return replace(found, type=self.types.get(found.name, found.type))

    def field_names(self) -> Iterable[str]:
        """List the names to suggest from."""
        return self.vocabulary.field_names()

    def audience_slugs(self) -> Iterable[str]:
        """List the audiences that may be included."""
        return self.vocabulary.audience_slugs()


class Fields(Protocol):
    """A profile as a predicate reads it: by canonical field name, None where a value is missing."""

    def __getitem__(self, name: str, /) -> Value | None: ...


class MovingFields(Protocol):
    """A profile at an instant that also knows how its fields go on when nothing happens."""

    def __getitem__(self, name: str, /) -> Value | None: ...

    def falls(self, field: str, key: str | None, value: float, inclusive: bool, /) -> int | None:
        """Give the first instant after now at which a decaying field is below `value` (or at it, if inclusive).

        None means never. `key` names an entry of a map field."""

    def falls_not_before(self, field: str, key: str | None, value: float, inclusive: bool, /) -> int | None:
        """Give an instant after now that is not later than that, found faster; the field must not be there yet."""


class EventfulFields(Protocol):
    """A profile that also knows when it did what DID asks about."""

    def occurrences(self, leaf: str, /) -> Sequence[int]:
        """Give the instants of the events that match a leaf, newest first, at least its count + 1 where there are."""


_OPERATORS: Mapping[FieldType, tuple[str, ...]] = {
    FieldType.STRING: ("=", "!=", "IN", "CONTAINS", "LIKE", "EXISTS"),
    FieldType.NUMBER: ("=", "!=", "<", "<=", ">", ">=", "BETWEEN", "IN", "EXISTS"),
    FieldType.BOOLEAN: ("=", "!=", "EXISTS"),
    FieldType.TIME: ("<", "<=", ">", ">=", "BETWEEN", "EXISTS"),
    FieldType.SET: ("INTERSECTS", "IN", "EXISTS"),
    FieldType.MAP: ("INTERSECTS", "IN", "EXISTS"),
}


def operators_of(type_: FieldType) -> tuple[str, ...]:
    """List the operators that a field of this type allows, as they are written."""
    return _OPERATORS[type_]


_NOUNS: Mapping[FieldType, str] = {
    FieldType.STRING: "text",
    FieldType.NUMBER: "a number",
    FieldType.BOOLEAN: "true or false",
    FieldType.TIME: "a time",
    FieldType.SET: "a set of texts",
    FieldType.MAP: "a map from texts to numbers",
}


def noun_of(type_: FieldType) -> str:
    """Say what a field of this type holds."""
    return _NOUNS[type_]
