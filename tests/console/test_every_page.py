"""Every page of a house full of hostile data: nothing runs, complains or is cut off, and everything has a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.console import hostile
from tests.console.building import build
from tests.console.conftest import enter
from tests.server import Server

OF_EACH_KIND = 8
SIMPLE = re.compile(r"/(merge|erase)\b")
"""Pages that show little of strangers: two of each are enough."""
WIDE: ViewportSize = {"width": 1280, "height": 800}
NARROW: ViewportSize = {"width": 390, "height": 844}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true; })"
FACTS = """() => ({
  broken: window.broken === undefined ? [] : [document.title],
  links: [...document.querySelectorAll('a[href]:not([download])')].map(link => link.href),
  strange: [...document.querySelectorAll('img, iframe, object, main script, b[hx-get], [style], [onerror], [onfocus]')]
    .map(one => one.outerHTML),
  headings: [...document.querySelectorAll('h1')].map(one => one.textContent),
  unnamed: [...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a[href], summary')]
    .filter(one => one.checkVisibility() && !(one.labels?.length || one.getAttribute('aria-label')
      || one.getAttribute('aria-labelledby') || one.textContent.trim()))
    .map(one => one.outerHTML),
})"""
# What is wider than the screen and cannot be scrolled by itself.
CRAMPED = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const out = [...document.body.querySelectorAll('*')].filter(one => one.getBoundingClientRect().right > wide + 1);
  return out.map(one => one.outerHTML.slice(0, 120));
}"""


@dataclass(frozen=True, slots=True)
class Walk:
    """What was found on each page by its address, and all that the pages complained about."""

    facts: dict[str, dict[str, Any]]
    complaints: list[str]

    def found(self, name: str) -> dict[str, Any]:
        """Give the pages on which something was found."""
        return {address: facts[name] for address, facts in self.facts.items() if facts[name]}


@pytest.fixture(scope="module", autouse=True)
def house(server: Server) -> None:
    """Fill the house with what strangers would write."""
    hostile.fill(server)


@pytest.fixture(scope="module")
def walk(server: Server, chromium: Browser) -> Iterator[Walk]:
    """Follow links from the first page to every other one; of each kind of page only some."""
    page = chromium.new_page(viewport=WIDE)
    walk = Walk({}, [])
    page.on("console", lambda message: walk.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: walk.complaints.append(str(error)))
    enter(page, server)
    waiting = [f"{server.address}/console/audiences?sort=created"]  # the hostile ones are the newest
    kinds: dict[str, set[str]] = {}
    while waiting:
        address = waiting.pop(0)
        walk.facts[address] = facts = _look(page, address)
        for link in dict.fromkeys(link.partition("#")[0] for link in facts["links"]):
            if link.startswith(f"{server.address}/console/") and _is_new(link, kinds):
                waiting.append(link)
    yield walk
    page.close()


def _is_new(address: str, kinds: dict[str, set[str]]) -> bool:
    kind = kinds.setdefault(re.sub(r"/\d+|(?<=audiences/)(?!new)[a-z_0-9]+|=[^&]*", "*", address), set())
    if address in kind or len(kind) >= (2 if SIMPLE.search(address) else OF_EACH_KIND):
        return False
    kind.add(address)
    return True


def _look(page: Page, address: str) -> dict[str, Any]:
    page.goto(address)
    page.evaluate(OPEN_ALL)
    facts: dict[str, Any] = page.evaluate(FACTS)
    page.set_viewport_size(NARROW)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        facts[scheme] = page.evaluate(CRAMPED)
    page.set_viewport_size(WIDE)
    return facts


def test_the_walk_comes_by_every_kind_of_page(walk: Walk) -> None:
    told = "\n".join(walk.facts)

    for part in (
        "audiences/new",
        "hostile_0/edit",
        "/delete",
        "/versions/",
        "profiles/",
        "/why?",
        "/merge",
        "/merge?with=",
        "/unlink?identity=",
        "/erase",
        "/events/",
        "/refused",
        "/refused/identities",
        "/attributes/about?",
        "/keys/new?kind=identity",
    ):
        assert part in told, f"nothing led to {part}"


def test_nothing_that_strangers_wrote_runs_and_no_page_complains(walk: Walk) -> None:
    assert walk.found("broken") == {}
    assert walk.found("strange") == {}
    assert walk.complaints == []


def test_only_web_addresses_become_links(walk: Walk) -> None:
    links = {link for facts in walk.facts.values() for link in facts["links"]}

    assert {link.partition(":")[0] for link in links} == {"http", "https"}
    assert any(link.startswith("https://site.example/") for link in links)


@pytest.mark.parametrize("payload", hostile.PAYLOADS[:-1])
def test_what_strangers_wrote_is_shown_as_they_wrote_it(server: Server, console: Page, payload: str) -> None:
    console.goto(f"{server.address}/console/profiles?q={hostile.KNOWN}")
    console.locator("#results a.person").first.click()
    console.wait_for_url("**/console/profiles/*")
    console.evaluate(OPEN_ALL)

    expect(console.get_by_test_id("attributes")).to_contain_text(payload)
    expect(console.get_by_test_id("events")).to_contain_text(payload)


@pytest.mark.parametrize("payload", hostile.PAYLOADS[:-1])
def test_what_strangers_call_events_and_properties_can_be_chosen(server: Server, console: Page, payload: str) -> None:
    building = build(server, console)
    building.add_event(payload, payload)
    building.add_condition(payload, f"{payload}.deep")
    building.condition("value").fill(payload)
    building.condition("value").press("Enter")

    expect(building.part("unseen")).to_have_count(0)
    expect(building.text).to_have_value(re.compile("INTERSECTS"))
    building.expect_size(1)
    assert console.evaluate(FACTS)["broken"] == []


def test_every_page_has_one_heading_and_names_its_controls(walk: Walk) -> None:
    assert {address: facts["headings"] for address, facts in walk.facts.items() if len(facts["headings"]) != 1} == {}
    assert walk.found("unnamed") == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_page_fits_a_phone(walk: Walk, scheme: str) -> None:
    assert walk.found(scheme) == {}


def test_the_sign_in_page_fits_a_phone_too(server: Server, chromium: Browser) -> None:
    page = chromium.new_page(viewport=NARROW)

    facts = _look(page, f"{server.address}/console/sign-in")

    assert facts["light"] == facts["dark"] == facts["unnamed"] == []
    page.close()
