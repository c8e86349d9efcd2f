"""The tag and a real collector: what a page sends is stored once whatever happens, and what time changes is shown."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Page

from collector.previews import preview_query
from engine.domain.veil import Veil
from engine.settings import Settings
from engine.storage.key_file import key_file_of
from tests.server import Server, StartServer
from tests.tag.recording import Collector, ready

STRICT = (
    "default-src 'none'; script-src 'nonce-n1'; connect-src {0}; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
BLOCKS = """<p id=today data-audience=visited_within_day hidden>You were here today</p>
<p id=back data-audience-not=visited_within_day hidden>Welcome back</p>"""
WAITING = "Object.keys(localStorage).filter(key => key.startsWith('rollcall.event.')).length"


def publish(collector: Collector, server: Server, body: str = BLOCKS, tag: str = "") -> None:
    """Publish a page on another origin than the collector's."""
    script = f'<script async nonce=n1 src="{server.address}/tag.js" data-write-key="wk_test" {tag}></script>'
    collector.pages["/"] = f"<!doctype html><title>Page</title>{script}{body}"


def stored(server: Server, name: str) -> list[str]:
    """Give the message ids of the events of a name."""
    with closing(sqlite3.connect(server.database)) as connection:
        return [id for (id,) in connection.execute("SELECT message_id FROM events WHERE name = ?", [name])]


@pytest.fixture
def mortal(start_server: StartServer) -> Iterator[Server]:
    """Give a server that the test may kill."""
    server = start_server()
    yield server
    if server.process.poll() is None:
        server.kill()


def test_what_time_changes_is_shown_while_the_page_is_open_under_a_strict_policy(
    server: Server, page: Page, collector: Collector
) -> None:
    collector.page_headers = {"Content-Security-Policy": STRICT.format(server.address)}
    publish(collector, server)
    with page.expect_response("**/v1/live"):
        page.goto(collector.address())
    page.locator("#today").wait_for(state="visible")
    server.advance(86_401)
    page.locator("#back").wait_for(state="visible")
    assert page.locator("#today").is_hidden()


def test_one_stream_serves_all_tabs_and_the_next_takes_over(server: Server, page: Page, collector: Collector) -> None:
    publish(collector, server)
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    with page.expect_response("**/v1/live"):
        page.goto(collector.address())
    page.locator("#today").wait_for(state="visible")
    other = page.context.new_page()
    other.goto(collector.address())
    ready(other)
    server.advance(86_401)
    for one in (page, other):
        one.locator("#back").wait_for(state="visible")
    assert len([url for url in asked if url.endswith("/v1/live")]) == 1
    with other.expect_response("**/v1/live"):
        page.close()


def test_a_page_that_asks_nothing_about_audiences_opens_no_stream(
    server: Server, page: Page, collector: Collector
) -> None:
    publish(collector, server, body="<p>Only counted</p>")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method + request.url.removeprefix(server.address)))
    with page.expect_response("**/v1/batch"):
        page.goto(collector.address())
    page.wait_for_timeout(300)
    assert asked[1:] == ["GET/tag.js", "POST/v1/batch"]


def test_every_event_is_stored_once_though_the_server_is_killed_while_it_comes(
    mortal: Server, page: Page, collector: Collector, tolerated: list[str]
) -> None:
    tolerated.append("ERR_")
    publish(collector, mortal, tag="data-page-views=manual")
    page.goto(collector.address())
    page.evaluate(
        """() => {
          window.made = [];
          document.addEventListener('rollcall:event', ({detail}) => made.push(detail.messageId));
          let n = 0;
          window.beating = setInterval(() => rollcall('track', 'Beat', {n: n++}), 5);
        }"""
    )
    page.wait_for_function("made.length > 60")
    mortal.kill()
    page.wait_for_function("made.length > 150")
    mortal.restart()
    made = page.evaluate("clearInterval(beating), made")
    page.reload()
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_function(f"{WAITING} === 0")
    assert sorted(stored(mortal, "Beat")) == sorted(made)


def test_what_is_made_while_the_server_is_away_and_the_tab_is_closed_comes_later(
    mortal: Server, page: Page, collector: Collector, tolerated: list[str]
) -> None:
    tolerated.append("ERR_")
    publish(collector, mortal)
    page.goto(collector.address())
    ready(page)
    mortal.kill()
    page.evaluate("rollcall('track', 'While away')")
    page.close()
    mortal.restart()
    later = page.context.new_page()
    later.goto(collector.address())
    later.evaluate("dispatchEvent(new Event('online'))")
    later.wait_for_function(f"{WAITING} === 0")
    assert len(stored(mortal, "While away")) == 1


def link(server: Server, *slugs: str) -> str:
    """Make a preview link as `rollcall preview` does."""
    keys = key_file_of(Settings(database=f"sqlite:///{server.database}"))
    veil = Veil(lambda: keys.derive("what visitors are shown"))
    return preview_query(veil, slugs, int((time.time() + 3_600) * 1_000) + 10**9)


def test_a_preview_link_shows_a_page_as_others_see_it_and_sends_nothing(
    server: Server, page: Page, collector: Collector
) -> None:
    publish(collector, server)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    query = link(server, "cyclists", "!visited_within_day")
    page.goto(collector.address(f"/?{query}", host="shop.test"))
    page.locator("#back").wait_for(state="visible")
    assert page.locator("#today").is_hidden()
    assert page.evaluate("rollcall.in('cyclists')")
    assert page.evaluate("rollcall('track', 'Seen')") is False
    page.goto(collector.address("/elsewhere", host="shop.test"))
    assert not [url for url in asked if "/v1/batch" in url or "/v1/me" in url or "/v1/live" in url.split("?")[0][-8:]]


@pytest.mark.parametrize(("host", "shown"), [("localhost", True), ("shop.test", False)])
def test_without_a_seal_only_the_developers_own_machine_shows_a_preview(
    server: Server, page: Page, collector: Collector, tolerated: list[str], host: str, shown: bool
) -> None:
    tolerated.append("status of 403")
    publish(collector, server)
    page.goto(collector.address("/?rollcall_preview=cyclists", host=host))
    ready(page)
    assert page.evaluate("rollcall.in('cyclists')") is shown
    assert page.evaluate("rollcall('track', 'Seen')") is not shown
