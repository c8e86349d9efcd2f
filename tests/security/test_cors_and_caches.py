"""The attack: let a foreign page, or a cache between, have an answer that is somebody's own."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.collector.wire import Answer, Browser, ask, browser, event, post
from tests.security.people import by_server, claims
from tests.server import SECRET_KEY, WRITE_KEY, Server

OURS, FOREIGN = "https://shop.example", "https://attacker.example"
FOREIGNERS = [
    *(FOREIGN, "null", "https://shop.example.attacker.example", "https://attackershop.example"),
    *("http://shop.example", "https://shop.example:8443", "https://sub.shop.example", "https://shop.example@x.example"),
    *("HTTPS://SHOP.EXAMPLE", "https://shop.example/", "https://xn--shop-0n7i.example", "*", ""),
]
QUERY = {"query": "{ me { known audienceSlugs } }"}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a server whose pages all stand on one origin."""
    settings = {"ROLLCALL_ALLOWED_ORIGINS": OURS}
    started = Server(tmp_path_factory.mktemp("origins") / "rollcall.db", (), settings)
    yield started
    started.kill()


@pytest.fixture(scope="module")
def visitor(strict: Server) -> Browser:
    visitor = browser()
    claims(strict, visitor, "visitor@victim.example")
    return visitor


def _everything_personal(server: Server, who: Browser, **headers: str) -> dict[str, Answer]:
    """Ask for each answer that is somebody's own, refusals too."""
    shown = {"Authorization": f"Visitor {who.secret}", **headers}
    body = {"writeKey": WRITE_KEY, "visitorSecret": who.secret, "batch": [event(anonymousId=who.id)]}
    whole = {"query": "{ profiles { nodes { email } } }"}
    return {
        "me": ask(server, "GET", "/v1/me", None, **shown),
        "collector": ask(server, "POST", "/v1/batch", json.dumps(body).encode(), **headers),
        "collector, refused": ask(server, "POST", "/v1/batch", b"{", **headers),
        "GraphQL": post(server, "/graphql", QUERY, Content_Type="application/json", **shown),
        "GraphQL, refused": post(server, "/graphql", whole, Content_Type="application/json", **shown),
        "GraphQL by address": ask(server, "GET", "/graphql?query={me{known}}", None, **shown),
        "GraphQL for servers": post(
            server, "/graphql", whole, Content_Type="application/json", Authorization=f"Bearer {SECRET_KEY}"
        ),
    }


@pytest.mark.parametrize("origin", [None, OURS, FOREIGN])
def test_no_cache_keeps_what_is_somebodys_own(strict: Server, visitor: Browser, origin: str | None) -> None:
    answers = _everything_personal(strict, visitor, **({} if origin is None else {"Origin": origin}))

    assert {name: answer.headers["cache-control"] for name, answer in answers.items()} == dict.fromkeys(
        answers, "private, no-store"
    )
    assert {name for name, answer in answers.items() if "etag" in answer.headers} == set()


@pytest.mark.parametrize("origin", [None, OURS, FOREIGN])
def test_every_answer_says_that_it_depends_on_the_page_that_asks(
    strict: Server, visitor: Browser, origin: str | None
) -> None:
    answers = _everything_personal(strict, visitor, **({} if origin is None else {"Origin": origin}))

    assert {name: answer.headers.get("vary") for name, answer in answers.items()} == dict.fromkeys(answers, "Origin")


@pytest.mark.parametrize("origin", FOREIGNERS)
def test_a_foreign_page_may_read_nothing(strict: Server, visitor: Browser, origin: str) -> None:
    answers = _everything_personal(strict, visitor, Origin=origin)

    assert [name for name, answer in answers.items() if "access-control-allow-origin" in answer.headers] == []


@pytest.mark.parametrize("path", ["/v1/me", "/v1/batch", "/graphql"])
@pytest.mark.parametrize("origin", FOREIGNERS)
def test_a_foreign_page_is_not_let_through_by_a_preflight(strict: Server, path: str, origin: str) -> None:
    asked = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "authorization"}

    answer = ask(strict, "OPTIONS", path, None, Origin=origin, **asked)

    assert "access-control-allow-origin" not in answer.headers


def test_our_page_may_read(strict: Server, visitor: Browser) -> None:
    answers = _everything_personal(strict, visitor, Origin=OURS)

    assert {
        answer.headers["access-control-allow-origin"] for name, answer in answers.items() if "servers" not in name
    } == {OURS}


@pytest.mark.parametrize("origin", [OURS, FOREIGN])
def test_no_page_is_asked_for_cookies(strict: Server, server: Server, visitor: Browser, origin: str) -> None:
    """Without credentials a foreign page cannot ride on what a browser holds; secrets go in a header of their own."""
    for one in (strict, server):
        answers = _everything_personal(one, visitor, Origin=origin)
        assert [name for name, answer in answers.items() if "access-control-allow-credentials" in answer.headers] == []
        assert [name for name, answer in answers.items() if "set-cookie" in answer.headers] == []


def test_what_a_server_asks_carries_no_permission_for_pages(strict: Server) -> None:
    assert "access-control-allow-origin" not in by_server(strict, event()).headers
