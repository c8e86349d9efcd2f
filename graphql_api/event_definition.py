"""Events seen in the data, for those who build rules about what people did."""

from __future__ import annotations

from collections.abc import Sequence

from strawberry import Parent

from engine.seen import AttributeSeen, EventSeen
from graphql_api import described
from graphql_api.attribute import AttributeDefinition


@described.type_
class EventDefinition:
    """An event type seen in the data, for rule builders."""

    count: int = described.attribute("Events of this type.")

    @described.field_of(list[AttributeDefinition])
    @staticmethod
    def properties(seen: Parent[EventSeen]) -> Sequence[AttributeSeen]:
        """Properties seen on it."""
        return [one for one in seen.properties if one.count]

    @described.field
    @staticmethod
    def type(seen: Parent[EventSeen]) -> str:
        """The `event` of a track call, else `page`, `screen`, `identify`, `group` or `alias`."""
        return seen.name
