"""What a profile must show after a client's program has run: every call, with its time, ids and properties."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.collector.wire import soon
from tests.server import Server

WHOLE = """query ($by: ProfileByInput!) { profile(by: $by) {
  known email attributes identities { namespace value }
  events(first: 50) { nodes { type occurredAt receivedAt url properties } }
} }"""
CALLS = ("identify", "Order completed", "page", "screen", "group", "alias")
SAID: dict[str, dict[str, Any]] = {
    "identify": {"plan": "pro"},
    "Order completed": {"total": 49.9},
    "page": {"name": "Prices", "category": "Shop"},
    "screen": {"name": "Basket", "items": 2},
    "group": {"groupId": "acme", "employees": 12},
    "alias": {},
}


def whole(server: Server, user_id: str) -> Any:
    """Give a person's whole profile; None for nobody."""
    return server.graphql(WHOLE, by={"identity": {"namespace": "user_id", "value": user_id}})["profile"]


def has_all(server: Server, user_id: str) -> bool:
    """Wait until every call has arrived."""

    def arrived() -> bool:
        found = whole(server, user_id)
        return found is not None and len(found["events"]["nodes"]) >= len(CALLS)

    return soon(arrived)


def assert_whole(server: Server, person: str, begun: datetime) -> dict[str, Any]:
    """See that a person's profile holds what the programs say; gives each event by its name."""
    assert has_all(server, f"customer-{person}"), whole(server, f"customer-{person}")
    found = whole(server, f"customer-{person}")
    events: dict[str, Any] = {one["type"]: one for one in found["events"]["nodes"]}
    assert sorted(one["type"] for one in found["events"]["nodes"]) == sorted(CALLS)
    assert (found["known"], found["email"], found["attributes"]["plan"]) == (True, f"{person}@example.com", "pro")
    assert {"namespace": "user_id", "value": f"customer-{person}"} in found["identities"]
    for name, properties in SAID.items():
        assert events[name]["properties"].items() >= properties.items(), events[name]
    _assert_times(events, begun)
    return events


def _assert_times(events: dict[str, Any], begun: datetime) -> None:
    """See that what has a time of its own keeps it, and the rest happened between the start and its receipt."""
    times = {name: datetime.fromisoformat(one["occurredAt"]) for name, one in events.items()}
    assert times.pop("Order completed") == datetime(2025, 6, 1, 12, tzinfo=UTC)
    for name, time in times.items():
        assert begun <= time <= datetime.fromisoformat(events[name]["receivedAt"]), name
