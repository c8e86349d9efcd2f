"""Blocks are right when they are first seen: nothing flashes, and what shares a place moves nothing."""

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.tag.recording import Collector, ready
from tests.tag.test_manual import EXAMPLES

SNIPPET = next(text for kind, text, _ in EXAMPLES if kind == "html" and "replaceSync" in text)
SCRIPT = re.findall(r"<script>.*?</script>", SNIPPET, re.DOTALL)[0]
SHIFTS = """new PerformanceObserver(list => list.getEntries().forEach(entry => { shifted += entry.value }))
  .observe({type: 'layout-shift', buffered: true}); window.shifted = 0;"""
GLIMPSES = """window.glimpses = 0;
(function look() {
  const other = document.querySelector('h2');
  if (other && other.checkVisibility({visibilityProperty: true})) glimpses++;
  requestAnimationFrame(look);
})();"""
TEXT = "<p>" + "Words that stand below. " * 60
BODY = f"""<style>[hidden] {{ display: none !important }} p {{ font: 16px/1.5 sans-serif }}</style>
<h1 data-audience=cyclists hidden>Ride on</h1><h2 data-audience-not=cyclists>Welcome, stranger</h2>{TEXT}"""
SLOT = f"""<style>[hidden] {{ display: none !important }} .slot {{ height: 5rem; overflow: hidden }}</style>
<div class=slot><h1 data-audience=cyclists hidden>Ride on</h1><h2 data-audience-not=cyclists>Welcome</h2></div>{TEXT}"""
CYCLIST: dict[str, Any] = {"known": False, "audiences": ["cyclists"]}


def shifted(page: Page) -> float:
    """Give how far the layout moved (CLS), once the page has been painted for a while."""
    page.wait_for_timeout(500)
    return float(page.evaluate("shifted"))


def test_the_snippet_is_at_most_400_bytes() -> None:
    assert len(SCRIPT.encode()) <= 400


def test_a_visitor_who_comes_again_never_sees_what_is_for_others(page: Page, collector: Collector) -> None:
    page.add_init_script(GLIMPSES)
    collector.visitor = CYCLIST
    collector.has(head=SCRIPT, body=BODY)
    page.goto(collector.address())
    ready(page)
    page.goto(collector.address("/elsewhere"))
    page.goto(collector.address())
    page.locator("h1").wait_for(state="visible")
    assert page.locator("h2").is_hidden()
    assert page.evaluate("glimpses") == 0


@pytest.mark.parametrize("visits", [1, 2], ids=["comes first", "comes again"])
@pytest.mark.parametrize("snippet", [SCRIPT, ""], ids=["with the snippet", "without"])
def test_blocks_that_share_a_slot_move_nothing(page: Page, collector: Collector, snippet: str, visits: int) -> None:
    page.add_init_script(SHIFTS)
    collector.visitor = CYCLIST
    collector.has(head=snippet, body=SLOT)
    for _ in range(visits):
        page.goto(collector.address())
        page.locator("h1").wait_for(state="visible")
    assert shifted(page) == 0


def test_the_measure_sees_a_shift_where_there_is_one(page: Page, collector: Collector) -> None:
    page.add_init_script(SHIFTS)
    collector.has(body=BODY)
    page.goto(collector.address())
    ready(page)
    page.wait_for_timeout(100)
    page.evaluate("document.querySelector('h2').style.height = '300px'")
    assert shifted(page) > 0


def test_the_snippet_hides_blocks_only_and_for_300_milliseconds_at_most(page: Page, collector: Collector) -> None:
    page.route("**/tag.js", lambda route: None)  # never answered
    collector.has(head=SCRIPT, body=BODY)
    page.goto(collector.address(), wait_until="commit")
    page.locator("h2").wait_for(state="hidden")
    assert page.locator("p").first.is_visible()
    page.locator("h2").wait_for(state="visible")
    assert page.evaluate("performance.now()") >= 300


def test_a_template_is_filled_in_while_it_fits(page: Page, collector: Collector) -> None:
    collector.visitor = CYCLIST
    collector.has(body="<template data-audience=cyclists><b>Ride</b> on</template><i>After</i>")
    page.goto(collector.address())
    page.locator("b").wait_for(state="visible")
    assert page.inner_text("body") == "Ride onAfter"
    collector.visitor = {"known": False, "audiences": []}
    page.evaluate("rollcall('track', 'Sold')")
    assert page.inner_text("body") == "After"


def test_blocks_that_come_later_are_right_when_they_are_painted(page: Page, collector: Collector) -> None:
    collector.visitor = CYCLIST
    collector.has()
    page.goto(collector.address())
    ready(page)
    page.evaluate("document.body.innerHTML = '<p data-audience=cyclists hidden>In</p><p data-audience=other>Out</p>'")
    page.locator("text=In").wait_for(state="visible")
    assert page.locator("text=Out").is_hidden()


def test_blocks_follow_in_every_tab_after_a_reset(page: Page, context: BrowserContext, collector: Collector) -> None:
    collector.visitor = CYCLIST
    collector.has(body=BODY)
    pages = [page, context.new_page()]
    for one in pages:
        one.goto(collector.address())
        ready(one)
    pages[1].evaluate("rollcall('reset')")
    page.locator("h1").wait_for(state="hidden")
