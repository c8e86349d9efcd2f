"""Whatever the page does or holds, the tag neither breaks it nor breaks down."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.tag.recording import Collector, ready

STRICT = "default-src 'none'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types"

DATA: list[tuple[str, Any]] = [
    ("{a: 1, get b() { throw new Error('b') }}", {"a": 1}),
    ("(() => { const a = {n: 1}; a.self = a; a.list = [a, 2]; return a })()", {"n": 1, "list": [None, 2]}),
    ("{a: 1n, b: Symbol('b'), c: () => 1, d: undefined, e: null}", {"a": "1", "b": "Symbol(b)", "e": None}),
    ("{a: new Date(0), b: new Date(NaN), c: NaN}", {"a": "1970-01-01T00:00:00.000Z", "b": None, "c": None}),
    ("{a: document.body, b: new URL('http://a.test/')}", {"b": "http://a.test/"}),
    ('JSON.parse(\'{"__proto__": {"x": 1}, "a": 1}\')', {"__proto__": {"x": 1}, "a": 1}),
    ("{a: {toJSON() { throw 1 }}, b: {toJSON() { return this }}, c: 1}", {"c": 1}),
    ("{a: new Proxy({}, {ownKeys() { throw 1 }}), b: 1}", {"b": 1}),
    ("new Proxy({}, {get() { throw 1 }})", None),
]


def test_data_that_json_cannot_carry_is_left_out(page: Page, collector: Collector) -> None:
    collector.has(tag='data-page-views="manual"')
    page.goto(collector.address())
    for data, _ in DATA:
        page.evaluate(f"rollcall('track', 'Odd', {data})")
    sent = [event.get("properties") for event in collector.wait_for_events(len(DATA))]
    assert sent == [expected for _, expected in DATA]


@pytest.mark.parametrize(
    "data", ["{text: 'x'.repeat(1e7)}", "{list: Array(1e6).fill(1)}", "{list: Array(50).fill(Array(50).fill(1))}"]
)
def test_an_event_too_large_to_be_taken_is_left_out_with_a_word(page: Page, collector: Collector, data: str) -> None:
    collector.has()
    page.goto(collector.address())
    with page.expect_console_message(lambda message: "rollcall: no room" in message.text):
        page.evaluate(f"rollcall('track', 'Huge', {data})")
    page.evaluate("rollcall('track', 'Small')")
    assert [event.get("event") for event in collector.wait_for_events(2)] == [None, "Small"]


def test_a_strict_content_security_policy_is_kept(page: Page, collector: Collector) -> None:
    collector.page_headers = {"Content-Security-Policy": STRICT}
    collector.visitor = {"known": False, "audiences": ["cyclists"]}
    collector.has(body="<p id=block data-audience=cyclists hidden>Hello")
    page.goto(collector.address())
    page.locator("#block").wait_for(state="visible")
    assert len(collector.posts) == 1


@pytest.mark.parametrize(
    "mischief",
    [
        "Object.freeze(history)",
        "Object.freeze(Object.prototype); Object.freeze(Array.prototype)",
        "Object.prototype.extra = 1; Array.prototype.extra = 2",
        "Object.defineProperty(window, 'localStorage', {get() { throw 1 }})",
        "Object.defineProperty(window, 'localStorage', {value: null})",
        "localStorage['rollcall.audiences'] = '{{'",
        "localStorage['rollcall.audiences'] = '{\"audiences\": 5}'",
        "localStorage['rollcall.consent'] = 'maybe'; localStorage.removeItem('rollcall.consent')",
        "window.rollcall = {q: 5}",
        "window.rollcall = 'taken'",
    ],
)
def test_a_mischievous_page_is_still_counted(page: Page, collector: Collector, mischief: str) -> None:
    page.add_init_script(mischief)
    collector.has()
    page.goto(collector.address())
    assert collector.wait_for_events(1)[0]["type"] == "page"


@pytest.mark.parametrize(
    "mischief",
    [
        "window.fetch = () => { throw new Error('no') }",
        "delete window.crypto; window.crypto = {}",
        "delete window.fetch",
    ],
)
def test_a_page_without_means_is_left_in_peace(page: Page, collector: Collector, mischief: str) -> None:
    page.add_init_script(mischief)
    collector.has()
    page.goto(collector.address())
    page.evaluate("rollcall('track', 'Seen'); rollcall(); rollcall({toString() { throw 1 }}); rollcall('on')")
    page.evaluate("history.pushState({}, '', '/next'); new Promise(done => setTimeout(done, 50))")
    assert collector.events == []


def test_history_keeps_its_own_errors_and_results(page: Page, collector: Collector) -> None:
    collector.has()
    page.goto(collector.address())
    thrown = page.evaluate(
        "(() => { try { history.pushState({}, '', 'http://a.test/') } catch (e) { return e.name } })()"
    )
    assert thrown == "SecurityError"


@pytest.mark.parametrize("answer", ["[]", "null", "<html>", '{"visitor": 5}', '{"visitor": {"audiences": null}}'])
def test_strange_answers_are_survived(page: Page, collector: Collector, answer: str) -> None:
    page.route("**/v1/batch", lambda route: route.fulfill(body=answer))
    collector.has()
    page.goto(collector.address())
    ready(page)
    assert page.evaluate("rollcall.audiences") == []
