"""Who the tag says the visitor is: a secret in this browser, and an id that anyone may see."""

from base64 import urlsafe_b64decode

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.tag.recording import Collector, Received, ready

NO_STORAGE = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('', 'SecurityError') }})"
FULL_STORAGE = """
for (let length = 2 ** 22; length >= 1; length /= 2) {
  try {
    for (let part = 0; part < 4; part++) localStorage[`host-${length}-${part}`] = 'x'.repeat(length);
  } catch {}
}
"""


def secret_of(post: Received) -> str:
    """Give the secret of a post, by which the collector knows whose it is."""
    assert all("anonymousId" not in event for event in post.batch["batch"])
    return str(post.batch["visitorSecret"])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "plain-http.test"])
def test_the_secret_is_32_random_bytes_also_on_plain_http(page: Page, collector: Collector, host: str) -> None:
    collector.has()
    page.goto(collector.address(host=host))
    secret = secret_of(collector.wait_for_posts(1)[0])
    assert len(secret) == 43
    assert len(urlsafe_b64decode(secret + "=")) == 32


def test_the_visitor_is_the_same_on_the_next_page_and_in_another_tab(
    page: Page, context: BrowserContext, collector: Collector
) -> None:
    collector.has()
    collector.has(path="/next")
    page.goto(collector.address())
    collector.wait_for_posts(1)
    page.goto(collector.address("/next"))
    context.new_page().goto(collector.address())
    assert len({secret_of(post) for post in collector.wait_for_posts(3)}) == 1


@pytest.mark.parametrize("obstacle", [NO_STORAGE, FULL_STORAGE], ids=["denied", "full"])
def test_without_storage_the_visitor_lasts_as_long_as_the_page(page: Page, collector: Collector, obstacle: str) -> None:
    page.add_init_script(obstacle)
    collector.has()
    page.goto(collector.address())
    collector.wait_for_posts(1)
    page.evaluate("rollcall('track', 'Seen')")
    assert len({secret_of(post) for post in collector.wait_for_posts(2)}) == 1
    page.reload()
    ready(page)
    assert len({secret_of(post) for post in collector.posts}) == 2


def test_a_spoilt_secret_is_replaced(page: Page, collector: Collector) -> None:
    page.add_init_script("localStorage['rollcall.secret'] = 'short'")
    collector.has()
    page.goto(collector.address())
    assert len(secret_of(collector.wait_for_posts(1)[0])) == 43


def test_reset_makes_a_new_visitor_and_leaves_what_went_before_with_the_old_one(
    page: Page, collector: Collector
) -> None:
    collector.has()
    page.goto(collector.address())
    first = secret_of(collector.wait_for_posts(1)[0])
    page.evaluate("rollcall('track', 'Before'); rollcall('reset'); rollcall('track', 'After')")
    before, after = collector.wait_for_posts(3)[1:]
    assert [event["event"] for event in collector.events[1:]] == ["Before", "After"]
    assert secret_of(before) == first
    assert secret_of(after) != first


def test_front_ends_get_the_header_that_opens_me(page: Page, collector: Collector) -> None:
    collector.has()
    page.goto(collector.address())
    secret = secret_of(collector.wait_for_posts(1)[0])
    assert page.evaluate("rollcall.authorization()") == f"Visitor {secret}"
