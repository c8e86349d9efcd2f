"""Every page of a house full of hostile data: nothing runs, complains or is cut off, all is reached."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console import hostile
from tests.server import CONSOLE_TOKEN, Server

SAFE_SCHEMES = {"http:", "https:"}
LINKS = "[...document.querySelectorAll('a[href]')].map(link => link.href)"
SCHEMES = "[...new Set([...document.querySelectorAll('a[href]')].map(link => link.protocol))]"
OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true; })"
# What is wider than the screen and cannot be scrolled by itself.
CRAMPED = """(() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const out = [...document.body.querySelectorAll('*')].filter(one => one.getBoundingClientRect().right > wide + 1);
  return out.map(one => one.outerHTML.slice(0, 120));
})()"""
UNNAMED = """[...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a[href], summary')]
  .filter(one => one.checkVisibility() && !(one.labels?.length || one.getAttribute('aria-label')
    || one.getAttribute('aria-labelledby') || one.textContent.trim()))
  .map(one => one.outerHTML)"""


@pytest.fixture(scope="module", autouse=True)
def house(server: Server) -> None:
    """Fill the house with what strangers would write."""
    hostile.fill(server)


@pytest.fixture(scope="module")
def addresses(server: Server, chromium: Browser, house: None) -> list[str]:
    """Find every kind of page by following links from the first; of each kind up to eight."""
    page = chromium.new_page()
    _sign_in(page, server)
    first = f"{server.address}/console/audiences?sort=created"  # the hostile ones are the newest
    found, waiting = {first}, [first]
    kinds: dict[str, int] = {}
    while waiting:
        page.goto(waiting.pop())
        for link in page.evaluate(LINKS):
            address = link.partition("#")[0]
            kind = re.sub(r"/\d+|(?<=audiences/)[a-z_0-9]+|=[^&]*", "*", address)
            if address.startswith(f"{server.address}/console/") and address not in found and kinds.get(kind, 0) < 8:
                kinds[kind] = kinds.get(kind, 0) + 1
                found.add(address)
                waiting.append(address)
    page.close()
    return sorted(found)


def _sign_in(page: Page, server: Server) -> None:
    page.goto(f"{server.address}/console/")
    page.get_by_label("Console token").fill(CONSOLE_TOKEN)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/console/audiences")


def test_the_walk_finds_every_page_there_is(addresses: list[str]) -> None:
    told = "\n".join(addresses)

    for part in ("audiences/new", "/edit", "/delete", "profiles/", "/why?audience=", "/refused", "/refused/identities"):
        assert part in told, f"nothing led to {part}"


def test_nothing_that_strangers_wrote_runs_or_becomes_a_link(console: Page, addresses: list[str]) -> None:
    for address in addresses:
        console.goto(address)
        console.evaluate(OPEN_ALL)

        assert console.evaluate("window.broken") is None, address
        assert set(console.evaluate(SCHEMES)) <= SAFE_SCHEMES, address
        assert "49" not in console.title()
        assert console.locator("img, main script, main b[hx-get]").count() == 0, address


@pytest.mark.parametrize("payload", hostile.PAYLOADS[:-1])
def test_what_strangers_wrote_is_shown_as_they_wrote_it(server: Server, console: Page, payload: str) -> None:
    console.goto(f"{server.address}/console/profiles?q={hostile.KNOWN}")
    console.locator("#results a.person").first.click()
    console.wait_for_url("**/console/profiles/*")
    console.evaluate(OPEN_ALL)

    expect(console.get_by_test_id("attributes")).to_contain_text(payload)
    expect(console.get_by_test_id("events")).to_contain_text(payload)


def test_every_page_has_one_heading_and_names_its_controls(console: Page, addresses: list[str]) -> None:
    for address in addresses:
        console.goto(address)
        console.evaluate(OPEN_ALL)

        assert console.locator("h1").count() == 1, address
        assert console.evaluate(UNNAMED) == [], address


@pytest.fixture(params=["light", "dark"])
def phone(request: pytest.FixtureRequest, chromium: Browser, server: Server) -> Iterator[Page]:
    """Give a signed-in phone of 390 pixels."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, color_scheme=request.param)
    page = context.new_page()
    _sign_in(page, server)
    yield page
    context.close()


def test_every_page_fits_a_phone(phone: Page, addresses: list[str]) -> None:
    cramped = {}
    for address in addresses:
        phone.goto(address)
        phone.evaluate(OPEN_ALL)
        if found := phone.evaluate(CRAMPED):
            cramped[address] = found

    assert cramped == {}


def test_pages_without_a_session_fit_a_phone_too(server: Server, chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 844})

    page.goto(f"{server.address}/console/sign-in")

    assert page.evaluate(CRAMPED) == []
    page.close()
