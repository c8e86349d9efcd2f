"""From a name as written to the field it means: canonical, with the key apart where the field is a map."""

from __future__ import annotations

from dataclasses import replace

from engine.language.nodes import Name
from engine.language.problems import either, invalid, nearest
from engine.language.types import Field, Vocabulary, noun_of
from engine.values import FieldType


def resolve(name: Name, vocabulary: Vocabulary) -> Name:
    """Find the field; the longest known beginning of a dotted name wins. Raises InvalidDefinition."""
    written = ".".join(name.parts)
    found = vocabulary.field(written)
    if found is not None:
        return replace(name, parts=parts_of(found.name), resolved=found)
    for dot in _dots(written):
        found = vocabulary.field(written[:dot])
        if found is not None:
            return _entry(name, found, written[dot + 1 :])
    close = nearest(written, vocabulary.field_names()) or nearest(name.parts[-1], vocabulary.field_names())
    advice = f"Did you mean {either(close)}?" if close else "It has not been seen in the data."
    raise invalid(name.at, "unknown_field", f"There is no field {written}. {advice}", close)


def _entry(name: Name, found: Field, key: str) -> Name:
    if found.type is not FieldType.MAP or not key:
        message = f"{found.name} is {noun_of(found.type)} and has no parts: write {found.name} alone."
        raise invalid(name.at, "no_parts", message, (found.name,))
    return replace(name, parts=(*parts_of(found.name), key), resolved=found, key=key)


def parts_of(name: str) -> tuple[str, ...]:
    """Split a canonical name at its dots, as it is written without backticks."""
    parts = tuple(name.split("."))
    return parts if all(parts) else (name,)


def _dots(written: str) -> list[int]:
    return [place for place in range(len(written) - 1, 0, -1) if written[place] == "."]


def type_of_name(name: Name) -> FieldType:
    """Give the type that a resolved name compares as: an entry of a map is a number."""
    assert name.resolved is not None
    return FieldType.NUMBER if name.key is not None else name.resolved.type
