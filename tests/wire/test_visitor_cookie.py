"""The visitor's cookie in a real Chromium: another port of the same site, storage deleted in between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.server import WRITE_KEY, Server, StartServer
from tests.wire.site import Site, serving

ASK = """async ([address, path, body]) => {
  const options = { method: 'POST', credentials: 'include', body: JSON.stringify(body) };
  return (await fetch(address + path, options)).json();
}"""
ME = "address => fetch(address + '/v1/me', { credentials: 'include' }).then(answer => answer.json())"
KEY = {"writeKey": WRITE_KEY}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site on this machine by its name, where browsers take what is for TLS only."""
    with serving(Path(tmp_path_factory.mktemp("site"))) as site:
        yield site


@pytest.fixture(scope="module")
def cookies(start_server: StartServer, site: Site) -> str:
    """Address of a collector on another port of the same host."""
    server: Server = start_server(ROLLCALL_VISITOR_COOKIE="true", ROLLCALL_ALLOWED_ORIGINS=local(site.address))
    return local(server.address)


def local(address: str) -> str:
    return f"http://localhost:{address.rpartition(':')[2]}"


def test_the_visitor_outlives_the_storage_and_no_script_sees_the_secret(cookies: str, site: Site, page: Page) -> None:
    site.has("/", "")
    page.goto(local(site.address))

    first = page.evaluate(ASK, [cookies, "/v1/visitor", KEY])
    event = {"type": "page", "messageId": "m-1", "anonymousId": first["anonymousId"]}
    sent = page.evaluate(ASK, [cookies, "/v1/batch", {**KEY, "batch": [event]}])
    page.evaluate("localStorage.clear()")
    again = page.evaluate(ASK, [cookies, "/v1/visitor", KEY])

    assert "anonymous_users" in sent["visitor"]["audiences"]
    assert again == {**first, "visitor": sent["visitor"]}
    assert page.evaluate(ME, cookies) == sent["visitor"]
    assert page.evaluate("document.cookie") == ""
    (cookie,) = page.context.cookies(cookies)
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Lax")


def test_forgotten_it_is_gone(cookies: str, site: Site, page: Page) -> None:
    site.has("/", "")
    page.goto(local(site.address))
    first = page.evaluate(ASK, [cookies, "/v1/visitor", KEY])

    page.evaluate(ASK, [cookies, "/v1/visitor", {**KEY, "forget": True}])

    assert page.context.cookies(cookies) == []
    assert page.evaluate(ASK, [cookies, "/v1/visitor", KEY])["anonymousId"] != first["anonymousId"]
