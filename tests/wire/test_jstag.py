"""Lytics' jstag calls in a real Chromium, by the shim on the real tag and a real server, as docs/moving.md shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from engine.domain.visitors import anonymous_id
from tests.collector.wire import new, profile, soon
from tests.server import Server
from tests.wire.site import Site, serving

ROOT = Path(__file__).parents[2]
MANUAL = (ROOT / "docs" / "moving.md").read_text()
SCRIPTS = re.findall(r"^```html\n(.*?)^```", MANUAL, re.MULTILINE | re.DOTALL)[0]
INIT, CALLS = re.findall(r"^```js\n(.*?)^```", MANUAL, re.MULTILINE | re.DOTALL)
WHOLE = """query ($by: ProfileByInput!) { profile(by: $by) { events(first: 50) { nodes { type properties } } } }"""
SNIPPET = """
const jstag = window.jstag = {}, queue = [];
for (const name of ['send', 'identify', 'pageView', 'on', 'once', 'call'])
  jstag[name] = (...given) => { queue.push([name, given]) };
jstag.init = config => {
  jstag.config = config;
  const script = document.createElement('script');
  script.src = config.src;
  script.onload = () => { jstag.init(config); queue.forEach(([name, given]) => jstag[name](...given)) };
  document.head.append(script);
};
"""
"""What an asynchronous snippet does: it notes the calls, and makes them when the script has loaded."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(Path(tmp_path_factory.mktemp("site"))) as site:
        yield site


def visit(site: Site, page: Page, server: Server, script: str = "", head: str = SCRIPTS) -> None:
    """Open a page with the tag and the shim, as the manual writes them, and a script of the page's own."""
    text = head.replace("https://rollcall.example", server.address)
    page.goto(site.has("/", text, f"<script>{script}</script>"))


def device(page: Page) -> str:
    page.wait_for_function("localStorage['rollcall.secret']")
    return str(anonymous_id(page.evaluate("localStorage['rollcall.secret']")))


def told(server: Server, page: Page, count: int) -> list[tuple[str, dict[str, Any]]]:
    """Give what the page's visitor has told, in order, once it is so much."""
    by = {"anonymousId": device(page)}

    def nodes() -> list[dict[str, Any]]:
        found = server.graphql(WHOLE, by=by)["profile"]
        return found["events"]["nodes"] if found else []

    assert soon(lambda: len(nodes()) >= count), nodes()
    return sorted((one["type"], one["properties"]) for one in nodes())


def test_the_calls_of_the_manual_are_in_the_profile(server: Server, site: Site, page: Page) -> None:
    person = new("customer")

    visit(site, page, server, CALLS.replace("customer-7", person).replace("ada@", f"{person}@"))

    events = told(server, page, 3)
    assert [name for name, _ in events] == ["Added to cart", "identify", "page"]
    assert (events[0][1], events[2][1]) == ({"sku": "B-7"}, {"name": "Prices", "section": "shop"})
    found = profile(server, email=f"{person}@example.com")
    assert (found["attributes"]["plan"], "known_users" in found["audienceSlugs"]) == ("pro", True)
    assert {"namespace": "user_id", "value": person, "trust": "CLAIMED"} in found["identities"]


def test_what_an_asynchronous_snippet_noted_is_done_when_the_script_has_loaded(
    server: Server, site: Site, page: Page
) -> None:
    tag = SCRIPTS.splitlines()[0]
    init = INIT.replace("https://rollcall.example", server.address)

    visit(site, page, server, f"{SNIPPET}; {init}; jstag.send('web', {{ _e: 'Early' }})", tag)

    assert told(server, page, 1) == [("Early", {"stream": "web"})]


SENT = [
    ("jstag.send({_e: 'Seen', n: 1}, 'shop', () => { window.called = true })", ("Seen", {"n": 1, "stream": "shop"})),
    ("jstag.send(() => {}, {_e: 'pv', name: 'Home'})", ("page", {"name": "Home"})),
    ("jstag.call('send', {_e: 'Called'})", ("Called", {})),
    ("jstag.send({skyColor: 'blue'})", ("identify", {"skyColor": "blue"})),
]


@pytest.mark.parametrize(("call", "event"), SENT)
def test_a_call_becomes(server: Server, site: Site, page: Page, call: str, event: tuple[str, Any]) -> None:
    visit(site, page, server, call)

    assert told(server, page, 1) == [event]


def test_a_mock_is_not_sent_and_callbacks_are_called(server: Server, site: Site, page: Page) -> None:
    visit(site, page, server, "jstag.send({_e: 'Mock'}, true, () => { jstag.send({_e: 'Real'}) })")

    assert told(server, page, 1) == [("Real", {})]


ENTITY = """
window.heard = [];
const off = jstag.on('entity.loaded', () => heard.push('never'));
off();
jstag.on('entity.*', (topic, entity) => heard.push([topic, entity.getAt('user.segments')]));
jstag.once('entity.loaded', (topic, entity) => heard.push(entity.data.user.known));
jstag.entityReady(entity => heard.push('ready'));
window.before = jstag.getSegments();
jstag.pageView();
"""


def test_segments_come_with_the_entity(server: Server, site: Site, page: Page) -> None:
    visit(site, page, server, ENTITY)
    page.wait_for_function("heard.length > 2")

    first, known, ready = page.evaluate("heard")[:3]

    assert page.evaluate("before") == ["all"]
    assert first[0] == "entity.loaded"
    assert "anonymous_users" in first[1]
    assert (known, ready) == (False, "ready")
    assert page.evaluate("jstag.getSegments()") == page.evaluate("rollcall.audiences")


def test_a_change_loads_the_entity_again_and_who_listens_late_is_told(server: Server, site: Site, page: Page) -> None:
    visit(site, page, server, ENTITY)
    page.wait_for_function("heard.length > 2")

    page.evaluate(f"jstag.identify({{email: '{new('late')}@example.com'}})")
    page.wait_for_function("jstag.getSegments().includes('known_users')")
    late = page.evaluate("new Promise(done => jstag.on('entity.loaded', (topic, entity) => done(entity.data.user)))")

    assert (late["known"], "known_users" in late["segments"]) == (True, True)
    assert page.evaluate("heard.length") > 3


def test_it_never_throws_into_the_page(server: Server, site: Site, page: Page) -> None:
    hostile = """
      jstag.send(); jstag.send(null); jstag.identify(7); jstag.on(); jstag.once(); jstag.call('nothing');
      jstag.send({ _e: { toString() { throw 1 } } }); jstag.on('entity.loaded', () => { throw new Error('theirs') });
      jstag.entityReady(); jstag.getSegments(7); jstag.send({ _e: 'Fine' });
    """

    visit(site, page, server, hostile)

    assert ("Fine", {}) in told(server, page, 1)
