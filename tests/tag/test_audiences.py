"""The page shows who the visitor is: blocks, properties and events."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.tag.recording import NOBODY, Collector, ready

KNOWN: dict[str, Any] = {"known": True, "audiences": ["known_users", "cyclists"]}
BLOCKS = [
    ('data-audience="cyclists" hidden', True),
    ('data-audience="other  cyclists" hidden', True),
    ('data-audience="other"', False),
    ('data-audience=""', False),
    ('data-audience-all="cyclists known_users" hidden', True),
    ('data-audience-all="cyclists other"', False),
    ('data-audience-not="other" hidden', True),
    ('data-audience-not="other cyclists"', False),
    ('data-audience="cyclists" data-audience-not="known_users"', False),
    ('data-audience="cyclists" data-audience-all="known_users" data-audience-not="other" hidden', True),
]
LISTEN = """
window.heard = [];
for (const name of ['ready', 'change']) {
  document.addEventListener('rollcall:' + name, event => heard.push({name, ...event.detail}));
}
"""


def test_blocks_show_by_audience(page: Page, collector: Collector) -> None:
    collector.visitor = KNOWN
    collector.has(body="".join(f"<p {attributes}>Hello</p>" for attributes, _ in BLOCKS))
    page.goto(collector.address())
    ready(page)
    shown = [block.is_visible() for block in page.locator("p").all()]
    assert shown == [visible for _, visible in BLOCKS]


def test_blocks_stay_as_written_until_something_is_known(page: Page, collector: Collector) -> None:
    collector.visitor = None
    collector.has(body="<p id=one data-audience=cyclists>1</p><p id=two data-audience-not=cyclists hidden>2</p>")
    page.goto(collector.address())
    ready(page)
    assert (page.locator("#one").is_visible(), page.locator("#two").is_visible()) == (True, False)


def test_the_answer_stands_on_rollcall(page: Page, collector: Collector) -> None:
    collector.visitor = KNOWN
    collector.has()
    page.goto(collector.address())
    ready(page)
    standing = "[rollcall.known, rollcall.audiences, rollcall.in('cyclists'), rollcall.in('other')]"
    assert page.evaluate(standing) == [True, KNOWN["audiences"], True, False]


def test_ready_comes_once_and_change_says_what_was_entered_and_left(page: Page, collector: Collector) -> None:
    page.add_init_script(LISTEN)
    collector.visitor = {"known": False, "audiences": ["anonymous_users", "cyclists"]}
    collector.has()
    page.goto(collector.address())
    ready(page)
    collector.visitor = KNOWN
    page.evaluate("rollcall('identify', {email: 'ada@example.com'})")
    page.wait_for_function("rollcall.known")
    page.evaluate("rollcall('refresh')")
    before = {"known": False, "audiences": ["anonymous_users", "cyclists"]}
    assert page.evaluate("heard") == [
        {"name": "ready", **before},
        {"name": "change", "entered": ["anonymous_users", "cyclists"], "left": [], **before},
        {"name": "change", "entered": ["known_users"], "left": ["anonymous_users"], **KNOWN},
    ]


def test_listeners_can_be_given_to_rollcall_at_any_time(page: Page, collector: Collector) -> None:
    collector.visitor = KNOWN
    stub = "window.rollcall=window.rollcall||function(){(rollcall.q=rollcall.q||[]).push(arguments)}"
    collector.has(
        head=f"<script>{stub};rollcall('on', 'change', change => {{ window.entered = change.entered }})</script>"
    )
    page.goto(collector.address())
    ready(page)
    assert page.evaluate("entered") == KNOWN["audiences"]
    assert page.evaluate("() => new Promise(done => rollcall('ready', done))") == KNOWN


def test_an_unreachable_collector_does_not_keep_the_page_waiting(
    page: Page, collector: Collector, tolerated: list[str]
) -> None:
    tolerated.append("ERR_FAILED")
    page.route("**/v1/batch", lambda route: route.abort())
    collector.has()
    page.goto(collector.address())
    ready(page)
    assert page.evaluate("[rollcall.known, rollcall.audiences]") == [False, []]


def test_what_was_known_last_time_shows_before_the_answer(page: Page, collector: Collector) -> None:
    collector.visitor = KNOWN
    collector.has(body="<p id=block data-audience=cyclists hidden>Hello")
    page.goto(collector.address())
    ready(page)
    page.add_init_script(LISTEN)
    page.route("**/v1/batch", lambda route: None)
    page.reload()
    assert page.locator("#block").is_visible()
    assert page.evaluate("[rollcall.known, rollcall.in('cyclists'), heard]") == [True, True, []]


def test_reset_leaves_all_audiences(page: Page, collector: Collector) -> None:
    page.add_init_script(LISTEN)
    collector.visitor = KNOWN
    collector.has(body="<p id=block data-audience=cyclists hidden>Hello")
    page.goto(collector.address())
    ready(page)
    page.evaluate("rollcall('reset')")
    assert page.evaluate("heard.pop()") == {"name": "change", "entered": [], "left": KNOWN["audiences"], **NOBODY}
    assert page.locator("#block").is_hidden()


def test_an_answer_for_the_visitor_before_a_reset_is_not_believed(page: Page, collector: Collector) -> None:
    collector.has()
    page.goto(collector.address())
    ready(page)
    collector.visitor = KNOWN
    with page.expect_event("requestfinished"):
        page.evaluate("const asked = rollcall('refresh'); rollcall('reset'); asked")
    assert page.evaluate("rollcall.known") is False


def test_refresh_asks_with_the_visitors_secret(page: Page, collector: Collector) -> None:
    collector.has()
    page.goto(collector.address())
    ready(page)
    collector.visitor = KNOWN
    page.evaluate("rollcall('refresh')")
    assert collector.wait_for_path("/v1/me").headers["authorization"] == page.evaluate("rollcall.authorization()")
    assert page.evaluate("rollcall.audiences") == KNOWN["audiences"]


@pytest.mark.parametrize(("seconds", "asked"), [(31, True), (29, False)])
def test_a_page_seen_again_after_a_while_asks_anew(page: Page, collector: Collector, seconds: int, asked: bool) -> None:
    collector.has()
    page.goto(collector.address())
    ready(page)
    page.evaluate(
        """seconds => {
          const now = Date.now();
          const turn = (hidden, at) => {
            Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
            Date.now = () => at;
            document.dispatchEvent(new Event('visibilitychange'));
          };
          turn(true, now);
          turn(false, now + seconds * 1000);
          return fetch('/v1/marker');
        }""",
        seconds,
    )
    assert ("/v1/me" in [received.path for received in collector.received]) is asked
