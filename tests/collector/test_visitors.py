"""What a browser learns of its own visitor, by its secret alone; the secret itself is nowhere kept."""

from __future__ import annotations

import pytest

from tests.collector.wire import Browser, ask, batch, browser, event, new, profile
from tests.server import Server

BAD_SECRETS = ["", "short", "ä" * 43, "a" * 42, "a" * 44, 7, True, [], {"a": 1}]


def me(server: Server, authorization: str | None) -> tuple[int, object]:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = ask(server, "GET", "/v1/me", None, **headers)
    assert answer.headers["cache-control"] == "private, no-store"
    return answer.status, answer.json


def test_without_the_secret_nothing_is_told(server: Server) -> None:
    visitor = browser()
    visitor.post(server, event())

    assert batch(server, event(anonymousId=visitor.id)).json["visitor"] is None


def test_a_visitor_never_seen_gets_the_same_shape_as_one_who_is_known(server: Server) -> None:
    stranger, friend = browser(), browser()
    friend.post(server, event("identify", traits={"email": f"{new('ada')}@example.com"}))

    unseen, known = (one.post(server).json["visitor"] for one in (stranger, friend))

    assert unseen == {"known": False, "audiences": []}
    assert known.keys() == unseen.keys()


@pytest.mark.parametrize("secret", BAD_SECRETS)
def test_what_is_no_secret_tells_nothing_and_the_events_go_in(server: Server, secret: object) -> None:
    answer = batch(server, event(), visitorSecret=secret)

    assert (answer.json["accepted"], answer.json["visitor"]) == (1, None)
    assert answer.warnings == [(0, "wrong_secret", "visitorSecret")]


def test_the_secret_of_another_visitor_tells_nothing(server: Server) -> None:
    mine, other = browser(), browser()
    other.post(server, event("identify", traits={"email": f"{new('ada')}@example.com"}))

    answer = Browser(mine.secret, other.id).post(server, event())

    assert (answer.json["visitor"], answer.warnings) == (None, [(0, "wrong_secret", "visitorSecret")])


def test_me_and_the_answer_say_the_same(server: Server) -> None:
    visitor = browser()

    answer = visitor.post(server, event("identify", traits={"email": f"{new('ada')}@example.com"}))

    assert me(server, f"Visitor {visitor.secret}") == (200, answer.json["visitor"])
    assert answer.json["visitor"]["audiences"] == sorted(answer.json["visitor"]["audiences"])


@pytest.mark.parametrize("authorization", [None, "", "Visitor", "Visitor nonsense", f"Visitor {'a' * 43}", "Bearer x"])
def test_a_visitor_never_seen_gets_the_same_empty_answer_as_one_who_proves_nothing(
    server: Server, authorization: str | None
) -> None:
    assert me(server, authorization) == (200, {"known": False, "audiences": []})


def test_only_personalizable_audiences_leave(server: Server) -> None:
    visitor, slug = browser(), new("hidden").replace("-", "_")
    make = "mutation ($input: CreateAudienceInput!) { createAudience(input: $input) { userErrors { message } } }"
    server.graphql(make, input={"name": slug, "slug": slug, "definition": {"text": "*"}})

    assert slug not in visitor.post(server, event()).audiences


def test_the_secret_is_neither_stored_nor_logged_nor_echoed(server: Server) -> None:
    visitor = browser()
    refused = {**event("nonsense"), "visitorSecret": visitor.secret}

    answers = [
        visitor.post(server, event(), refused),
        visitor.post(server, event(timestamp="never")),
        ask(server, "GET", "/v1/me", Authorization=f"Visitor {visitor.secret}"),
        ask(server, "POST", "/v1/batch", b'{"visitorSecret": "%s", "batch": [' % visitor.secret.encode()),
    ]

    kept = [path.read_bytes() for path in server.database.parent.iterdir()]
    assert all(visitor.secret.encode() not in held for held in kept)
    assert any(visitor.id.encode() in held for held in kept)
    assert all(visitor.secret.encode() not in answer.body for answer in answers)


@pytest.mark.parametrize("named", [{}, {"anonymousId": None}, {"anonymousId": ""}])
def test_the_secret_says_whose_an_event_is_that_names_no_device(server: Server, named: dict[str, None]) -> None:
    visitor, page = browser(), event()
    del page["anonymousId"]

    answer = batch(server, {**page, **named}, visitorSecret=visitor.secret).json

    assert (answer["accepted"], answer["rejected"], answer["warnings"]) == (1, [], [])
    assert me(server, f"Visitor {visitor.secret}") == (200, answer["visitor"])
    assert profile(server, identity={"namespace": "anonymous_id", "value": visitor.id}) is not None
