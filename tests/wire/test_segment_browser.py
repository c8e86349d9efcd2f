"""npm @segment/analytics-next in a real Chromium, on a page of another origin, against a real server."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request

from tests.browser import ARGUMENTS, executable
from tests.collector.wire import ask, new, soon
from tests.server import WRITE_KEY, Server
from tests.wire.clients import PACKAGES, install, programs
from tests.wire.profiles import assert_whole, whole
from tests.wire.site import Site, serving

IMPORT = "import { AnalyticsBrowser } from '@segment/analytics-next'"
PROGRAMS = programs("Web pages")
GIVEN, LOADED, BATCHED = range(3)
WAYS = {GIVEN: "settings in the page", LOADED: "settings from cdnURL", BATCHED: "batches"}
SINGLE = [f"/v1/{call}" for call in "agipst"]
SETTINGS = f"/v1/projects/{WRITE_KEY}/settings"
ASKED = {GIVEN: SINGLE, LOADED: sorted([*SINGLE, SETTINGS]), BATCHED: ["/v1/b", SETTINGS]}
COUNTING = """() => {
  const plugin = { name: 'Counting', type: 'enrichment', version: '1', isLoaded: () => true, load: async () => {} };
  const track = context => {
    context.stats.increment('analytics_js.integration.invoke.error', 1, ['method:track']);
    return context;
  };
  analytics.register({ ...plugin, track }).then(() => analytics.track('Looked'));
}"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A shop whose pages carry the client, as npm has it."""
    install()
    with serving(PACKAGES / "@segment" / "analytics-next" / "dist" / "umd") as site:
        yield site


def publish(site: Site, server: Server, way: int) -> str:
    """Put one of the page's programs on the site; gives the person that it names."""
    person = new("browser")
    program = PROGRAMS[way].at(server.address, person)
    assert program.startswith(IMPORT)
    module = program.replace(IMPORT, "const { AnalyticsBrowser } = window.AnalyticsNext")
    script = f"<script type=module>{module}; window.analytics = analytics</script>"
    site.has(f"/prices-{way}", f"<script src=/index.js></script>{script}")
    return person


def visit(site: Site, page: Page, server: Server, way: int) -> tuple[str, list[Request]]:
    """Run one of the page's programs in a browser; gives the person and what was asked of the server."""
    person, asked = publish(site, server, way), list[Request]()
    page.on("request", lambda request: asked.append(request) if request.url.startswith(server.address) else None)
    page.goto(f"{site.address}/prices-{way}?utm_campaign=spring")
    return person, asked


def paths(server: Server, asked: list[Request]) -> list[str]:
    return [one.url.removeprefix(server.address) for one in asked if one.method != "OPTIONS"]


@pytest.mark.parametrize("way", WAYS, ids=WAYS.get)
def test_every_call_of_the_page_is_in_the_profile(server: Server, site: Site, page: Page, way: int) -> None:
    begun = datetime.now(UTC).replace(microsecond=0)

    person, asked = visit(site, page, server, way)

    events = assert_whole(server, person, begun)
    assert events["page"]["url"] == f"{site.address}/prices-{way}?utm_campaign=spring"
    found = whole(server, f"customer-{person}")
    assert found["attributes"].get("utm_campaigns") == ["spring"], found["attributes"]
    anonymous_id = page.evaluate("JSON.parse(localStorage.getItem('ajs_anonymous_id'))")
    assert {"namespace": "anonymous_id", "value": anonymous_id} in found["identities"]
    assert sorted(paths(server, asked)) == ASKED[way]


def test_what_waits_when_the_page_is_left_arrives(server: Server, site: Site, page: Page) -> None:
    person, _ = visit(site, page, server, BATCHED)
    page.wait_for_function("window.analytics && analytics.instance")
    page.evaluate("() => { analytics.track('Left') }")

    page.goto(site.has("/elsewhere", ""))

    assert soon(lambda: "Left" in str(whole(server, f"customer-{person}")))


def test_what_the_client_counts_about_itself_is_let_go(server: Server, site: Site, page: Page) -> None:
    visit(site, page, server, GIVEN)
    page.wait_for_function("window.analytics && analytics.instance")

    with page.expect_response(f"{server.address}/v1/m") as told:
        page.evaluate(COUNTING)

    assert told.value.status == 200
    assert "analytics_js.integration.invoke.error" in str(told.value.request.post_data)


IN_ADVANCE = """<script type=speculationrules>
{"prerender": [{"source": "list", "urls": ["/prices-0"], "eagerness": "immediate"}]}</script>"""


def test_a_page_that_chromium_renders_in_advance_is_not_counted(server: Server, site: Site, tmp_path: Path) -> None:
    person = publish(site, server, GIVEN)
    start = site.has("/", IN_ADVANCE).replace("shop.test", "127.0.0.1")
    # Chromium renders nothing in advance for a tab that is driven from outside, as Playwright does.
    words = [str(executable()), "--headless", *ARGUMENTS, f"--user-data-dir={tmp_path}", start]

    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as alone:
        counted = soon(lambda: prerendered(server) == len(SINGLE))
        alone.terminate()

    assert counted
    assert whole(server, f"customer-{person}") is None


def prerendered(server: Server) -> int:
    """Give how many events were not counted because nobody looked at their page."""
    metrics = ask(server, "GET", "/metrics").body.decode()
    counted = re.findall(r'rollcall_events_total{result="prerendered"} (\d+)', metrics)
    return int(counted[0]) if counted else 0
