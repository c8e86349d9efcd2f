"""The attack: ten thousand devices claim one address, so that its profile grows until nothing answers any more."""

from __future__ import annotations

import time
from statistics import median

import httpx2
import pytest

from graphql_api.node import read_global_id
from tests.collector.wire import batch, browser, event, post
from tests.security.people import Victim, claims, identities, own_view, victim, whole
from tests.server import CONSOLE_TOKEN, SECRET_KEY, Server

DEVICES, AT_ONCE = 10_000, 1_000
LARGEST = 200_000
"""Bytes of any answer about the victim."""


@pytest.fixture(scope="module")
def who(server: Server) -> Victim:
    """Give a victim whose address ten thousand devices have claimed, a thousand in each request."""
    who = victim(server, proven=True)
    for first in range(0, DEVICES, AT_ONCE):
        numbers = range(first, first + AT_ONCE)
        crowd = [event("identify", anonymousId=f"c{number}", traits={"email": who.email}) for number in numbers]
        assert batch(server, *crowd).json["accepted"] == AT_ONCE
    return who


def test_the_profile_keeps_fifty_devices_and_its_owner(server: Server, who: Victim) -> None:
    devices = identities(whole(server, email=who.email), "anonymous_id")

    assert len(devices) == 50
    assert who.browser.id in devices


def test_its_owner_is_told_as_before(server: Server, who: Victim) -> None:
    view = own_view(server, who.browser)

    assert {"gold", "known_users"} <= set(view["audienceSlugs"])
    assert len(str(view)) < LARGEST


def test_all_that_servers_and_people_look_at_answers_and_is_small(server: Server, who: Victim) -> None:
    query = """query ($by: ProfileByInput!) { profile(by: $by) { id attributes mergedFrom identities { value }
      events(first: 100) { nodes { id } } membershipHistory(first: 100) { nodes { id } }
      membershipExplanation(audience: {slug: "known_users"}) { summary steps { actual } } } }"""
    body = {"query": query, "variables": {"by": {"email": who.email}}}
    headers = {"Authorization": f"Bearer {SECRET_KEY}", "Content_Type": "application/json"}

    answer = post(server, "/graphql", body, **headers)

    assert "errors" not in answer.json
    assert len(answer.body) < LARGEST


def test_who_was_pushed_out_still_sees_himself(server: Server, who: Victim) -> None:
    assert identities(whole(server, anonymousId="c0")) == {"c0"}
    assert who.email in identities(whole(server, anonymousId=f"c{DEVICES - 1}"))


def test_the_next_claim_takes_no_longer_than_one_about_somebody_else(server: Server, who: Victim) -> None:
    def takes(email: str) -> float:
        started = time.perf_counter()
        claims(server, browser(), email)
        return time.perf_counter() - started

    pairs = [(takes(who.email), takes(f"nobody-{number}@victim.example")) for number in range(20)]

    assert median(one for one, _ in pairs) < 0.1 + 5 * median(other for _, other in pairs)


def test_the_console_shows_the_profile(server: Server, who: Victim) -> None:
    id = read_global_id(whole(server, email=who.email)["id"])
    assert id is not None
    with httpx2.Client(base_url=server.address) as client:
        client.post("/console/sign-in", data={"token": CONSOLE_TOKEN}, headers={"Sec-Fetch-Site": "same-origin"})
        page = client.get(f"/console/profiles/{id.number}")

    assert page.status_code == 200
    assert len(page.content) < LARGEST
