"""Attributes built in, declared or seen in the data, for those who build rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from strawberry import Parent

from engine.language.types import operators_of
from engine.seen import AttributeSeen
from engine.values import FieldType
from graphql_api import described
from graphql_api.context import Info
from graphql_api.paging import size
from graphql_api.scalars import JSON


@described.enum
class AttributeType(Enum):
    """Type of an attribute; decides its operators."""

    BOOLEAN = described.value("True or false.", FieldType.BOOLEAN)
    DATETIME = described.value("A point in time.", FieldType.TIME)
    MAP = described.value("Numbers by key, such as affinities by topic.", FieldType.MAP)
    NUMBER = described.value("A number.", FieldType.NUMBER)
    SET = described.value("A set of strings.", FieldType.SET)
    STRING = described.value("Text.", FieldType.STRING)


@dataclass(frozen=True, slots=True)
class Counted:
    """A value and how many profiles have it."""

    value: Any
    count: int


@dataclass(frozen=True, slots=True)
class Typed:
    """A type and how many values are of it."""

    type: FieldType
    count: int


@described.type_
class ValueCount:
    """A value and how many have it."""

    count: int = described.attribute("How many.")
    value: JSON = described.attribute("The value.")


@described.type_
class AttributeTypeCount:
    """A type that an attribute was seen with."""

    count: int = described.attribute("Values of this type that there are now, each device counted by itself.")
    type: AttributeType = described.attribute("The type.")


@described.type_
class AttributeDefinition:
    """An attribute seen in the data, for rule builders."""

    aliases: list[str] = described.attribute("Other names that rules may use for it, as other systems do.")
    count: int = described.attribute("Profiles that have it.")

    @described.field
    @staticmethod
    def declared(seen: Parent[AttributeSeen]) -> bool:
        """Whether `rollcall.toml` declares it: then its type stands, whatever is seen."""
        return seen.is_declared

    @described.field
    @staticmethod
    def description(seen: Parent[AttributeSeen]) -> str | None:
        """What it means, in a sentence for people; null where nobody has said."""
        return seen.field.description or None

    @described.field
    @staticmethod
    def key(seen: Parent[AttributeSeen]) -> str:
        """Dotted key, e.g. `plan`."""
        return seen.field.name

    @described.field
    @staticmethod
    def label(seen: Parent[AttributeSeen]) -> str:
        """Label for people."""
        return seen.field.label

    @described.field
    @staticmethod
    def operators(seen: Parent[AttributeSeen]) -> list[str]:
        """Operators its type allows."""
        return list(operators_of(seen.field.type))

    @described.field_of(list[ValueCount])
    @staticmethod
    async def top_values(
        seen: Parent[AttributeSeen], info: Info, first: int | None = 20, prefix: str | None = None
    ) -> Sequence[Counted]:
        """Commonest values, optionally starting with `prefix`."""
        asked = (seen.field.name, prefix or "", size(first), seen.event)
        top = await info.context.engine.catalog.top_values(*asked)
        return [Counted(value, count) for value, count in top]

    @described.field_of(AttributeType)
    @staticmethod
    def type(seen: Parent[AttributeSeen]) -> FieldType:
        """Its type."""
        return seen.field.type

    @described.field_of(list[AttributeTypeCount])
    @staticmethod
    def types_seen(seen: Parent[AttributeSeen]) -> Sequence[Typed]:
        """Types that its values were ever of, its own first; values of another type than its own count as missing.
        Empty where it is built in or never seen."""
        return [Typed(type, count) for type, count in seen.own_first.items()]
