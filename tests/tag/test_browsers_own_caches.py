"""The browser keeps pages (back/forward cache) and renders them in advance: what was seen counts, and nothing else."""

import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import ARGUMENTS, executable
from tests.tag.recording import Collector, Received, ready

IN_ADVANCE = """<script type=speculationrules>
{"prerender": [{"source": "list", "urls": ["/next"], "eagerness": "immediate"}]}</script>
<script>
document.addEventListener('rollcall:ready', () => setTimeout(() => location = '/next', 1500));
</script>"""
NEXT = """<script>
window.early = document.prerendering;
rollcall = window.rollcall || function () { (rollcall.q = rollcall.q || []).push(arguments) };
document.addEventListener('prerenderingchange', () => rollcall('track', 'Activated', {early, at: Date.now()}));
rollcall('track', 'Early');
</script>"""


def sent_at(post: Received) -> float:
    """Give when a post was sent, in milliseconds."""
    return datetime.fromisoformat(post.batch["sentAt"]).timestamp() * 1_000


@pytest.fixture(scope="module")
def keeping(chromium: Browser) -> Iterator[Browser]:
    """Give a browser that keeps pages, as people's browsers do and Playwright's does not."""
    kind, default = chromium.browser_type, ["--disable-back-forward-cache"]
    browser = kind.launch(executable_path=executable(), args=ARGUMENTS, ignore_default_args=default)
    yield browser
    browser.close()


@pytest.fixture
def kept_page(keeping: Browser, collector: Collector) -> Iterator[Page]:
    """Give a tab of it."""
    with keeping.new_context() as context:
        yield context.new_page()


def test_a_page_with_a_stream_is_kept_and_counts_again_when_it_comes_back(
    kept_page: Page, collector: Collector
) -> None:
    collector.has(body="<p data-audience=cyclists hidden>Hello")
    collector.has(path="/next")
    kept_page.goto(collector.address())
    collector.wait_for_path("/v1/live")
    kept_page.evaluate("window.mark = 'the same page'")
    kept_page.goto(collector.address("/next"))
    ready(kept_page)
    kept_page.evaluate("history.back()")
    kept_page.wait_for_function("window.mark === 'the same page'")
    kept_page.evaluate("rollcall('track', 'Back')")
    views = [event for event in collector.events if event["type"] == "page"]
    assert [view["context"]["page"]["path"] for view in views] == ["/", "/next", "/"]
    assert views[2]["messageId"] != views[0]["messageId"]


def test_a_page_rendered_in_advance_says_nothing_before_it_is_seen(collector: Collector, tmp_path: Path) -> None:
    collector.has(head=IN_ADVANCE)
    collector.has(head=NEXT, path="/next")
    # Chromium renders nothing in advance for a tab that is driven from outside, as Playwright does.
    words = [str(executable()), "--headless", *ARGUMENTS, f"--user-data-dir={tmp_path}", collector.address()]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
        try:
            collector.wait_for(lambda: "Activated" in str(collector.events), "the second page")
        finally:
            browser.kill()
    posts = [(post, event) for post in collector.posts for event in post.batch["batch"]]
    told = [(post, event) for post, event in posts if event["context"]["page"]["path"] == "/next"]
    events = [event for _, event in told]
    activated = next(event["properties"] for event in events if event.get("event") == "Activated")
    assert activated["early"] is True
    assert [event["type"] for event in events].count("page") == 1
    assert "Early" in [event.get("event") for event in events]
    assert all(sent_at(post) >= activated["at"] for post, _ in told)
