"""Preview links: sealed by this house, until an instant, for the audiences that they say."""

from __future__ import annotations

import json

import pytest

from collector.previews import preview_query, previewed
from engine.domain.veil import Veil
from engine.errors import Forbidden
from tests.collector.wire import ask
from tests.server import WRITE_KEY, Server

OURS, THEIRS = Veil(lambda: bytes(32)), Veil(lambda: bytes([1] * 32))


def seal(query: str) -> str:
    """Take the seal from a link."""
    return query.rpartition("rollcall_seal=")[2]


def test_a_link_says_whom_it_shows_to_people_and_to_the_collector() -> None:
    query = preview_query(OURS, ["cyclists", "!known_users"], 1_000)

    assert query.startswith("rollcall_preview=cyclists,!known_users&rollcall_seal=")
    assert previewed(OURS, seal(query), 999) == ["cyclists", "!known_users"]


@pytest.mark.parametrize(
    ("text", "now"),
    [
        (seal(preview_query(OURS, ["cyclists"], 1_000)), 1_000),
        (seal(preview_query(THEIRS, ["cyclists"], 1_000)), 999),
        (seal(preview_query(OURS, ["cyclists"], 1_000))[:-2] + "AA", 999),
        (OURS.hide("Profile:1"), 999),
        ("", 999),
        ("ü%", 999),
    ],
    ids=["ended", "another house", "changed", "an id", "empty", "junk"],
)
def test_what_this_house_did_not_seal_or_has_ended_shows_nothing(text: str, now: int) -> None:
    with pytest.raises(Forbidden):
        previewed(OURS, text, now)


def test_a_page_is_told_why_its_link_shows_nothing(server: Server) -> None:
    body = json.dumps({"writeKey": WRITE_KEY, "seal": "made up"}).encode()

    answer = ask(server, "POST", "/v1/preview", body, Origin="https://shop.example")

    assert (answer.status, answer.error) == (403, "forbidden")
    assert "rollcall preview" in answer.json["error"]["message"]
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
