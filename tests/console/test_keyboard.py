"""A person without a mouse: signs in, finds someone, and learns why he is in an audience."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.console.people import ADA, read_and_leave_address
from tests.server import CONSOLE_TOKEN, Server

MOST_STOPS = 150
# The focused control, or what stands in for it (the radio buttons are drawn by the span after them), has an outline.
SEEN = """(() => {
  const at = document.activeElement;
  const outlined = one => one && getComputedStyle(one).outlineStyle !== 'none'
    && parseFloat(getComputedStyle(one).outlineWidth) >= 2;
  return outlined(at) || outlined(at.nextElementSibling);
})()"""
WHERE = "document.activeElement.outerHTML.slice(0, 200)"
NOWHERE = "document.activeElement === document.body"
INTO_VIEW = """(() => {
  const { top, bottom } = document.activeElement.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
})()"""


@pytest.fixture(scope="module", autouse=True)
def people(server: Server) -> None:
    """Let Ada come by."""
    read_and_leave_address(server)


def tab_to(page: Page, text: str) -> None:
    """Press Tab until the focus is on what carries a text."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if text in page.evaluate(WHERE):
            return
    raise AssertionError(f"Tab never comes to {text}")


def test_everything_is_reached_and_done_by_keyboard(server: Server, page: Page) -> None:
    page.goto(f"{server.address}/console/")
    page.keyboard.type(CONSOLE_TOKEN)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/audiences")

    tab_to(page, "/console/profiles")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/profiles")

    page.keyboard.press("/")
    page.keyboard.type("ada")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    tab_to(page, 'class="person"')
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(ADA)

    tab_to(page, "<summary>")
    page.keyboard.press("Enter")
    expect(page.locator("details[open] .steps").first).to_be_visible()

    tab_to(page, 'id="audience"')
    page.keyboard.type("Dormant")
    tab_to(page, "Explain")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("verdict")).to_have_text("not in")


@pytest.mark.parametrize(
    "path",
    [
        "/audiences",
        "/audiences/known_users",
        "/audiences/dormant/delete",
        "/profiles",
        "/profiles/1",
        "/profiles/1/merge?q=a",
        "/profiles/1/erase",
        "/refused",
    ],
)
def test_wherever_the_focus_is_one_sees_it(server: Server, console: Page, path: str) -> None:
    console.goto(f"{server.address}/console{path}")
    stops = 0

    for _ in range(MOST_STOPS):
        console.keyboard.press("Tab")
        if console.evaluate(NOWHERE):
            break
        stops += 1
        assert console.evaluate(SEEN), console.evaluate(WHERE)
        assert console.evaluate(INTO_VIEW), console.evaluate(WHERE)

    assert stops > 5


def test_the_first_stop_leads_past_the_menu_to_the_content(console: Page) -> None:
    console.keyboard.press("Tab")
    expect(console.get_by_role("link", name="Skip to the content")).to_be_focused()

    console.keyboard.press("Enter")

    expect(console.get_by_role("main")).to_be_focused()


def test_signing_out_by_keyboard_leads_to_the_sign_in_page(console: Page) -> None:
    tab_to(console, "Sign out")

    console.keyboard.press("Enter")

    expect(console.get_by_label("Console token")).to_be_focused()


def test_a_wrong_token_is_told_beside_the_field(server: Server, page: Page, tolerated: list[str]) -> None:
    tolerated.append("401")
    page.goto(f"{server.address}/console/")

    page.keyboard.type("ct_wrong")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_contain_text("is not a console token")
    expect(page.get_by_label("Console token")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Console token")).to_be_focused()
