"""Segment's and RudderStack's clients for servers, unchanged: each call of their programs is in the profile."""

from __future__ import annotations

import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.server import Server
from tests.wire.clients import ENDS_WITHIN, HERE, command, install, programs, run
from tests.wire.profiles import assert_whole, whole

CLIENTS = ["Node.js", "Node.js, RudderStack", "Python", "Python, RudderStack"]


@pytest.fixture(scope="module", autouse=True)
def packages() -> None:
    """Have the clients installed."""
    install()


@pytest.mark.parametrize("client", CLIENTS)
def test_every_call_of_a_client_is_in_the_profile(server: Server, client: str) -> None:
    person = f"of-{CLIENTS.index(client)}"
    begun = datetime.now(UTC).replace(microsecond=0)
    (program,) = programs(client)

    run(program, server.address, person)

    events = assert_whole(server, person, begun)
    assert events["alias"]["properties"]["previousId"] == "guest-7"
    assert events["page"]["url"] == "https://shop.example/prices"


@pytest.mark.parametrize("client", ["Node.js", "Python"])
def test_a_client_that_begins_while_the_server_is_away_loses_nothing(server: Server, client: str) -> None:
    (program,) = programs(client)
    person, begun = f"patient-{CLIENTS.index(client)}", datetime.now(UTC).replace(microsecond=0)
    server.kill()

    with subprocess.Popen(command(program, server.address, person), cwd=HERE) as running:
        time.sleep(1)  # for its first tries to fail
        server.restart()
        assert running.wait(ENDS_WITHIN) == 0

    assert_whole(server, person, begun)


@pytest.mark.parametrize("client", ["Python", "Python, RudderStack"])
def test_a_client_shows_its_owner_why_it_is_refused_and_does_not_try_for_ever(server: Server, client: str) -> None:
    (program,) = programs(client)
    wrong = replace(program, text=program.text.replace("wk_test", "wk_wrong"))

    with pytest.raises(AssertionError, match="Send a write key"):
        run(wrong, server.address, "wrong")

    assert whole(server, "customer-wrong") is None
