"""One server for all attacks: each brings people and devices of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.collector.wire import event
from tests.security.people import by_server
from tests.server import Server

MAKE = "mutation ($input: CreateAudienceInput!) { createAudience(input: $input) { userErrors { message } } }"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a server with two audiences that follow from the words of servers; pages may see one of them."""
    yield from _started(tmp_path_factory)


@pytest.fixture(scope="module")
def strict_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give such a server on which only proof links."""
    yield from _started(tmp_path_factory, ROLLCALL_IDENTITY_LINK="verified")


def _started(paths: pytest.TempPathFactory, **environment: str) -> Iterator[Server]:
    started = Server(paths.mktemp("security") / "rollcall.db", ("--simulated-clock",), environment)
    try:
        by_server(started, event("identify", userId="a-first-customer", traits={"plan": "gold", "banned": True}))
        for name, rules in (("Gold", 'plan = "gold"'), ("Banned", "banned = true")):
            made = {"name": name, "personalizable": name == "Gold", "definition": {"text": rules}}
            assert started.graphql(MAKE, input=made)["createAudience"]["userErrors"] == []
        yield started
    finally:
        started.kill()
