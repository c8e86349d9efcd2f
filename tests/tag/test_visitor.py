"""Who the tag says the visitor is: a secret in this browser, and an id that anyone may see."""

from base64 import urlsafe_b64encode
from hashlib import sha256

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


def id_of(secret: str) -> str:
    """Derive the anonymous id as DESIGN §6 does."""
    return urlsafe_b64encode(sha256(f"rollcall-visitor-1:{secret}".encode()).digest()).decode()[:22]


def identity(post: Received) -> tuple[str, str]:
    """The secret and the anonymous id of a post."""
    return post.batch["visitorSecret"], post.batch["batch"][0]["anonymousId"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "plain-http.test"])
def test_the_id_follows_from_the_secret_also_on_plain_http(page: Page, collector: Collector, host: str) -> None:
    collector.has()
    page.goto(collector.address(host=host))
    secret, anonymous_id = identity(collector.wait_for_posts(1)[0])
    assert len(secret) == 43
    assert anonymous_id == id_of(secret)


def test_many_secrets_are_hashed_as_sha256_hashes_them(page: Page, collector: Collector) -> None:
    collector.has()
    page.goto(collector.address())
    for number in range(1, 10):
        page.evaluate("rollcall('reset'); rollcall('track', 'Seen')")
        assert len(collector.wait_for_posts(number)) >= number
    identities = [identity(post) for post in collector.posts]
    assert len(set(identities)) >= 9
    assert all(anonymous_id == id_of(secret) for secret, anonymous_id in identities)


def test_the_visitor_is_the_same_on_the_next_page_and_in_another_tab(
    page: Page, context: BrowserContext, collector: Collector
) -> None:
    collector.has()
    collector.has(path="/next")
    page.goto(collector.address())
    collector.wait_for_posts(1)
    page.goto(collector.address("/next"))
    context.new_page().goto(collector.address())
    assert len({identity(post) for post in collector.wait_for_posts(3)}) == 1


@pytest.mark.parametrize("obstacle", [NO_STORAGE, FULL_STORAGE], ids=["denied", "full"])
def test_without_storage_the_visitor_lasts_as_long_as_the_page(page: Page, collector: Collector, obstacle: str) -> None:
    page.add_init_script(obstacle)
    collector.has()
    page.goto(collector.address())
    collector.wait_for_posts(1)
    page.evaluate("rollcall('track', 'Seen')")
    assert len({identity(post) for post in collector.wait_for_posts(2)}) == 1
    page.reload()
    ready(page)
    assert len({identity(post) for post in collector.posts}) == 2


def test_a_spoilt_secret_is_replaced(page: Page, collector: Collector) -> None:
    page.add_init_script("localStorage['rollcall.secret'] = 'short'")
    collector.has()
    page.goto(collector.address())
    secret, anonymous_id = identity(collector.wait_for_posts(1)[0])
    assert anonymous_id == id_of(secret)


def test_reset_makes_a_new_visitor_and_leaves_what_went_before_with_the_old_one(
    page: Page, collector: Collector
) -> None:
    collector.has()
    page.goto(collector.address())
    first = identity(collector.wait_for_posts(1)[0])
    page.evaluate("rollcall('track', 'Before'); rollcall('reset'); rollcall('track', 'After')")
    before, after = collector.wait_for_posts(3)[1:]
    assert [event["event"] for event in collector.events[1:]] == ["Before", "After"]
    assert identity(before) == first
    assert identity(after) != first


def test_front_ends_get_the_header_that_opens_me(page: Page, collector: Collector) -> None:
    collector.has()
    page.goto(collector.address())
    secret, _ = identity(collector.wait_for_posts(1)[0])
    assert page.evaluate("rollcall.authorization()") == f"Visitor {secret}"
