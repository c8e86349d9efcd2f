"""Events outlive the page that made them: tabs share what waits, and send each once."""

import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.tag.recording import Collector, Refusal, ready

MANUAL = 'data-page-views="manual"'
WAITING = "Object.keys(localStorage).filter(key => key.startsWith('rollcall.event.')).length"


BATCH = 20
"""As many events of this size fit into one request."""


def sent(collector: Collector) -> list[str]:
    """Give the id of every event in every post, repetitions included."""
    return [event["messageId"] for event in collector.events]


def names(collector: Collector) -> list[str]:
    """Give the names of the events so far."""
    return [event.get("event", event["type"]) for event in collector.events]


def test_what_a_killed_tab_left_is_sent_by_the_next(
    page: Page, context: BrowserContext, collector: Collector, tolerated: list[str]
) -> None:
    collector.has(tag=MANUAL)
    page.goto(collector.address())
    tolerated.append("ERR_")
    context.set_offline(True)
    assert page.evaluate("rollcall('track', 'Kept', {n: 1})") is False
    page.close()
    context.set_offline(False)
    context.new_page().goto(collector.address())
    assert [event["properties"] for event in collector.wait_for_events(1)] == [{"n": 1}]


def test_a_pause_lasts_over_pages_and_tabs(
    page: Page, context: BrowserContext, collector: Collector, tolerated: list[str]
) -> None:
    tolerated.append("status of 503")
    collector.refusals.append(Refusal(503, {"Retry-After": "600"}))
    collector.has(tag=MANUAL)
    page.goto(collector.address())
    assert page.evaluate("rollcall('track', 'First')") is False
    other = context.new_page()
    other.goto(collector.address())
    assert other.evaluate("rollcall('track', 'Second')") is False
    assert len(collector.posts) == 1
    other.evaluate("dispatchEvent(new Event('online'))")
    assert [event["event"] for event in collector.wait_for_events(3)[1:]] == ["First", "Second"]


def test_two_tabs_share_the_work(page: Page, context: BrowserContext, collector: Collector) -> None:
    collector.has(tag=MANUAL)
    pages = [page, context.new_page()]
    for one in pages:
        one.goto(collector.address())
    many = "name => { for (let n = 0; n < 60; n++) rollcall('track', name, {text: 'x'.repeat(1000)}) }"
    for number, one in enumerate(pages):
        one.evaluate(many, f"Tab {number}")
    collector.wait_for_events(120)
    pages[1].wait_for_function(f"{WAITING} === 0")
    # A browser tells its other processes of storage a little late: what one tab has just sent, the next that takes over
    # may send once more, a batch at most; the collector knows it by its id.
    assert len(set(sent(collector))) == 120
    assert len(sent(collector)) <= 120 + BATCH


def test_a_tab_learns_what_another_was_answered(page: Page, context: BrowserContext, collector: Collector) -> None:
    collector.has(body="<p id=block data-audience=cyclists hidden>Hello")
    page.goto(collector.address())
    ready(page)
    collector.visitor = {"known": True, "audiences": ["cyclists"]}
    context.new_page().goto(collector.address())
    page.locator("#block").wait_for(state="visible")
    assert page.evaluate("[rollcall.known, rollcall.audiences]") == [True, ["cyclists"]]


def test_what_waits_is_bounded(page: Page, context: BrowserContext, collector: Collector, tolerated: list[str]) -> None:
    collector.has(tag=MANUAL)
    page.goto(collector.address())
    tolerated.append("ERR_INTERNET_DISCONNECTED")
    context.set_offline(True)
    with page.expect_console_message(lambda message: "rollcall: no room" in message.text):
        page.evaluate("for (let n = 0; n < 505; n++) rollcall('track', 'Seen'); undefined")
    assert page.evaluate(WAITING) == 501


@pytest.mark.parametrize(
    ("junk", "kept"),
    [
        ("{{", 0),
        ('"text"', 0),
        ("[]", 0),
        ("5", 0),
        ("null", 0),
        ('[{"type":"track","event":"Old","messageId":"m"},0]', 1),
    ],
)
def test_what_others_wrote_among_its_keys_does_no_harm(page: Page, collector: Collector, junk: str, kept: int) -> None:
    page.add_init_script(f"localStorage['rollcall.event.1'] = {json.dumps(junk)}")
    collector.has()
    page.goto(collector.address())
    ready(page)
    assert len(collector.wait_for_events(1 + kept)) == 1 + kept


CALLS: list[tuple[str, Any]] = [
    ("rollcall('track', 'Seen')", True),
    ("rollcall('identify', {email: 'ada@example.com'}).then(() => rollcall.known)", True),
    ("rollcall('track', 'Huge', {text: 'x'.repeat(1e5)})", False),
    ("rollcall('ready').then(({known}) => known)", False),
    ("rollcall('nonsense')", None),
]


@pytest.mark.parametrize(("call", "given"), CALLS)
def test_a_call_gives_a_promise_of_what_came_of_it(page: Page, collector: Collector, call: str, given: Any) -> None:
    collector.has()
    page.goto(collector.address())
    ready(page)
    collector.visitor = {"known": True, "audiences": []}
    assert page.evaluate(call) == given


def test_a_token_goes_with_its_event_and_with_no_other(page: Page, collector: Collector) -> None:
    collector.has(tag=MANUAL)
    page.goto(collector.address())
    page.evaluate("rollcall('track', 'Beside'); rollcall('identify', 'u-17', {plan: 'pro'}, {token: 'a.b.c'})")
    first, second = collector.wait_for_posts(2)
    assert "identityToken" not in first.batch
    assert (second.batch["identityToken"], second.batch["batch"][0]["userId"]) == ("a.b.c", "u-17")
    assert "token" not in second.batch["batch"][0]


def test_what_a_refused_token_named_is_sent_again_as_a_claim(
    page: Page, collector: Collector, tolerated: list[str]
) -> None:
    tolerated.append("status of 401")
    collector.refusals.append(Refusal(401))
    collector.has(tag=MANUAL)
    page.goto(collector.address())
    assert page.evaluate("rollcall('identify', {email: 'ada@example.com'}, {token: 'ended'})") is True
    assert [post.batch.get("identityToken") for post in collector.posts] == ["ended", None]
    assert len(set(sent(collector))) == 1
