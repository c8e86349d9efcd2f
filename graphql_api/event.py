"""Events as the API tells them."""

from __future__ import annotations

import strawberry
from strawberry import Parent

from engine.domain.events import Trust
from engine.ports import StoredEvent
from graphql_api import described
from graphql_api.node import Node, global_id
from graphql_api.paging import PageInfo
from graphql_api.scalars import JSON, DateTime


@described.record_type(StoredEvent)
class Event(Node):
    """Something a visitor did."""

    @described.field
    @staticmethod
    def id(record: Parent[StoredEvent]) -> strawberry.ID:
        """Opaque global ID."""
        return global_id("Event", record.id)

    @described.field
    @staticmethod
    def occurred_at(record: Parent[StoredEvent]) -> DateTime:
        """When it happened."""
        return DateTime(record.event.occurred_at)

    @described.field
    @staticmethod
    def properties(record: Parent[StoredEvent]) -> JSON:
        """What came with it."""
        return JSON({**record.event.properties, **record.event.traits})

    @described.field
    @staticmethod
    def received_at(record: Parent[StoredEvent]) -> DateTime:
        """When the collector took it."""
        return DateTime(record.event.received_at)

    @described.field
    @staticmethod
    def type(record: Parent[StoredEvent]) -> str:
        """The `event` of a track call, else `page`, `screen`, `identify`, `group` or `alias`."""
        return record.event.name

    @described.field
    @staticmethod
    def url(record: Parent[StoredEvent]) -> str | None:
        """Page address."""
        return record.event.context.url


@described.type_
class EventEdge:
    """An event in a page."""

    cursor: str = described.attribute("Opaque cursor.")
    node: Event = described.attribute("The event.")


@described.type_
class EventConnection:
    """Events, paged."""

    edges: list[EventEdge] = described.attribute("Edges.")
    nodes: list[Event] = described.attribute("The nodes alone.")
    page_info: PageInfo = described.attribute("Page information.")


def is_open(record: StoredEvent, device: str | None) -> bool:
    """Tell whether a view may show an event: a device's own view only what its own browser has told."""
    told = record.event
    return device is None or (told.anonymous_id == device and told.trust is not Trust.SERVER)
