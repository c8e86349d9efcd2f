"""Events seen in the data, for those who build rules about what people did."""

from __future__ import annotations

from strawberry import Parent

from engine.seen import EventSeen
from graphql_api import described
from graphql_api.attribute import AttributeDefinition


@described.type_
class EventDefinition:
    """An event type seen in the data, for rule builders."""

    count: int = described.attribute("Events of this type.")
    properties: list[AttributeDefinition] = described.attribute("Properties seen on it.")

    @described.field
    @staticmethod
    def type(seen: Parent[EventSeen]) -> str:
        """The `event` of a track call, else `page`, `screen`, `identify`, `group` or `alias`."""
        return seen.name
