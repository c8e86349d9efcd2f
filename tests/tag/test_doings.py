"""What visitors do is recorded by itself: reading, links, downloads, forms; each can be switched off."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.tag.recording import Collector, ready

BODY = """
<a id=outside href="https://elsewhere.example/path?x=1">Outside</a>
<a id=inside href="/inside">Inside</a>
<a id=file href="/files/Prices.PDF">Prices</a>
<a id=named href="/data" download>Data</a>
<a id=mail href="mailto:ada@example.com">Mail</a>
<form id=letter action="/letter">
  <input name=secret value="not for you"><input name=email type=email value="ada@example.com" data-rollcall>
  <input name=word type=password value="hidden" data-rollcall>
  <input name=plan type=radio value=pro checked data-rollcall>
  <input name=plan type=radio value=free data-rollcall><input value=Rome data-rollcall="city"><button>Send</button>
</form>
<script>document.addEventListener('click', event => event.target.form || event.preventDefault());
document.addEventListener('submit', event => event.preventDefault())</script>
"""


def doings(page: Page, collector: Collector) -> list[tuple[str, Any]]:
    """Give name and properties of every track so far, once all has arrived."""
    page.evaluate("rollcall('track', 'Last')")
    return [(event["event"], event["properties"]) for event in collector.events if event["type"] == "track"][:-1]


def test_outbound_links_and_downloads_are_recorded_and_no_others(page: Page, collector: Collector) -> None:
    collector.has(body=BODY)
    page.goto(collector.address())
    for link in ("#outside", "#inside", "#file", "#named", "#mail"):
        page.click(link)
    page.click("#outside", button="right")
    assert doings(page, collector) == [
        ("Link Clicked", {"url": "https://elsewhere.example/path?x=1"}),
        ("File Downloaded", {"url": collector.address("/files/Prices.PDF")}),
        ("File Downloaded", {"url": collector.address("/data")}),
    ]


def test_a_form_tells_no_value_but_of_marked_fields_and_never_a_password(page: Page, collector: Collector) -> None:
    collector.has(body=BODY)
    page.goto(collector.address())
    page.click("button")
    said = {"form": "letter", "email": "ada@example.com", "plan": "pro", "city": "Rome"}
    assert doings(page, collector) == [("Form Submitted", said)]


def test_switches_turn_them_off(page: Page, collector: Collector) -> None:
    collector.has(body=BODY, tag="data-links=off data-forms=off data-engagement=off")
    page.goto(collector.address())
    for one in ("#outside", "#file", "button"):
        page.click(one)
    page.wait_for_timeout(1100)
    page.evaluate("history.pushState({}, '', '/next')")
    assert doings(page, collector) == []


def test_reading_is_told_once_on_leaving(page: Page, collector: Collector) -> None:
    collector.has(body='<p style="height: 3000px">Long')
    page.goto(collector.address())
    ready(page)
    page.wait_for_timeout(1100)
    page.mouse.wheel(0, 780)
    page.wait_for_function("scrollY > 700")
    page.goto(collector.address("/elsewhere"))
    left = collector.wait_for_events(2)[1]
    assert (left["event"], left["context"]["page"]["path"]) == ("Page Left", "/")
    assert left["properties"]["seconds"] in (1, 2, 3)
    assert 45 <= left["properties"]["scroll"] <= 52
    assert len(collector.events) == 2


def test_a_route_is_left_like_a_page_and_a_short_look_is_not_told(page: Page, collector: Collector) -> None:
    collector.has()
    page.goto(collector.address())
    ready(page)
    page.wait_for_timeout(1100)
    page.evaluate("history.pushState({}, '', '/second')")
    page.evaluate("() => new Promise(done => setTimeout(done, 20))")
    page.evaluate("history.pushState({}, '', '/third')")
    events = collector.wait_for_events(4)
    assert [(event.get("event"), event["context"]["page"]["path"]) for event in events] == [
        (None, "/"),
        ("Page Left", "/"),
        (None, "/second"),
        (None, "/third"),
    ]


def test_time_in_which_nothing_moves_or_nobody_looks_does_not_count(page: Page, collector: Collector) -> None:
    page.clock.install()
    collector.has()
    page.goto(collector.address())
    page.clock.run_for(20_000)
    page.keyboard.press("a")
    page.clock.run_for(400_000)
    page.evaluate("history.pushState({}, '', '/second')")
    page.clock.run_for(10)
    left = collector.wait_for_events(3)[1]
    assert left["properties"]["seconds"] == 50


@pytest.mark.parametrize(("switch", "views"), [("", 1), ("data-hash=on", 3)])
def test_parts_of_a_page_count_where_told(page: Page, collector: Collector, switch: str, views: int) -> None:
    collector.has(tag=switch)
    page.goto(collector.address("/#one"))
    for part in ("#two", "#three"):
        page.evaluate("part => { location.hash = part; return new Promise(done => setTimeout(done, 20)) }", part)
    doings(page, collector)
    assert [event["type"] for event in collector.events].count("page") == views
