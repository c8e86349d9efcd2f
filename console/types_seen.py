"""Types of values in the words of a person who builds audiences, and what to say where values are of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.wording import percent
from engine.seen import AttributeSeen
from engine.values import FieldType

TYPE_WORDS = {
    FieldType.STRING: "Text",
    FieldType.NUMBER: "Number",
    FieldType.BOOLEAN: "Yes or no",
    FieldType.TIME: "Time",
    FieldType.SET: "List",
    FieldType.MAP: "Topics",
}
_MANY = {
    FieldType.STRING: "texts",
    FieldType.NUMBER: "numbers",
    FieldType.BOOLEAN: "yes or no",
    FieldType.TIME: "times",
    FieldType.SET: "lists",
    FieldType.MAP: "topics",
}
_SUCH_AS = {
    FieldType.STRING: '"pro"',
    FieldType.NUMBER: "42",
    FieldType.BOOLEAN: "true",
    FieldType.TIME: '"2026-01-31"',
    FieldType.SET: '["a", "b"]',
    FieldType.MAP: '{"cycling": 0.5}',
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One type that values were of: what such a value looks like, and how many there are."""

    word: str
    such_as: str
    count: int
    is_own: bool
    """Whether rules see values of this type."""


def kinds(one: AttributeSeen) -> Sequence[Kind]:
    """List the types that were seen, the attribute's own first."""
    own = one.field.type
    return [Kind(TYPE_WORDS[type], _SUCH_AS[type], count, type is own) for type, count in one.own_first.items()]


def also_seen(one: AttributeSeen) -> str:
    """Name the other types that were ever seen; nothing where all were of one."""
    others = [TYPE_WORDS[type].lower() for type in one.conflicting]
    return f"also seen as {' and '.join(others)}" if others else ""


def lost_on_rules(one: AttributeSeen | None, where: str = "here") -> str:
    """Say how large a share of the values rules cannot see; nothing where they see all."""
    found = {type: count for type, count in one.conflicting.items() if count} if one else {}
    if one is None or not found:
        return ""
    whole = sum(one.types.values())
    first, *others = [f"{percent(count, whole)} {{}}are {_MANY[type]}" for type, count in found.items()]
    shares = " and ".join([first.format("of its values "), *(other.format("") for other in others)])
    return f"{shares}: they count as missing {where}."
